"""A mount with a server that answers each request with EIO or never: a failing disk, or a lost network.

fuse(4): a request has a header of 40 bytes (length, opcode, unique, …), an answer one of 16 (length, -errno, unique).
"""

import contextlib
import ctypes
import errno
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

_INIT, _FORGET, _BATCH_FORGET, _INTERRUPT = 26, 2, 42, 36
_FORCE_DETACH = 1 | 2
_libc = ctypes.CDLL(None, use_errno=True)


def can_mount() -> bool:
    return os.getuid() == 0 and os.access("/dev/fuse", os.W_OK)


@contextlib.contextmanager
def dead_mount(place: Path, *, hangs: bool) -> Iterator[None]:
    """Mounted at the directory ``place``; unmounting ends blocked calls with an error."""
    fuse = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0,allow_other"
    if _libc.mount(b"dead", os.fsencode(place), b"fuse", 0, options.encode()):
        os.close(fuse)
        raise OSError(ctypes.get_errno(), "mount")
    server = threading.Thread(target=_serve, args=(fuse, hangs), daemon=True)
    server.start()
    try:
        yield
    finally:
        _libc.umount2(os.fsencode(place), _FORCE_DETACH)
        server.join(20)
        os.close(fuse)


def _serve(fuse: int, hangs: bool) -> None:
    with contextlib.suppress(OSError):  # ENODEV: it is unmounted
        while True:
            request = os.read(fuse, 1 << 17)
            _, opcode, unique = struct.unpack_from("IIQ", request)
            if opcode == _INIT:
                body = struct.pack("IIIIHHIII", 7, 26, 0, 0, 16, 12, 1 << 16, 1, 0) + bytes(28)
                os.write(fuse, struct.pack("IiQ", 16 + len(body), 0, unique) + body)
            elif opcode not in (_FORGET, _BATCH_FORGET, _INTERRUPT) and not hangs:
                os.write(fuse, struct.pack("IiQ", 16, -errno.EIO, unique))

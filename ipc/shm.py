"""Shared memory without a name: a sealed memfd, passed by descriptor, gone with its last holder.

Where the kernel has no memfd, an unlinked file in a folder in memory, which cannot be sealed.
"""

import errno
import fcntl
import mmap
import os
from typing import Final

from steadyvoice.ipc import refusals

_MFD_NOEXEC_SEAL: Final = 0x8  # Linux 6.3; where vm.memfd_noexec is 2, the only kind that is allowed
_FLAGS: Final = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
_ZEROS: Final = bytes(1 << 16)
_NO_DESCRIPTORS: Final = (errno.EMFILE, errno.ENFILE)

_all_sealed = True


def create(label: str, size: int) -> int:
    """Return the descriptor of ``size`` zeroed bytes, all of them backed by memory now.

    Sealed against resizing where that can be had (``are_sealed``), so that no holder can make another one's access
    fail. OSError(ENOSPC or ENOMEM) where the memory is not to be had.
    """
    fd = _memfd(label)
    has_memfd = fd is not None
    if fd is None:
        fd = _unlinked_file(size)
    try:
        _allocate(fd, size)
        if has_memfd:
            _seal(fd)
    except BaseException:
        os.close(fd)
        raise
    return fd


def are_sealed() -> bool:
    """Whether all that this process has made is sealed: only then it is safe in the hands of a client."""
    return _all_sealed


def attach(fd: int) -> memoryview:
    """Map the whole segment for reading and writing; the mapping lives as long as the view. Keeps fd open."""
    return memoryview(mmap.mmap(fd, os.fstat(fd).st_size))


def _memfd(label: str) -> int | None:
    """None where the kernel refuses it."""
    for flags in (_FLAGS | _MFD_NOEXEC_SEAL, _FLAGS):
        try:
            return os.memfd_create(f"steadyvoice-{label}", flags)
        except OSError as error:
            if not refusals.is_refused(error, errno.EINVAL):
                raise
            refused = error
    _is_unsealed("memfd_create", refused)
    return None


def _unlinked_file(size: int) -> int:
    import tempfile  # rarely needed, and slow to load for a client

    folders = ["/dev/shm", os.environ.get("XDG_RUNTIME_DIR") or "/run", tempfile.gettempdir()]
    for folder in folders:
        try:
            space = os.statvfs(folder)
            if space.f_bavail * space.f_frsize >= size:
                with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
                    return os.dup(file.fileno())
        except OSError as error:
            if error.errno in _NO_DESCRIPTORS:
                raise
    where = ", ".join(folders)
    raise OSError(errno.ENOSPC, f"memfd_create is refused, and no file of {size} bytes can be made in {where}")


def _allocate(fd: int, size: int) -> None:
    """Else a full tmpfs is a SIGBUS at the first touch."""
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if not refusals.is_refused(error):
            raise
        refusals.note("fallocate", error.errno)
        for at in range(0, size, len(_ZEROS)):
            os.pwrite(fd, _ZEROS[: size - at], at)


def _seal(fd: int) -> None:
    try:
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    except OSError as error:
        if not refusals.is_refused(error, errno.EINVAL):
            raise
        _is_unsealed("fcntl(F_ADD_SEALS)", error)


def _is_unsealed(call: str, error: OSError) -> None:
    global _all_sealed
    _all_sealed = False
    refusals.note(call, error.errno)

"""Programs as an ordinary user, where the tests run as root: ``ordinary.py UID COMMAND …``.

Python itself may be installed where only root can read it, such as below /root. In a mount namespace of its own, the
program sees that folder with nothing but Python in it.
"""

import ctypes
import os
import shutil
import sys
from pathlib import Path

UID = 54321
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_CLONE_NEWNS = 0x20000
_libc = ctypes.CDLL(None, use_errno=True)


def command(*args: str | Path, uid: int = UID) -> list[str | Path]:
    """The command that runs ``args`` as an ordinary user; unchanged where the tests already run as one."""
    if os.getuid():
        return list(args)
    return [sys.executable, __file__, str(uid), *args]


def give(*paths: Path, uid: int = UID) -> None:
    """Make the ordinary user the owner of these, and of all in them."""
    if os.getuid():
        return
    for path in paths:
        os.chown(path, uid, uid, follow_symlinks=False)
        if path.is_dir() and not path.is_symlink():
            give(*path.iterdir(), uid=uid)


def _call(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(source: Path | str, target: Path, kind: str, flags: int, data: str = "") -> None:
    names = [str(each).encode() for each in (source, target, kind)]
    _call(_libc.mount(*names, flags, data.encode()))


def _uncover(folder: Path) -> None:
    """Make the folder accessible to all, even if a folder above it belongs to another user."""
    closed = [above for above in folder.parents if not above.stat().st_mode & 1]
    if not closed:
        return
    _call(_libc.unshare(_CLONE_NEWNS))
    _mount("none", Path("/"), "", _MS_REC | _MS_PRIVATE)
    fd = os.open(folder, os.O_PATH)
    _mount("none", closed[-1], "tmpfs", 0, "mode=755")
    folder.mkdir(parents=True)
    _mount(f"/proc/self/fd/{fd}", folder, "", _MS_BIND | _MS_REC)
    os.close(fd)


if __name__ == "__main__":
    uid, program = int(sys.argv[1]), sys.argv[2:]
    _uncover(Path(sys.base_prefix))
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execv(shutil.which(program[0]) or program[0], program)

"""Who may read what is added: its owner and its mode follow from the folder that it is added to.

The umask decides nothing inside the store: root adds voices for a daemon of another user, often under umask 077.
"""

import contextlib
import os
import pwd
import stat
from pathlib import Path

_READABLE = 0o055


def folder_mode(parent: int, umask: int = 0) -> int:
    """The mode of a folder in a folder of mode ``parent``: readable for the same users; 0700 at the least.

    In a folder of a group (setgid) the group may write too.
    """
    shared = parent & 0o2020 if parent & stat.S_ISGID else 0
    return 0o700 | (parent & _READABLE | shared) & ~umask


def file_mode(folder: int) -> int:
    """The mode of a file in a folder of that mode. The store replaces files and never writes to one."""
    return 0o600 | folder & 0o044


def make_folders(folder: Path) -> None:
    """Create what is missing of the path, with the owner and the mode of the nearest folder that exists.

    The umask of an ordinary user counts here; root's does not.
    """
    missing = [folder]
    while not os.path.lexists(missing[-1].parent):
        missing.append(missing[-1].parent)
    parent = missing[-1].parent.stat()
    umask = os.umask(0o077)
    try:
        mode = folder_mode(parent.st_mode, umask if os.geteuid() else 0)
        for path in reversed(missing):
            _make_folder(path, mode, parent)
    finally:
        os.umask(umask)


def _make_folder(path: Path, mode: int, like: os.stat_result) -> None:
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise
        return  # it was there, or another process made it at the same moment
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _settle(descriptor, mode, like)
    finally:
        os.close(descriptor)


def settle(name: str, folder: int) -> None:
    """Give all below ``name`` in the open ``folder`` the folder's owner and mode, and write it to the disk.

    By descriptors, and through no link: root may do this in a folder that another user can write to.
    """
    like = os.fstat(folder)
    for _, _, files, here in os.fwalk(name, dir_fd=folder, follow_symlinks=False):
        for file in files:
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
            try:
                _settle(descriptor, file_mode(like.st_mode), like)
            finally:
                os.close(descriptor)
        _settle(here, folder_mode(like.st_mode), like)


def closed_note(folder: Path) -> str:
    """One line where a daemon of another user cannot read ``folder``, else nothing.

    Nothing either where the folder that is closed is a home or holds one: there a daemon of the same user reads it.
    """
    path = folder.resolve()
    chain = [(each, each.stat()) for each in (*reversed(path.parents), path)]
    closed = first_closed([(each, info.st_mode) for each, info in chain])
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if closed is None or closed.is_relative_to(home) or home.is_relative_to(closed):
        return ""
    info = dict(chain)[closed]
    if info.st_uid != os.geteuid():
        return ""  # its owner's daemon reads it
    mode = stat.S_IMODE(info.st_mode)
    return (
        f"only {_user(info.st_uid)} can read below {closed} (mode {mode:04o}), a daemon of another user cannot: "
        f"chmod o+rx {closed}"
    )


def first_closed(chain: list[tuple[Path, int]]) -> Path | None:
    """The first folder, with its mode, that other users may not pass, or not list where it is the last one."""
    for path, mode in chain:
        needed = stat.S_IROTH | stat.S_IXOTH if path == chain[-1][0] else stat.S_IXOTH
        if mode & needed != needed:
            return path
    return None


def _settle(descriptor: int, mode: int, like: os.stat_result) -> None:
    info = os.fstat(descriptor)
    linked = stat.S_ISREG(info.st_mode) and info.st_nlink > 1
    with contextlib.suppress(PermissionError):  # a container, or a file system without owners
        if os.geteuid() == 0 and not linked:
            os.fchown(descriptor, like.st_uid, like.st_gid)
        os.fchmod(descriptor, mode)
    os.fsync(descriptor)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"

"""Permissions in the store: owner and mode of an added file follow from the folder.

The umask is ignored inside the store, because root adds voices for a daemon of another user, often with umask 077.
"""

import contextlib
import os
import pwd
import stat
from pathlib import Path

_READABLE = 0o055


def folder_mode(parent: int, umask: int = 0) -> int:
    """The mode of a folder inside a folder of mode ``parent``: readable for the same users; at least 0700.

    In a setgid folder, the group may write too.
    """
    shared = parent & 0o2020 if parent & stat.S_ISGID else 0
    return 0o700 | (parent & _READABLE | shared) & ~umask


def file_mode(folder: int) -> int:
    """The mode of a file in a folder of mode ``folder``. The store replaces files and never modifies one."""
    return 0o600 | folder & 0o044


def make_folders(folder: Path) -> None:
    """Create the missing folders of the path, with owner and mode of the nearest existing one.

    An ordinary user's umask applies here; root's does not.
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
        return  # it exists, or another process has just created it
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _settle(descriptor, mode, like)
    finally:
        os.close(descriptor)


def settle(name: str, folder: int) -> None:
    """Give all below ``name`` in the open ``folder`` the folder's owner and mode, and sync it to the disk.

    Uses descriptors and follows no link: root may do this in a folder that another user can write to.
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
    """One line where a daemon of another user cannot read ``folder``, else "".

    Also "" where the unreadable folder is a home or contains one: such a store belongs to a daemon of the same user.
    """
    path = folder.resolve()
    chain = [(each, each.stat()) for each in (*reversed(path.parents), path)]
    closed = first_closed([(each, info.st_mode) for each, info in chain])
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if closed is None or closed.is_relative_to(home) or home.is_relative_to(closed):
        return ""
    info = dict(chain)[closed]
    if info.st_uid != os.geteuid():
        return ""  # the owner's daemon can read it
    mode = stat.S_IMODE(info.st_mode)
    return (
        f"only {_user(info.st_uid)} can read below {closed} (mode {mode:04o}), a daemon of another user cannot: "
        f"chmod o+rx {closed}"
    )


def first_closed(chain: list[tuple[Path, int]]) -> Path | None:
    """The first folder that other users may not traverse, or, for the last one, not list. chain: folders and modes."""
    for path, mode in chain:
        needed = stat.S_IROTH | stat.S_IXOTH if path == chain[-1][0] else stat.S_IXOTH
        if mode & needed != needed:
            return path
    return None


def _settle(descriptor: int, mode: int, like: os.stat_result) -> None:
    info = os.fstat(descriptor)
    linked = stat.S_ISREG(info.st_mode) and info.st_nlink > 1
    with contextlib.suppress(PermissionError):  # in a container, or on a file system without owners
        if os.geteuid() == 0 and not linked:
            os.fchown(descriptor, like.st_uid, like.st_gid)
        os.fchmod(descriptor, mode)
    os.fsync(descriptor)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"

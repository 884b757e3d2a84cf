"""The path of the control socket, for daemon and clients. Imports only os, because svctl's start-up time counts."""

import os

SYSTEM = "/run/steadyvoice/control.sock"
"""Socket of the system-wide daemon, the default where a user has no runtime directory."""
MAX_BYTES = 107
"""Longest path of a Unix socket: ``sun_path`` in unix(7), less its final zero."""


def socket_name(option: str | None = None) -> str:
    """The option, else $STEADYVOICE_SOCKET, else the user's runtime directory, else the system-wide socket, else a
    private folder in /tmp.

    UnusableSocketPath where the path is too long, or other users can write to the private folder.
    """
    if name := option or os.environ.get("STEADYVOICE_SOCKET"):
        return _fitting(name)
    for folder in (os.environ.get("XDG_RUNTIME_DIR", ""), _runtime_directory()):
        if not _fault(folder):
            return _fitting(os.path.join(folder, "steadyvoice", "control.sock"))
    if os.access(SYSTEM, os.W_OK) or (os.getuid() == 0 and os.access("/run", os.W_OK)):
        return SYSTEM
    _refuse_foreign(_in_tmp())
    return os.path.join(_in_tmp(), "control.sock")


def make_folder(socket: str) -> None:
    """Create the socket's folder, mode 0700, if it is missing. OSError; UnusableSocketPath."""
    folder = os.path.dirname(os.path.abspath(socket))
    os.makedirs(folder, 0o700, exist_ok=True)
    if folder == _in_tmp():
        _refuse_foreign(folder)  # checked after creation, so that no other user can create it in between


def why_not_runtime(socket: str) -> str:
    """Why this default socket is not in $XDG_RUNTIME_DIR; "" where it is, or where the user named the socket."""
    named, own = os.environ.get("XDG_RUNTIME_DIR", ""), _runtime_directory()
    if socket not in (
        SYSTEM,
        os.path.join(own, "steadyvoice", "control.sock"),
        os.path.join(_in_tmp(), "control.sock"),
    ):
        return ""
    reasons = []
    if fault := _fault(named):
        reasons.append(f"XDG_RUNTIME_DIR={named} {fault}" if named else "XDG_RUNTIME_DIR is not set")
        if fault := _fault(own):
            reasons.append(f"{own} {fault}")
    return ", ".join(reasons)


def _runtime_directory() -> str:
    """The runtime directory that logind creates at a user's first login."""
    return f"/run/user/{os.getuid()}"


def _in_tmp() -> str:
    return f"/tmp/steadyvoice-{os.getuid()}"


def _fault(folder: str) -> str:
    """Why the folder cannot be a runtime directory of this user; "" where it can."""
    if not os.path.isabs(folder):
        return "is not an absolute path"
    try:
        owner = os.stat(folder).st_uid
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be used: {error.strerror}"
    if not os.path.isdir(folder):
        return "is not a directory"
    return "" if owner == os.getuid() else f"belongs to user {owner}"


def _fitting(name: str) -> str:
    size = len(os.fsencode(name))
    if size > MAX_BYTES:
        raise _unusable(
            f"the path of a socket may have {MAX_BYTES} bytes, this one has {size}: {name}; "
            "name a shorter one with --socket, or in STEADYVOICE_SOCKET"
        )
    return name


def _refuse_foreign(folder: str) -> None:
    """UnusableSocketPath where another user could create a socket there: anyone may create a name in /tmp."""
    try:
        info = os.lstat(folder)
    except OSError:
        return  # not made yet
    kind, writable_by_others = info.st_mode & 0o170000, info.st_mode & 0o022
    if kind != 0o040000 or info.st_uid != os.getuid() or writable_by_others:
        raise _unusable(
            f"{folder} is not a directory that only user {os.getuid()} can write; remove it, "
            "or name a socket elsewhere with --socket, or in STEADYVOICE_SOCKET"
        )


def _unusable(message: str) -> Exception:
    from steadyvoice.ipc.errors import UnusableSocketPath

    return UnusableSocketPath(message)

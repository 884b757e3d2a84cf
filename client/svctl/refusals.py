"""One-line messages for system errors: the operation, the reason and a fix."""

import errno
import os
from typing import Final

ADVICE: Final[dict[int | None, str]] = {
    errno.EMFILE: "allow more open files: ulimit -n 1024",
    errno.ENFILE: "the system-wide limit of open files is reached: stop some programs",
    errno.ENOMEM: "free some memory, or raise the limit: ulimit -v",
    errno.EAGAIN: "allow more processes: ulimit -u",
    errno.ENOSPC: "free some space: df -h",
    errno.EDQUOT: "free some space: quota",
    errno.EROFS: "the file system is read-only; name another place",
}


def describe(error: OSError) -> str:
    why = error.strerror or str(error) or type(error).__name__
    if error.filename is not None:
        what = f"cannot use {os.fsdecode(error.filename)}: {why}"
    else:
        what = f"the system refuses ({_operation(error)}): {why}"
    return f"{what}; {ADVICE[error.errno]}" if error.errno in ADVICE else what


def _operation(error: OSError) -> str:
    """The function that raised the error: the best description if the error names no file."""
    trace, name = error.__traceback__, "unknown"
    while trace is not None:
        code = trace.tb_frame.f_code
        name = f"{trace.tb_frame.f_globals.get('__name__', '?')}.{code.co_qualname}"
        trace = trace.tb_next
    return name


def unreachable(path: str, error: OSError | None, aside: str = "") -> str:
    """Why connecting to ``path`` failed with ``error``. aside: a remark about the path."""
    number = error.errno if error is not None else 0
    place = f"{path} ({aside})" if aside else path
    if number in (errno.ENOENT, errno.ENOTDIR) or (number == errno.ECONNREFUSED and _is_socket(path)):
        return f"no daemon is running at {place}; svctl speak starts one"
    if number in (errno.ECONNREFUSED, errno.ENOTSOCK):
        return f"{place} is not a socket; name another one with --socket, or remove that file"
    if number in (errno.EACCES, errno.EPERM):
        return f"user {os.getuid()} may not connect to {place}; see svctl doctor"
    if number == errno.EAGAIN:
        return f"the daemon at {place} does not accept connections; stop it with svctl quit"
    why = error.strerror or str(error) if error is not None else "no answer"
    return f"no daemon can be reached at {place}: {why}"


def _is_socket(path: str) -> bool:
    """Whether the path is a socket or no longer exists."""
    import stat

    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return True

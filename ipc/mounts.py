"""Read paths on file systems that may not answer: a call to a dead network mount blocks, and cannot even be killed.

A path on a local file system is read directly. Any other is read by a child process, which is abandoned
after a timeout; a blocked thread would keep this process from ending.
"""

import errno
import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

ANSWERS_S: Final = 2.0
"""Timeout of a file system."""
_DIES_S: Final = 0.05
_AWAY: Final = ("fuse", "nfs", "cifs", "smb", "9p", "afs", "ceph", "lustre", "virtiofs", "autofs", "beegfs", "ocfs2")
"""Prefixes of the types of file systems behind a server, such as fuse.sshfs and nfs4."""
_MOST_LINKS: Final = 40
_silent: set[str] = set()
"""Paths that did not answer, and are not tried again. A stage inherits them from the forkserver."""


def asked(path: str | os.PathLike[str], work: Callable[[], T], seconds: float = ANSWERS_S) -> T:
    """Run ``work``, which reads ``path``; return its result or raise its error, both picklable. TimeoutError."""
    name = os.path.abspath(path)
    if is_local(name):
        return work()
    if name not in _silent:
        try:
            return _in_a_child(work, seconds)
        except TimeoutError:
            _silent.add(name)
    raise TimeoutError(errno.ETIMEDOUT, "no answer; is it on a network mount that is gone?", os.fspath(path))


def is_local(name: str) -> bool:
    """Whether an absolute path, with all links resolved, is on local file systems. Contacts no other file system."""
    try:
        mounts = _mounts()
    except (OSError, ValueError):
        return True
    done, links = "/", 0
    rest = [part for part in name.split("/") if part]
    while rest:
        part = rest.pop(0)
        if part == "..":
            done = os.path.dirname(done)
            continue
        done = os.path.join(done, part)
        if mounts.get(done, "").startswith(_AWAY):
            return False
        try:
            to = os.readlink(done)
        except OSError:  # not a link
            continue
        if (links := links + 1) > _MOST_LINKS:
            return True
        done = "/" if to.startswith("/") else os.path.dirname(done)
        rest = [part for part in to.split("/") if part and part != "."] + rest
    return True


def _mounts() -> dict[str, str]:
    """File system type of each mount point except the root; the last mount counts. proc_pid_mountinfo(5)."""
    found = {}
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            before, _, after = line.partition(" - ")
            place = before.split(" ")[4]
            if "\\" in place:  # blanks are octal escapes
                place = place.encode("utf-8", "surrogateescape").decode("unicode_escape").encode("latin-1").decode(
                    "utf-8", "surrogateescape"
                )  # fmt: skip
            found[place] = after.split(" ", 1)[0]
    found.pop("/", None)
    return found


def _in_a_child(work: Callable[[], T], seconds: float) -> T:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _answer(work, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        if not select.select([pipe], [], [], seconds)[0]:
            os.kill(child, signal.SIGKILL)
            deadline = time.monotonic() + _DIES_S
            while not os.waitpid(child, os.WNOHANG)[0] and time.monotonic() < deadline:  # a blocked child may never end
                time.sleep(0.001)
            raise TimeoutError
        data = pipe.read()
    os.waitpid(child, 0)
    if not data:
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    result: Any
    is_error, result = pickle.loads(data)
    if is_error:
        raise result
    made: T = result
    return made


def _answer(work: Callable[[], object], writing: int) -> None:
    """Run in the child: close all of the parent's descriptors, and send the pickled result."""
    try:
        os.dup2(writing, 3)
        os.closerange(4, 1 << 20)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        try:
            data = pickle.dumps((False, work()))
        except BaseException as error:
            data = pickle.dumps((True, error))
        with open(3, "wb") as pipe:
            pipe.write(data)
    finally:
        os._exit(0)

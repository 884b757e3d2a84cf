"""Where the stages' processes come from: one that has loaded what they all need forks them, in milliseconds."""

import asyncio
import contextlib
import ctypes
import errno
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import NAMES
from steadyvoice.daemon.supervision.hang_detector import hangs_loading, look
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.ipc import child, procfs, refusals
from steadyvoice.ipc.stage_protocol import Fork, LeftOut, Loading, Preload, Ready

_QUIET: Final = {"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1"}
"""No library of a stage starts threads of its own on the stage's core, or tells anybody of it."""
_LOOK_S: Final = 0.5
_DIES_S: Final = 1.0
"""A dead network mount may keep it from dying for good."""
_ANSWERS_S: Final = 0.5
"""A fork takes milliseconds, and everything waits for it."""
_AFTER_S: Final = 1.0
"""Where it has died, there is another so much later."""
_PR_SET_CHILD_SUBREAPER: Final = 36
_MAX: Final = 65536
_decode: Callable[[bytes], Loading | LeftOut | Ready] = msgspec.msgpack.Decoder(Loading | LeftOut | Ready).decode
_libc = ctypes.CDLL(None, use_errno=True)


class ForkServer:
    def __init__(self, optionals: Optionals) -> None:
        self.optionals = optionals
        self._loop = asyncio.get_running_loop()
        self._preload = Preload((), (), ())
        self._pid = 0
        self._socket: socket.socket | None = None
        self._settled = asyncio.Event()
        """It is ready, or was not to be had."""
        self._told: set[int] = set()
        """All stages that were started."""
        self._timer: asyncio.TimerHandle | None = None
        """Until it is given up, or made again."""
        self._loading, self._loading_since = "", 0.0
        self._cpu_s, self._moved = 0.0, 0.0
        """What its process has computed, and when that was last seen to grow."""

    async def open(self, preload: Preload) -> None:
        """Start it, and wait until it has loaded that, or no longer than that may take."""
        self.close()
        self._preload = preload
        self._make()
        await self._settled.wait()

    def renew(self, preload: Preload) -> None:
        """Make another, and do not wait for it: stages start without one meanwhile."""
        self.close()
        self._preload = preload
        self._make()

    def _make(self) -> None:
        self._settled.clear()
        self._loading = ""
        if not _adopt(False):
            self._settled.set()
            return
        try:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._socket.settimeout(_ANSWERS_S)
            with theirs:
                self._pid = _execute("forkserver", theirs.fileno(), {})
            preload = msgspec.structs.replace(self._preload, left_out=tuple(self.optionals.fatal))
            self._socket.send(msgspec.msgpack.encode(preload))
        except OSError:
            self._lose()
            return
        self._moved = self._loading_since = self._loop.time()
        self._loop.add_reader(self._socket, self._hear, self._socket)
        self._timer = self._loop.call_later(_LOOK_S, self._watch)

    def _watch(self) -> None:
        """While it loads."""
        now = self._loop.time()
        state, cpu_s = look(self._pid)
        if state in "RD" or cpu_s != self._cpu_s:
            self._moved, self._cpu_s = now, cpu_s
        reason = hangs_loading(now - self._loading_since, now - self._moved)
        if reason:
            self._lose(reason, hung=True)
        else:
            self._timer = self._loop.call_later(_LOOK_S, self._watch)

    def _hear(self, sock: socket.socket) -> None:
        """It loads, is ready, or dead."""
        with contextlib.suppress(OSError):
            if data := sock.recv(_MAX):
                self._on_message(_decode(data))
                return
        self._lose("it ended")

    def _on_message(self, message: Loading | LeftOut | Ready) -> None:
        match message:
            case Loading():
                self._loading, self._loading_since = message.what, self._loop.time()
            case LeftOut():
                self.optionals.report(message)
            case Ready():
                self._settled.set()
                if self._timer is not None:
                    self._timer.cancel()

    def _lose(self, reason: str = "", *, hung: bool = False) -> None:
        """It ended or hung. Made again at once where that was at something optional, which it then does without."""
        loading, self._loading = self._loading, ""
        self.close()
        engines = self._preload.engines
        if loading and self.optionals.ended(loading, f"the forkserver {reason}", engines, hung=hung, killed=False):
            self._timer = self._loop.call_later(0, self._make)
            return
        self._timer = self._loop.call_later(_AFTER_S, self._make)
        self._settled.set()

    def start(self, name: str, fd: int, environment: dict[str, str]) -> int:
        """A stage's process, a child of this one, that has this socket; 0 where it has to be asked for again, with
        another socket. OSError where there can be none.

        Where there is no forkserver, the stage loads what it needs itself.
        """
        if self._socket is None or not self._settled.is_set():
            pid = _execute(name, fd, environment)
        else:
            _adopt(True)
            try:
                socket.send_fds(self._socket, [msgspec.msgpack.encode(Fork(name, environment))], [fd])
                pid = int(self._socket.recv(32))
            except (OSError, ValueError):  # it is dead, or hangs
                self._lose()
                self._end_untold()
                return 0
            finally:
                _adopt(False)  # whom a sound library leaves behind is not ours
        if pid < 0:
            raise _shortage(-pid)
        self._told.add(pid)
        return pid

    def _end_untold(self) -> None:
        """It may have forked one, and have been about to say so."""
        if not procfs.is_own():
            return  # it ends by itself: its socket has no other end
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        with contextlib.suppress(FileNotFoundError):  # a kernel without that list
            while untold := {pid for pid in map(int, children.read_text().split()) if _was_forked(pid)} - self._told:
                for pid in untold:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            deadline = time.monotonic() + _DIES_S
            while not os.waitpid(self._pid, os.WNOHANG)[0] and time.monotonic() < deadline:
                time.sleep(0.001)
            self._pid = 0


def loads(config: Config) -> Preload:
    return Preload(NAMES, config.engines, config.converters)


def _was_forked(pid: int) -> bool:
    """Whether a child may come from here: it is a stage, or dead."""
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    return not arguments or b"steadyvoice.workers" in arguments


def _adopt(orphans: bool) -> bool:
    """Whether processes that lose their parent become this one's children; False where the kernel has no such thing."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, int(orphans)):
        refusals.note("prctl(PR_SET_CHILD_SUBREAPER)", ctypes.get_errno())
        return False
    return True


def _execute(name: str, fd: int, environment: dict[str, str]) -> int:
    command = child.command("steadyvoice.workers", name, str(fd))
    own = child.environment() | _QUIET | environment
    try:
        return os.posix_spawn(
            command[0],
            command,
            own,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),  # a client's stdout may be ours, with audio on it
                (os.POSIX_SPAWN_DUP2, fd, fd),  # it stays open there
            ],
        )
    except OSError as error:
        if not refusals.is_refused(error):
            raise _shortage(error.errno) from error
        refusals.note("clone3", error.errno)
        return _fork_and_execute(command, fd, own)


def _shortage(number: int | None) -> OSError:
    if number == errno.EAGAIN:
        return OSError(number, "no more processes are allowed: raise ulimit -u, TasksMax= or the container's limit")
    return OSError(number, os.strerror(number or 0))


def _fork_and_execute(command: list[str], fd: int, environment: dict[str, str]) -> int:
    """fork(2) does without clone3, which glibc's posix_spawn needs unless the kernel says ENOSYS."""
    if pid := os.fork():
        return pid
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.set_inheritable(fd, True)
        os.execve(command[0], command, environment)
    finally:
        os._exit(127)

"""Creates the processes of the stages: forked in milliseconds from a process that has loaded what all of them need."""

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
from steadyvoice.daemon.supervision.child_process import sample
from steadyvoice.daemon.supervision.hang_detector import hang_while_loading
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.daemon.topology import MODULES
from steadyvoice.ipc import child, procfs, refusals
from steadyvoice.ipc.stage_protocol import LeftOut, Loading, Ready
from steadyvoice.ipc.stage_start import Fork, Preload

_LIBRARY_SETTINGS: Final = {"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Keeps the libraries of a stage from starting threads on the core of the stage, and from sending telemetry."""
_CHECK_S: Final = 0.5
"""Interval of the checks whether it hangs while it preloads."""
_KILL_TIMEOUT_S: Final = 1.0
"""A process that waits for a network mount which does not answer may survive SIGKILL for ever."""
_REPLY_TIMEOUT_S: Final = 0.5
"""A fork takes milliseconds, and the event loop is blocked meanwhile."""
_RESTART_S: Final = 1.0
"""Delay before another forkserver is started after one has died or hung."""
_PR_SET_CHILD_SUBREAPER: Final = 36
_MESSAGE_BYTES: Final = 65536
_decode: Callable[[bytes], Loading | LeftOut | Ready] = msgspec.msgpack.Decoder(Loading | LeftOut | Ready).decode
_libc = ctypes.CDLL(None, use_errno=True)


class ForkServer:
    """Client of the forkserver process (workers/forkserver.py). Without one, stages are executed and load everything
    themselves, which takes longer."""

    def __init__(self, optionals: Optionals) -> None:
        self.optionals = optionals
        self.flows: list[str] | None = None
        """Engines with a flow; None before the forkserver has reported them."""
        self._loop = asyncio.get_running_loop()
        self._preload = Preload((), (), ())
        self._pid = 0
        self._socket: socket.socket | None = None
        self._settled = asyncio.Event()
        """Set when it is ready, or when stages have to start without it."""
        self._started: set[int] = set()
        """Pids of all stages that were started."""
        self._timer: asyncio.TimerHandle | None = None
        """For the next check while it preloads, or for its restart."""
        self._loading, self._loading_since = "", 0.0
        self._cpu_s, self._active_at = 0.0, 0.0
        """Processor time of the process, and when it was last seen to grow."""

    async def open(self, preload: Preload) -> None:
        """Start the forkserver and wait until it has preloaded, has failed, or has exceeded its time."""
        self.close()
        self._preload, self.flows = preload, None
        self._launch()
        await self._settled.wait()

    def renew(self, preload: Preload) -> None:
        """Replace the forkserver without waiting: until the new one is ready, stages start without it."""
        self.close()
        self._preload = preload
        self._launch()

    def _launch(self) -> None:
        self._settled.clear()
        self._loading = ""
        if not _set_subreaper(False):
            self._settled.set()
            return
        try:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._socket.settimeout(_REPLY_TIMEOUT_S)
            with theirs:
                self._pid = _execute("forkserver", theirs.fileno(), {})
            preload = msgspec.structs.replace(self._preload, left_out=tuple(self.optionals.fatal))
            self._socket.send(msgspec.msgpack.encode(preload))
        except OSError:
            self._restart()
            return
        self._active_at = self._loading_since = self._loop.time()
        self._loop.add_reader(self._socket, self._receive, self._socket)
        self._timer = self._loop.call_later(_CHECK_S, self._watch)

    def _watch(self) -> None:
        """Every _CHECK_S while it preloads: restart it if it hangs."""
        now = self._loop.time()
        process = sample(self._pid, now)
        if process.state in "RD" or process.cpu_s != self._cpu_s:
            self._active_at, self._cpu_s = now, process.cpu_s
        reason = hang_while_loading(now - self._loading_since, now - self._active_at)
        if reason:
            self._restart(reason, hung=True)
        else:
            self._timer = self._loop.call_later(_CHECK_S, self._watch)

    def _receive(self, sock: socket.socket) -> None:
        """Handle one message, or the end of the process."""
        with contextlib.suppress(OSError):
            if data := sock.recv(_MESSAGE_BYTES):
                self._on_message(_decode(data))
                return
        self._restart("it ended")

    def _on_message(self, message: Loading | LeftOut | Ready) -> None:
        match message:
            case Loading():
                self._loading, self._loading_since = message.what, self._loop.time()
            case LeftOut():
                self.optionals.report(message)
            case Ready():
                self.flows = message.flows
                self._settled.set()
                if self._timer is not None:
                    self._timer.cancel()

    def _restart(self, reason: str = "", *, hung: bool = False) -> None:
        """Restart after it ended or hung: at once if that was while it loaded something optional, which is left out
        after repeated deaths; else after _RESTART_S."""
        loading, self._loading = self._loading, ""
        self.close()
        engines = self._preload.engines
        if loading and self.optionals.ended(loading, f"the forkserver {reason}", engines, hung=hung, killed=False):
            self._timer = self._loop.call_later(0, self._launch)
            return
        self._timer = self._loop.call_later(_RESTART_S, self._launch)
        self._settled.set()

    def start(self, name: str, fd: int, environment: dict[str, str]) -> int:
        """Create the process of a stage, with the socket ``fd``; return the pid of this daemon's child.

        0: the forkserver has just failed; call again with a new socket. OSError: no process can be created.
        """
        if self._socket is None or not self._settled.is_set():
            pid = _execute(name, fd, environment)
        else:
            _set_subreaper(True)  # the stage is forked twice and thus orphaned: this daemon adopts it
            try:
                socket.send_fds(self._socket, [msgspec.msgpack.encode(Fork(name, environment))], [fd])
                pid = int(self._socket.recv(32))
            except (OSError, ValueError):  # the forkserver is dead, or hangs
                self._restart()
                self._kill_unreported()
                return 0
            finally:
                _set_subreaper(False)  # a sound library may leave orphans, which the daemon need not reap
        if pid < 0:
            raise _shortage(-pid)
        self._started.add(pid)
        return pid

    def _kill_unreported(self) -> None:
        """Kill a stage that the forkserver created without reporting its pid."""
        if not procfs.is_own():
            return  # the stage ends itself, because its socket has lost the other end
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        with contextlib.suppress(FileNotFoundError):  # a kernel without that list
            while unreported := {int(pid) for pid in children.read_text().split() if _was_forked(pid)} - self._started:
                for pid in unreported:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)

    def close(self) -> None:
        """Kill the forkserver. Stages that it created live on; later ones start without it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            deadline = time.monotonic() + _KILL_TIMEOUT_S
            while not os.waitpid(self._pid, os.WNOHANG)[0] and time.monotonic() < deadline:
                time.sleep(0.001)
            self._pid = 0


def preload_of(config: Config) -> Preload:
    """What the forkserver loads for the stages."""
    voices = tuple(filter(None, (config.voice, config.fallback_voice)))
    return Preload(MODULES, config.engines, config.converters, config.models.at_start(config.engines), voices)


def _was_forked(pid: str) -> bool:
    """Whether a child may be a stage: it runs this program, or is dead."""
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    return not arguments or b"steadyvoice.workers" in arguments


def _set_subreaper(enabled: bool) -> bool:
    """Make orphaned descendants children of this process, or not; return whether the kernel supports that."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, int(enabled)):
        refusals.note("prctl(PR_SET_CHILD_SUBREAPER)", ctypes.get_errno())
        return False
    return True


def _execute(name: str, fd: int, environment: dict[str, str]) -> int:
    command = child.command("steadyvoice.workers", name, str(fd))
    own = child.environment() | _LIBRARY_SETTINGS | environment
    try:
        return os.posix_spawn(
            command[0],
            command,
            own,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),  # stdout may carry PCM, if a client started svd
                (os.POSIX_SPAWN_DUP2, fd, fd),  # onto itself: clears close-on-exec in the child
            ],
        )
    except OSError as error:
        if not refusals.is_refused(error):
            raise _shortage(error.errno) from error
        refusals.note("clone3", error.errno)
        return _fork_and_execute(command, fd, own)


def _shortage(number: int | None) -> OSError:
    """The error for the log, with a remedy where the limit on processes was reached."""
    if number == errno.EAGAIN:
        return OSError(number, "no more processes are allowed: raise ulimit -u, TasksMax= or the container's limit")
    return OSError(number, os.strerror(number or 0))


def _fork_and_execute(command: list[str], fd: int, environment: dict[str, str]) -> int:
    """Unlike posix_spawn of glibc, fork(2) needs no clone3, which some seccomp filters refuse."""
    if pid := os.fork():
        return pid
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.set_inheritable(fd, True)
        os.execve(command[0], command, environment)
    finally:
        os._exit(127)

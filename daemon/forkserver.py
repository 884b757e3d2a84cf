"""Where the stages' processes come from: one that has loaded what they all need forks them, in milliseconds."""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from typing import Final

import msgspec

from steadyvoice.ipc.mail import Fork, Preload

_QUIET: Final = {"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1"}
"""No library of a stage starts threads of its own on the stage's core, or tells anybody of it."""
_LOADS_S: Final = 30.0
_ANSWERS_S: Final = 1.0
"""A fork takes milliseconds, and everything waits for it."""
_AFTER_S: Final = 1.0
"""Where it has died, there is another so much later."""
_PR_SET_CHILD_SUBREAPER: Final = 36
_libc = ctypes.CDLL(None)


class ForkServer:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._preload = Preload((), ())
        self._pid = 0
        self._socket: socket.socket | None = None
        self._settled = asyncio.Event()
        """It is ready, or was not to be had."""
        self._again: asyncio.TimerHandle | None = None

    async def open(self, preload: Preload) -> None:
        """Start it, and wait until it has loaded that; or not much longer than that may take."""
        self.close()
        self._preload = preload
        self._make()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), _LOADS_S)

    def _make(self) -> None:
        self._settled.clear()
        try:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._socket.settimeout(_ANSWERS_S)
            with theirs:
                self._pid = _execute("forkserver", theirs.fileno(), {})
            self._socket.send(msgspec.msgpack.encode(self._preload))
        except OSError:
            self._lose()
            return
        self._loop.add_reader(self._socket, self._hear, self._socket)

    def _hear(self, sock: socket.socket) -> None:
        """It is ready, or dead."""
        with contextlib.suppress(OSError):
            if sock.recv(32):
                self._settled.set()
                return
        self._lose()

    def _lose(self) -> None:
        self.close()
        self._again = self._loop.call_later(_AFTER_S, self._make)
        self._settled.set()

    def start(self, name: str, fd: int, environment: dict[str, str]) -> int:
        """A stage's process, a child of this one, that has this socket. OSError where there can be none.

        Where there is no forkserver, the stage loads what it needs itself.
        """
        if self._socket is None or not self._settled.is_set():
            return _execute(name, fd, environment)
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
        try:
            socket.send_fds(self._socket, [msgspec.msgpack.encode(Fork(name, environment))], [fd])
            pid = int(self._socket.recv(32))
        except (OSError, ValueError):  # it is dead, or hangs
            self._lose()
            return _execute(name, fd, environment)
        finally:
            _libc.prctl(_PR_SET_CHILD_SUBREAPER, 0)  # whom a sound library leaves behind is not ours
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid))
        return pid

    def close(self) -> None:
        if self._again is not None:
            self._again.cancel()
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0


def _execute(name: str, fd: int, environment: dict[str, str]) -> int:
    own = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "steadyvoice.workers", name, str(fd)],
        own | _QUIET | environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),  # a client's stdout may be ours, with audio on it
            (os.POSIX_SPAWN_DUP2, fd, fd),  # it stays open there
        ],
    )

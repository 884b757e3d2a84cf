"""A small process that forks child processes for tests in a millisecond. pytest's own process has threads: no fork."""

import contextlib
import gc
import os
import pickle
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any


class Child:
    """A child process of the forker."""

    def __init__(self, forker: "Forker", pid: int) -> None:
        self._forker, self.pid = forker, pid

    def kill(self) -> None:
        """Send SIGKILL and wait for the end, also where the process is stopped."""
        status = self._forker.ask("kill", self.pid)
        assert status == -signal.SIGKILL, f"it had ended by itself, with status {status}"

    def stop(self) -> None:
        """Send SIGSTOP and wait until the process is stopped."""
        assert self._forker.ask("stop", self.pid) is None, "it has ended instead"

    def resume(self) -> None:
        self._forker.ask("resume", self.pid)

    def wait(self) -> int:
        """Wait for the end; return the exit status, or the negative number of the signal that ended the process."""
        return int(self._forker.ask("wait", self.pid))


class Forker:
    """Starts the process. At its end, also when pytest ends, all its child processes are killed."""

    def __init__(self) -> None:
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from support.forker import main; main()", str(other.fileno())],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                pass_fds=[other.fileno()],
                start_new_session=True,
            )

    def ask(self, verb: str, *args: object, fds: tuple[int, ...] = ()) -> Any:
        socket.send_fds(self._socket, [pickle.dumps((verb, args))], fds)
        return pickle.loads(self._socket.recv(1 << 16))

    def fork(self, run: Callable[..., int | None], *args: object, fds: tuple[int, ...] = ()) -> Child:
        """Fork a process that calls ``run(*args, *fds)`` and exits with the value it returns."""
        return Child(self, self.ask("fork", run, args, fds=fds))

    def __enter__(self) -> "Forker":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        assert self._process.wait(20) == 0
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 0)
            raise AssertionError("a process is left")


def _fork(control: socket.socket, run: Callable[..., int | None], args: tuple[object, ...], fds: list[int]) -> int:
    if pid := os.fork():
        return pid
    status = 1
    try:
        control.close()
        status = run(*args, *fds) or 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def main() -> None:
    """The forker's process: carry out requests to fork, kill, stop, resume and wait, until the socket is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()
    living: set[int] = set()

    def ended(pid: int, options: int = 0) -> int | None:
        _, status = os.waitpid(pid, options)
        if os.WIFSTOPPED(status):
            return None
        living.discard(pid)
        return os.waitstatus_to_exitcode(status)

    def answer(verb: str, args: tuple[Any, ...], fds: list[int]) -> int | None:
        match verb:
            case "fork":
                run, given = args
                living.add(pid := _fork(control, run, given, fds))
                return pid
            case "kill":
                os.kill(args[0], signal.SIGKILL)
                return ended(args[0])
            case "stop":
                os.kill(args[0], signal.SIGSTOP)
                return ended(args[0], os.WUNTRACED)
            case "resume":
                os.kill(args[0], signal.SIGCONT)
            case "wait":
                return ended(args[0])
        return None

    while True:
        request, fds, _, _ = socket.recv_fds(control, 1 << 16, 8)
        if not request:
            break
        verb, args = pickle.loads(request)
        control.send(pickle.dumps(answer(verb, args, fds)))
        for fd in fds:
            os.close(fd)
    for pid in list(living):
        os.kill(pid, signal.SIGKILL)
        ended(pid)

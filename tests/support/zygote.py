"""A small process that forks others for a test in a millisecond; pytest's own, full of threads, must not fork."""

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
    """A process that the zygote has forked."""

    def __init__(self, zygote: "Zygote", pid: int) -> None:
        self._zygote, self.pid = zygote, pid

    def kill(self) -> None:
        """SIGKILL, also where it is stopped; afterwards it is gone."""
        status = self._zygote.ask("kill", self.pid)
        assert status == -signal.SIGKILL, f"it had ended by itself, with status {status}"

    def stop(self) -> None:
        """SIGSTOP; afterwards it does nothing until ``resume``."""
        assert self._zygote.ask("stop", self.pid) is None, "it has ended instead"

    def resume(self) -> None:
        self._zygote.ask("resume", self.pid)

    def wait(self) -> int:
        """Its exit status, when it has ended; below zero the signal that ended it."""
        return int(self._zygote.ask("wait", self.pid))


class Zygote:
    """With its end, which is also that of pytest, nothing of what it has forked is left."""

    def __init__(self) -> None:
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from support.zygote import main; main()", str(other.fileno())],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                pass_fds=[other.fileno()],
                start_new_session=True,
            )

    def ask(self, verb: str, *args: object, fds: tuple[int, ...] = ()) -> Any:
        socket.send_fds(self._socket, [pickle.dumps((verb, args))], fds)
        return pickle.loads(self._socket.recv(1 << 16))

    def fork(self, run: Callable[..., int | None], *args: object, fds: tuple[int, ...] = ()) -> Child:
        """A process that does ``run(*args, *fds)`` and exits with what it returns."""
        return Child(self, self.ask("fork", run, args, fds=fds))

    def __enter__(self) -> "Zygote":
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
    """Fork, kill, stop, resume and wait as asked."""
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

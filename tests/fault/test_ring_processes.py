"""The model of support/ring_model.py with each end in a process of its own: real SIGKILL, SIGSTOP and SIGCONT."""

import pickle
import socket
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from support.ends import Reader, Writer, serve
from support.forker import Forker
from support.matrix import examples
from support.ring_model import RingModel


class Remote:
    """A Writer or Reader in a child process: a method call sends a message and waits for the result."""

    def __init__(
        self, forker: Forker, kind: type[Writer] | type[Reader], generation: int, ring: int, notifier: int
    ) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._child = forker.fork(serve, kind, generation, fds=(ring, notifier, theirs.fileno()))
        self.stop, self.resume = self._child.stop, self._child.resume

    def kill(self) -> None:
        self._child.kill()
        self._orders.close()

    def __getattr__(self, name: str) -> Any:
        def call(*args: object) -> Any:
            self._orders.send(pickle.dumps((name, args)))
            return self._answer()

        return call

    def _answer(self) -> Any:
        answer = pickle.loads(self._orders.recv(1 << 16))
        if isinstance(answer, BaseException):
            raise answer
        return answer


class AcrossProcesses(RingModel):
    forker: ClassVar[Forker]

    def writer(self) -> Any:
        return Remote(self.forker, Writer, self.maker.generations[0], self.ring, self.filled.fd)

    def reader(self) -> Any:
        return Remote(self.forker, Reader, self.maker.generations[1], self.ring, self.taken.fd)


def test_ring_model_across_processes() -> None:
    with Forker() as AcrossProcesses.forker:
        run_state_machine_as_test(
            AcrossProcesses, settings=settings(max_examples=examples(40), stateful_step_count=30, deadline=None)
        )

"""The model of tests/unit/test_ring_model.py, each end in a process of its own, with real SIGKILL, SIGSTOP and SIGCONT."""

import pickle
import socket
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from support.ends import Reader, Writer, serve
from support.ring_model import Process, RingModel
from support.zygote import Zygote


class Remote:
    """A Writer or Reader in a child: calling a method is a message to it and its answer."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders

    def __getattr__(self, name: str) -> Any:
        def call(*args: object) -> Any:
            self._orders.send(pickle.dumps((name, args)))
            answer = pickle.loads(self._orders.recv(1 << 16))
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def __del__(self) -> None:
        self._orders.close()


def test_ring_model_across_processes() -> None:
    with Zygote() as zygote:

        class AcrossProcesses(RingModel):
            def writer(self) -> tuple[Any, Process]:
                return self.process(Writer, self.filled.fd)

            def reader(self) -> tuple[Any, Process]:
                return self.process(Reader, self.taken.fd)

            def process(self, kind: type[Writer] | type[Reader], bell: int) -> tuple[Remote, Process]:
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with theirs:
                    return Remote(ours), zygote.fork(serve, kind, fds=(self.ring, bell, theirs.fileno()))

        run_state_machine_as_test(
            AcrossProcesses,
            settings=settings(
                max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
            ),
        )

"""``Client`` and Ctrl-C: the client stays usable after an interrupt at any line."""

import gc
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from support.clients import FOX, LONG, NULL
from support.daemon import Daemon
from support.matrix import quick

from steadyvoice import client as package
from steadyvoice.client import Client

CONFIGURATION = NULL
DESCRIPTORS_LOST = 3
"""At most, those of one message: an interrupt may come between the kernel's giving them and their having an owner."""
pytestmark = pytest.mark.usefixtures("nothing_is_left")


class Interrupter:
    """Raise KeyboardInterrupt before the n-th line of this package; not in ``__del__``, where Python discards it."""

    def __init__(self, moment: int) -> None:
        self.left = moment
        self._where = str(Path(package.__file__).parent)

    def __enter__(self) -> "Interrupter":
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(self._where):
            return None
        if event == "line" and not in_del(frame):
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self._trace


def in_del(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None


def a_program(client: Client) -> None:
    with client.open_stream() as stream:
        stream.append("Hello. Yes.")  # a single sentence would be held until the next one arrives
        next(iter(stream))
    for _ in stream:
        pass
    client.speak(FOX)
    client.cancel()


@pytest.mark.parametrize("moments", quick(1, [14, 62]))
def test_a_client_survives_an_interrupt_at_any_line(daemon: Daemon, moments: int) -> None:
    with daemon.client() as client, Interrupter(1 << 30) as lines:
        a_program(client)
    ran = (1 << 30) - lines.left
    assert ran > 300
    for moment in range(1, ran, ran // moments):
        with daemon.client() as client:
            with suppress(KeyboardInterrupt), Interrupter(moment):
                a_program(client)
            gc.collect()
            assert client.status()["ready"], moment
            client.cancel()
            assert sum(map(len, client.stream("Hello."))) > 0, moment


def test_ctrl_c_while_it_waits(daemon: Daemon) -> None:
    """The handler runs at once, and the running utterance can be cancelled."""
    main = threading.get_ident()
    with daemon.client() as client:
        utterance = client.speak(LONG)
        ctrl_c = threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGINT))
        ctrl_c.start()
        with pytest.raises(KeyboardInterrupt):
            utterance.wait()
        ctrl_c.join()
        assert utterance.cancel().reason == "cancelled"

"""The connections to svd, without waiting: also while svd is started, STOP is answered at once."""

import contextlib
import os
import select
import threading
from pathlib import Path

from steadyvoice.client.link import Link, is_connected, new_socket
from steadyvoice.client.session import PendingReply
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import SteadyvoiceError, describe

Interest = dict[int, int]
"""Events of poll(2) by descriptor."""


class Connection(Link):
    """One of which the caller polls the descriptor."""

    @property
    def interest(self) -> Interest:
        if self.session.error is not None:
            return {}
        return {self._socket.fileno(): select.POLLIN | (select.POLLOUT if self.session.outgoing else 0)}

    def send(self) -> None:
        """Send what is queued, as far as possible. Reads nothing: what svd has sent is for the next ``step``."""
        if not self._transferring and self.session.error is None:
            self._transferring = True
            self._write()
            self._transferring = False

    def fire_and_forget(self, request: requests.Request) -> None:
        self.session.fire_and_forget(request)
        self.send()


class Daemon:
    """Two connections: one speaks, the other cancels and asks for voices, because svd executes the requests of a
    connection in order, and a cancel takes until the fade-out is over.
    """

    def __init__(self, path: str, *, starts: bool = True) -> None:
        """starts: start a daemon if none runs."""
        self.speaking: Connection | None = None
        """None while svd is not connected."""
        self.failure = ""
        """Why svd could not be reached or started the last time; empty: it could, or was not tried yet."""
        self.voices: list[m.VoiceInfo] | None = None
        """The latest answer; None before the first one."""
        self._path, self._starts = Path(path), starts
        self._control: Connection | None = None
        self._asked: PendingReply | None = None
        self._starter: threading.Thread | None = None
        self._started = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    @property
    def interest(self) -> Interest:
        found = {self._started: select.POLLIN} if self._starter is not None else {}
        for connection in (self.speaking, self._control):
            found |= connection.interest if connection is not None else {}
        return found

    @property
    def is_asked(self) -> bool:
        """Whether an answer of voices is awaited."""
        return self._asked is not None

    def want(self) -> None:
        """Connect, or begin to start svd: ``speaking`` or ``failure`` is set, now or after a later ``step``."""
        if self.speaking is not None or self._starter is not None:
            return
        self.failure = ""
        if not self._connect():
            _reap()
            self._starter = threading.Thread(target=self._start, daemon=True)
            self._starter.start()

    def ask_for_voices(self) -> None:
        """To be called with ``speaking``. ``is_asked`` until the answer, or the end of the connection."""
        if self._control is not None and self._asked is None:
            self._asked = self._control.session.ask(requests.Voices())
            self._control.send()

    def cancel(self, utterance: int) -> None:
        if self._control is not None:
            self._control.fire_and_forget(requests.Cancel(ids=[utterance]))

    def step(self) -> None:
        """Send and receive what is possible without waiting."""
        if self._starter is not None:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._started)
                self._starter.join()
                self._starter = None
                if not self.failure and not self._connect():
                    self.failure = f"the daemon at {self._path} ended at once; see svctl doctor"
        for connection in (self.speaking, self._control):
            while connection is not None and connection.transfer():
                pass
        if self._asked is not None and self._asked.is_settled:
            if isinstance(self._asked.event, m.VoicesReply):
                self.voices = self._asked.event.voices
            self._asked = None
        ended = [each is not None and each.session.error is not None for each in (self.speaking, self._control)]
        if any(ended):
            self.close()

    def close(self) -> None:
        """Disconnect: svd then cancels what this gateway is saying."""
        for connection in (self.speaking, self._control):
            if connection is not None:
                connection.close()
        self.speaking = self._control = self._asked = None

    def _connect(self) -> bool:
        made: list[Connection] = []
        for _ in range(2):
            sock = new_socket()
            with contextlib.suppress(OSError):
                if is_connected(sock, self._path):
                    made.append(Connection(sock, self._path))
                    continue
            sock.close()  # nothing listens, or its backlog is full, for which the starter waits
            for connection in made:
                connection.close()
            return False
        self.speaking, self._control = made
        return True

    def _start(self) -> None:
        """Runs in a thread, because it may take seconds."""
        from steadyvoice.client.svctl import autostart  # seldom needed, and a fifth of all that is imported
        from steadyvoice.client.svctl.json_connection import JsonConnection

        try:
            path = str(self._path)
            connection = autostart.start(path)[0] if self._starts else JsonConnection(path)
            connection.close()
        except SteadyvoiceError as error:
            self.failure = describe(error)
        except Exception as error:  # the message that waits must end all the same
            self.failure = f"svd cannot be started: {describe(error)}"
        os.eventfd_write(self._started, 1)


def _reap() -> None:
    """Collect the status of an svd that an earlier start left as a child of this process and that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass

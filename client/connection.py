"""A blocking connection: bytes are transferred only while a caller waits for a reply or an event."""

import select
import socket
import time
from functools import partial
from pathlib import Path
from typing import TypeVar

from steadyvoice.client.link import RETRY_S, Link, is_connected, new_socket, no_reply, unreachable
from steadyvoice.client.session import PendingReply, UtteranceFactory
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests

E = TypeVar("E", bound=m.Event)


class Connection(Link):
    """A blocking connection. Use it from one thread at a time."""

    def __init__(self, path: Path, timeout: float) -> None:
        """Connect. timeout: seconds to wait for the connection and for each reply.

        DaemonUnreachable if no daemon listens.
        """
        super().__init__(_connected(path, timeout), path)
        self._timeout = timeout

    def ask(self, request: requests.Request, kind: type[E]) -> E:
        """Send a request and return its reply. RequestRefused if it is refused, DaemonUnreachable if no reply comes."""
        event = self.request(request).event
        assert isinstance(event, kind)
        return event

    def request(self, request: requests.Request, make_utterance: UtteranceFactory | None = None) -> PendingReply:
        """Like ``ask``, but return the whole reply. make_utterance: creates the utterance that the request queues."""
        reply = self.session.ask(request, make_utterance)
        reply_timeout_s = self.session.reply_timeout_s(self._timeout)
        end = time.monotonic() + reply_timeout_s
        try:
            self.transfer()
            while not reply.is_settled:
                self._wait_until(end, reply_timeout_s)
        except BaseException:
            self.session.abandon(reply)
            raise
        if reply.refused is not None:
            raise reply.refused()
        return reply

    def send(self, request: requests.OfUtterance) -> None:
        """Send text and wait until it is written to the socket. Events that arrive meanwhile are processed."""
        self.session.send(request)
        self.transfer()
        reply_timeout_s = self.session.reply_timeout_s(self._timeout)
        end = time.monotonic() + reply_timeout_s
        while self.session.outgoing:
            self._wait_until(end, reply_timeout_s)

    def _wait_until(self, end: float, reply_timeout_s: float) -> None:
        left = end - time.monotonic()
        if left <= 0:
            self.terminate(partial(no_reply, self.session.path, reply_timeout_s))
            raise no_reply(self.session.path, reply_timeout_s) from TimeoutError()
        self.receive(left)

    def receive(self, timeout: float | None = None, *also: int) -> bool:
        """Wait for data from the daemon or until a descriptor of ``also`` is readable, then process the events.

        timeout: seconds; None: no limit. Returns whether there was either. Raises the error that ended the session if
        it had ended before the call.
        """
        self.session.check()
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | (select.POLLOUT if self.session.outgoing else 0))
        for fd in also:
            poll.register(fd, select.POLLIN)
        ready = poll.poll(None if timeout is None else max(0.0, timeout) * 1000)
        if any(fd == self._socket.fileno() for fd, _ in ready):
            self.transfer()
        return bool(ready)


def _connected(path: Path, timeout: float) -> socket.socket:
    sock, end = new_socket(), time.monotonic() + timeout
    try:
        while not is_connected(sock, path):
            if time.monotonic() > end:
                raise TimeoutError
            time.sleep(RETRY_S)
    except OSError as error:
        sock.close()
        raise unreachable(path, error) from error
    except BaseException:
        sock.close()
        raise
    return sock

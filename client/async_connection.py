"""A non-blocking connection on an asyncio event loop."""

import asyncio
import contextlib
import socket
from functools import partial
from pathlib import Path
from typing import Final, Self, TypeVar

from steadyvoice.client.link import RETRY_S, Link, is_connected, new_socket, no_reply, unreachable
from steadyvoice.client.session import PendingReply, UtteranceFactory
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests

_OUTGOING_BYTES: Final = 1 << 16
"""``send`` waits while more text than this, in bytes, is queued for the daemon."""

E = TypeVar("E", bound=m.Event)


class Wakeup:
    """Wakes all tasks that wait at the moment of ``notify``; later waiters wait for the next one."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)


class AsyncConnection(Link):
    """A connection that any number of tasks of one event loop may use at the same time."""

    def __init__(self, sock: socket.socket, path: Path, timeout: float) -> None:
        """sock: a connected socket. timeout: seconds to wait for a reply."""
        super().__init__(sock, path)
        self.loop = asyncio.get_running_loop()
        self._timeout = timeout
        self._sent = Wakeup()
        self._writing = False
        self.loop.add_reader(sock, self.transfer)

    @classmethod
    async def connect(cls, path: Path, reply_timeout_s: float) -> Self:
        """Connect. reply_timeout_s: seconds to wait for the connection and for each reply.

        DaemonUnreachable if no daemon listens.
        """
        sock = new_socket()
        try:
            async with asyncio.timeout(reply_timeout_s):
                while not is_connected(sock, path):  # noqa: ASYNC110 - a full backlog cannot be polled
                    await asyncio.sleep(RETRY_S)
            return cls(sock, path, reply_timeout_s)
        except OSError as error:  # TimeoutError too
            sock.close()
            raise unreachable(path, error) from error
        except BaseException:
            sock.close()
            raise

    async def ask(self, request: requests.Request, kind: type[E]) -> E:
        """Send a request and return its reply. RequestRefused if it is refused, DaemonUnreachable if no reply comes."""
        event = (await self.request(request)).event
        assert isinstance(event, kind)
        return event

    async def request(self, request: requests.Request, make_utterance: UtteranceFactory | None = None) -> PendingReply:
        """Like ``ask``, but return the whole reply. make_utterance: creates the utterance that the request queues."""
        settled = Wakeup()
        reply = self.session.ask(request, make_utterance, settled.notify)
        reply_timeout_s = self.session.reply_timeout_s(self._timeout)
        try:
            self.transfer()
            async with asyncio.timeout(reply_timeout_s):
                while not reply.is_settled:
                    await settled.wait()
        except TimeoutError as error:
            self.terminate(partial(no_reply, self.session.path, reply_timeout_s))
            raise no_reply(self.session.path, reply_timeout_s) from error
        except BaseException:
            self.session.abandon(reply)
            self._transfer_soon()
            raise
        if reply.refused is not None:
            raise reply.refused()
        return reply

    async def send(self, request: requests.OfUtterance) -> None:
        """Send text. Waits while more than _OUTGOING_BYTES are queued.

        DaemonUnreachable if the daemon stops reading.
        """
        self.session.send(request)
        self.transfer()
        reply_timeout_s = self.session.reply_timeout_s(self._timeout)
        try:
            async with asyncio.timeout(reply_timeout_s):
                while len(self.session.outgoing) > _OUTGOING_BYTES:
                    await self._sent.wait()
        except TimeoutError as error:
            self.terminate(partial(no_reply, self.session.path, reply_timeout_s))
            raise no_reply(self.session.path, reply_timeout_s) from error

    def transfer(self) -> bool:
        received = super().transfer()
        if self.session.error is None and self._writing != bool(self.session.outgoing):
            self._writing = not self._writing
            if self._writing:
                self.loop.add_writer(self._socket, self.transfer)
            else:
                self.loop.remove_writer(self._socket)
        self._sent.notify()
        return received

    def fire_and_forget(self, request: requests.Request) -> None:
        self.session.fire_and_forget(request)
        self._transfer_soon()

    def _transfer_soon(self) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed, and with it the connection
            self.loop.call_soon_threadsafe(self.transfer)

    def _close_socket(self) -> None:
        if self._socket.fileno() >= 0 and not self.loop.is_closed():
            self.loop.remove_reader(self._socket)
            self.loop.remove_writer(self._socket)
        super()._close_socket()

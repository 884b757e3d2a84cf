"""A connection on an event loop: bytes move as they come, and each waiter is woken by what it waits for."""

import asyncio
import contextlib
import socket
from functools import partial
from pathlib import Path
from typing import Final, Self, TypeVar

from steadyvoice.client.link import RETRY_S, Link, is_connected, new_socket, no_reply, unreachable
from steadyvoice.client.session import PendingReply, UtteranceFactory
from steadyvoice.ipc import messages as m

_OUTGOING_BYTES: Final = 1 << 16
"""Who has more text on its way waits until the daemon has taken it."""

E = TypeVar("E", bound=m.Event)


class Wakeup:
    """Wakes all who wait for it, each time that it is given."""

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
    """For the tasks of one event loop, any number of them at once."""

    def __init__(self, sock: socket.socket, path: Path, timeout: float) -> None:
        """sock: connected. timeout: seconds that the daemon may take for an answer."""
        super().__init__(sock, path)
        self.loop = asyncio.get_running_loop()
        self._timeout = timeout
        self._sent = Wakeup()
        self._writing = False
        self.loop.add_reader(sock, self.transfer)

    @classmethod
    async def connect(cls, path: Path, reply_timeout_s: float) -> Self:
        """patience: seconds that the daemon may take for an answer. DaemonUnreachable where none is there."""
        sock = new_socket()
        try:
            async with asyncio.timeout(reply_timeout_s):
                while not is_connected(sock, path):  # noqa: ASYNC110 - nothing tells when there is room
                    await asyncio.sleep(RETRY_S)
            return cls(sock, path, reply_timeout_s)
        except OSError as error:  # TimeoutError too
            sock.close()
            raise unreachable(path, error) from error
        except BaseException:
            sock.close()
            raise

    async def ask(self, request: m.Request, kind: type[E]) -> E:
        """Send and wait for the answer. RequestRefused where it is refused, DaemonUnreachable where none comes."""
        event = (await self.request(request)).event
        assert isinstance(event, kind)
        return event

    async def request(self, request: m.Request, make: UtteranceFactory | None = None) -> PendingReply:
        """The same; make: makes the utterance that the request is for."""
        on_settled = Wakeup()
        answer = self.session.ask(request, make, on_settled.notify)
        reply_timeout_s = self.session.reply_timeout_s(self._timeout)
        try:
            self.transfer()
            async with asyncio.timeout(reply_timeout_s):
                while not answer.is_settled:
                    await on_settled.wait()
        except TimeoutError as error:
            self.terminate(partial(no_reply, self.session.path, reply_timeout_s))
            raise no_reply(self.session.path, reply_timeout_s) from error
        except BaseException:
            self.session.abandon(answer)
            raise
        if answer.refused is not None:
            raise answer.refused()
        return answer

    async def send(self, request: m.Append | m.Finish) -> None:
        """Send text."""
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
        heard = super().transfer()
        if self.session.error is None and self._writing != bool(self.session.outgoing):
            self._writing = not self._writing
            if self._writing:
                self.loop.add_writer(self._socket, self.transfer)
            else:
                self.loop.remove_writer(self._socket)
        self._sent.notify()
        return heard

    def fire_and_forget(self, request: m.Request) -> None:
        self.session.fire_and_forget(request)
        with contextlib.suppress(RuntimeError):  # the loop is closed, and all is over
            self.loop.call_soon_threadsafe(self.transfer)

    def _close_socket(self) -> None:
        if self._socket.fileno() >= 0 and not self.loop.is_closed():
            self.loop.remove_reader(self._socket)
            self.loop.remove_writer(self._socket)
        super()._close_socket()

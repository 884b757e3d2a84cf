"""Who may connect to the control socket, and the bytes to and from each client."""

import asyncio
import contextlib
import logging
import os
import select
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from steadyvoice.daemon.config import Limits
from steadyvoice.ipc import descriptors, refusals, shm, wire
from steadyvoice.ipc.errors import Code, RequestRefused, WireError, one_line
from steadyvoice.ipc.messages import Error, Event, Request

log = logging.getLogger("svd")

BACKLOG_BYTES: Final = 1 << 20
"""A client that lets so much wait to be read is cut off."""
REPLIES_BYTES: Final = BACKLOG_BYTES // 4
"""And one that lets so much wait is not asked for more: nobody is cut off for the replies to their own requests."""
PACE_BYTES: Final = 4096
"""A request counts as one more for each of these."""


class Handler(Protocol):
    async def handle(self, request: Request, connection: "Connection") -> None: ...

    def left(self, connection: "Connection") -> None: ...


class Pace:
    """So many requests a second, and a second's worth of them at once. A long one counts as several."""

    def __init__(self, per_second: int) -> None:
        self._interval = 1 / per_second
        self._paid_until = 0.0

    def wait_s(self, now: float, size: int = 0) -> float:
        """After a request of so many bytes: how long the next one has to wait."""
        self._paid_until = max(self._paid_until, now - 1) + self._interval * (1 + size // PACE_BYTES)
        return max(0.0, self._paid_until - now)


class Connection:
    """One client. ``send`` never waits: what the socket does not take is kept, up to a limit."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._frames = wire.MessageReader(limits.message_bytes)
        self._backlog: deque[tuple[bytes, tuple[int, ...]]] = deque()
        """What the socket has not taken, with descriptors, which are this connection's own copies."""
        self._backlog_bytes = 0
        self._room = asyncio.Event()
        """The backlog is short enough for more replies."""
        self._room.set()
        self._pace = Pace(limits.requests)
        self._hang_up = select.poll()
        self._hang_up.register(sock, select.POLLRDHUP)
        self._cut_off = False
        self._held_back: deque[Callable[[], None]] = deque()
        self.closed = False
        """Nothing is sent any more. What the client has sent before it left is still carried out."""

    @property
    def takes_descriptors(self) -> bool:
        """Whether its samples go through shared memory: it could cut short what is not sealed, and end the stages."""
        return not self._frames.json and shm.are_sealed()

    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None:
        if self.closed:
            return
        data = wire.encode(event, json=bool(self._frames.json))
        if not self._backlog:
            sent = self._write(data, fds)
            if self.closed or sent == len(data):
                return
            if sent:
                data, fds = data[sent:], ()
            self._loop.add_writer(self._socket, self._drain)
        try:
            self._backlog.append((data, descriptors.duplicate(fds)))
        except OSError as error:
            self._cut("a client cannot be sent its descriptors (%s); cut off", error)
            return
        self._backlog_bytes += len(data)
        if self._backlog_bytes > BACKLOG_BYTES:
            self._cut("a client does not read its events; cut off")
        elif self._backlog_bytes > REPLIES_BYTES:
            self._room.clear()

    def holds_back(self, resume: Callable[[], None]) -> bool:
        """Whether the client has not yet taken all that it was sent. ``resume`` is called, once, when it has."""
        if self._backlog and resume not in self._held_back:
            self._held_back.append(resume)
        return self.closed or bool(self._backlog)

    def _write(self, data: bytes, fds: tuple[int, ...]) -> int:
        """Bytes that the socket took; the descriptors go with the first of them."""
        try:
            return socket.send_fds(self._socket, [data], fds) if fds else self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._mute()
            return 0

    def _drain(self) -> None:
        while self._backlog:
            data, fds = self._backlog[0]
            sent = self._write(data, fds)
            if not sent:
                return
            descriptors.close_all(fds)
            self._backlog_bytes -= sent
            if self._backlog_bytes <= REPLIES_BYTES:
                self._room.set()
            self._backlog[0] = (data[sent:], ())
            if sent == len(data):
                self._backlog.popleft()
        self._loop.remove_writer(self._socket)
        while self._held_back and not self._backlog:  # in turn: who fills it again comes last
            self._held_back.popleft()()

    async def serve(self, handler: Handler) -> None:
        try:
            while not self._cut_off and (data := await self._loop.sock_recv(self._socket, 1 << 16)):
                self._frames.feed(data)
                while not self._cut_off and (message := self._frames.next()) is not None:
                    await self._handle(message, handler)
                    await self._others_turn(len(message))
        except WireError as error:
            self._refuse(0, "bad_message", f"{error}; the connection ends here")
        except OSError:
            pass
        finally:
            self.close()
            handler.left(self)
            self._socket.close()

    async def _others_turn(self, size: int) -> None:
        """After a request: all others come first, and who sends more than is allowed or read waits longer."""
        wait_s = self._pace.wait_s(self._loop.time(), size)
        if wait_s and self._hang_up.poll(0):
            wait_s = 0  # it will send no more, and what it has asked for ends when all has been read
        await asyncio.sleep(wait_s)
        await self._room.wait()

    async def _handle(self, message: bytes, handler: Handler) -> None:
        if not message or (self._frames.json and message.isspace()):
            return
        ref = 0
        try:
            request = wire.decode_request(message, json=bool(self._frames.json))
            ref = request.ref
            await handler.handle(request, self)
        except RequestRefused as refused:
            self._refuse(ref, refused.code, str(refused), refused.retryable, refused.field)
        except msgspec.MsgspecError as error:
            self._refuse(ref, "bad_message", f"not a request: {error}; see docs/protocol.md")
        except Exception as error:
            log.exception("a request failed")
            self._refuse(ref, "stage_failed", f"the daemon failed at this request: {error!r}; see its log")

    def _refuse(self, ref: int, code: Code, why: str, retryable: bool = False, field: str = "") -> None:
        self.send(Error(ref, code, one_line(why), retryable, field))

    def _cut(self, why: str, *more: object) -> None:
        log.warning(why, *more)
        self._cut_off = True
        self.close()

    def _mute(self) -> None:
        """The client does not read any more."""
        if not self.closed:
            self.closed = True
            self._loop.remove_writer(self._socket)
            for _, fds in self._backlog:
                descriptors.close_all(fds)
            self._backlog.clear()
            self._held_back.clear()
            self._room.set()

    def close(self) -> None:
        self._mute()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reader, which closes the descriptor


class Server:
    def __init__(self, sock: socket.socket, handler: Handler, limits: Limits, *, check_uid: bool) -> None:
        sock.setblocking(False)
        self._socket, self._handler = sock, handler
        self.limits = limits
        """Those of a connection are what they were when it was made."""
        self._check_uid = check_uid
        self._loop = asyncio.get_running_loop()
        self._clients: set[asyncio.Task[None]] = set()
        self._accepting = self._loop.create_task(self._accept())

    async def _accept(self) -> None:
        told = False
        while True:
            await asyncio.sleep(0)  # accepting does not wait while there is somebody: all others come first
            try:
                sock, _ = await self._loop.sock_accept(self._socket)
            except OSError as error:  # out of descriptors: those who are connected go on
                if not told:
                    log.error("cannot accept a client: %s", error)
                told = True
                await asyncio.sleep(0.1)
                continue
            told = False
            if not self._allowed(sock):
                sock.close()
                continue
            connection = Connection(sock, self.limits)
            task = self._loop.create_task(connection.serve(self._handler))
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)

    def _allowed(self, sock: socket.socket) -> bool:
        if self._check_uid and (uid := _user(sock)) not in (0, os.getuid()):
            log.warning("refused a client of user %d", uid)
            return False
        if len(self._clients) >= self.limits.clients:
            error = Error(0, "too_many_clients", f"there are {self.limits.clients} clients already", True)
            with contextlib.suppress(OSError):  # it has left already
                sock.send(wire.encode(error))
            return False
        return True

    async def stop(self) -> None:
        self._accepting.cancel()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(self._accepting, *self._clients, return_exceptions=True)
        self._socket.close()


def _user(sock: socket.socket) -> int:
    """Whose the client is. This process's own user where the kernel does not say: nobody else may write to the socket's
    file, so nobody else but root can connect."""
    try:
        _, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    except OSError as error:
        refusals.note("getsockopt(SO_PEERCRED)", error.errno)
        return os.getuid()
    return int(uid)

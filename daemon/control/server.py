"""The control socket: which clients may connect, and the bytes to and from each of them."""

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
from steadyvoice.ipc.messages import Error, Event
from steadyvoice.ipc.requests import Request

log = logging.getLogger("svd")

BACKLOG_BYTES: Final = 1 << 20
"""A client with more unread bytes than this is disconnected."""
REPLIES_BYTES: Final = BACKLOG_BYTES // 4
"""With more unread bytes than this, no further request of the client is read: replies to its own requests alone never
disconnect it."""
BYTES_PER_REQUEST: Final = 4096
"""A longer request counts as one more for each of these against the rate limit."""


class Handler(Protocol):
    async def handle(self, request: Request, connection: "Connection") -> None:
        """Reply to the request. Of exceptions, RequestRefused gives the code of the error reply."""

    def on_disconnect(self, connection: "Connection") -> None:
        """The client has disconnected, and all its requests were handled."""


class RateLimiter:
    """Limits the requests of a client per second; a burst may use one second's worth. A long one counts as several."""

    def __init__(self, per_second: int) -> None:
        self._interval_s = 1 / per_second
        self._used_until = 0.0

    def wait_s(self, now: float, size: int = 0) -> float:
        """Count a request of ``size`` bytes; return how long the next one has to wait. now: monotonic seconds."""
        self._used_until = max(self._used_until, now - 1) + self._interval_s * (1 + size // BYTES_PER_REQUEST)
        return max(0.0, self._used_until - now)


class Connection:
    """One client. ``send`` never blocks: bytes that the socket does not accept are buffered, up to BACKLOG_BYTES."""

    def __init__(
        self, sock: socket.socket, limits: Limits, on_refused: Callable[[Code], object] = lambda _: None
    ) -> None:
        """on_refused: called with the code of each request that is refused."""
        sock.setblocking(False)
        self._socket, self._on_refused = sock, on_refused
        self._loop = asyncio.get_running_loop()
        self._frames = wire.MessageReader(limits.message_bytes)
        self._backlog: deque[tuple[bytes, tuple[int, ...]]] = deque()
        """Bytes that the socket has not accepted, with duplicates of the descriptors that belong to them."""
        self._backlog_bytes = 0
        self._may_reply = asyncio.Event()
        """Set while the backlog is at most REPLIES_BYTES."""
        self._may_reply.set()
        self._rate_limiter = RateLimiter(limits.requests)
        self._hang_up = select.poll()
        self._hang_up.register(sock, select.POLLRDHUP)
        self._is_cut_off = False
        self._on_sent_callbacks: deque[Callable[[], None]] = deque()
        self.pid = peer(sock)[0]
        """Of the client; 0 where the kernel does not report it, or the client is in another PID namespace."""
        self.closed = False
        """Nothing more is sent. Requests that the client sent before it disconnected are still handled."""

    @property
    def takes_descriptors(self) -> bool:
        """Whether its samples go through shared memory, which must be sealed: truncating it would crash the
        stages."""
        return not self._frames.json and shm.are_sealed()

    def has_hung_up(self) -> bool:
        """Whether the client sends nothing more, which ``serve`` notices after its last request only."""
        return self.closed or bool(self._hang_up.poll(0))

    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None:
        """Send an event, and descriptors that the caller keeps open. A client that does not read is disconnected."""
        if isinstance(event, Error):
            self._on_refused(event.code)
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
            self._disconnect("a client cannot be sent its descriptors (%s); cut off", error)
            return
        self._backlog_bytes += len(data)
        if self._backlog_bytes > BACKLOG_BYTES:
            self._disconnect("a client does not read its events; cut off")
        elif self._backlog_bytes > REPLIES_BYTES:
            self._may_reply.clear()

    def has_backlog(self, on_sent: Callable[[], None]) -> bool:
        """Whether bytes for the client are buffered. If so, ``on_sent`` is called once when they have been sent."""
        if self._backlog and on_sent not in self._on_sent_callbacks:
            self._on_sent_callbacks.append(on_sent)
        return self.closed or bool(self._backlog)

    def _write(self, data: bytes, fds: tuple[int, ...]) -> int:
        """Return how many bytes the socket accepted; the descriptors go with the first of them."""
        try:
            return socket.send_fds(self._socket, [data], fds) if fds else self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._stop_sending()
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
                self._may_reply.set()
            self._backlog[0] = (data[sent:], ())
            if sent == len(data):
                self._backlog.popleft()
        self._loop.remove_writer(self._socket)
        while self._on_sent_callbacks and not self._backlog:  # a callback that fills the backlog again goes to the end
            self._on_sent_callbacks.popleft()()

    async def serve(self, handler: Handler) -> None:
        """Read and handle requests until the client disconnects; then close the socket."""
        try:
            while not self._is_cut_off and (data := await self._loop.sock_recv(self._socket, 1 << 16)):
                self._frames.feed(data)
                while not self._is_cut_off and (message := self._frames.next()) is not None:
                    await self._handle(message, handler)
                    await self._yield_to_others(len(message))
        except WireError as error:
            self.send(_error(0, "bad_message", f"{error}; the connection ends here"))
        except OSError:
            pass
        finally:
            self.close()
            handler.on_disconnect(self)
            self._socket.close()

    async def _yield_to_others(self, size: int) -> None:
        """After a request: let all other tasks run, and wait while the rate or the backlog exceeds its limit."""
        wait_s = self._rate_limiter.wait_s(self._loop.time(), size)
        if wait_s and self.has_hung_up():
            wait_s = 0  # it sends nothing more, and its disconnection is handled only after its last request
        await asyncio.sleep(wait_s)
        await self._may_reply.wait()

    async def _handle(self, message: bytes, handler: Handler) -> None:
        if not message or (self._frames.json and message.isspace()):
            return
        ref = 0
        try:
            request = wire.decode_request(message, json=bool(self._frames.json))
            ref = request.ref
            await handler.handle(request, self)
        except RequestRefused as refused:
            self.send(_error(ref, refused.code, str(refused), refused.retryable, refused.field))
        except msgspec.MsgspecError as error:
            self.send(_error(ref, "bad_message", f"not a request: {error}; see docs/protocol.md"))
        except Exception as error:
            log.exception("a request failed")
            self.send(_error(ref, "stage_failed", f"the daemon failed at this request: {error!r}; see its log"))

    def _disconnect(self, reason: str, *arguments: object) -> None:
        log.warning(reason, *arguments)
        self._is_cut_off = True
        self.close()

    def _stop_sending(self) -> None:
        """The client no longer reads: discard what is buffered."""
        if not self.closed:
            self.closed = True
            self._loop.remove_writer(self._socket)
            for _, fds in self._backlog:
                descriptors.close_all(fds)
            self._backlog.clear()
            self._on_sent_callbacks.clear()
            self._may_reply.set()

    def close(self) -> None:
        """Stop sending and shut the connection down; ``serve`` closes the descriptor."""
        self._stop_sending()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes serve()


class Server:
    """Accepts clients until it is stopped, and serves each in a task of its own."""

    def __init__(
        self,
        sock: socket.socket,
        handler: Handler,
        limits: Limits,
        on_refused: Callable[[Code], object],
        *,
        check_uid: bool,
    ) -> None:
        sock.setblocking(False)
        self._socket, self._handler, self._on_refused = sock, handler, on_refused
        self.limits = limits
        """May be replaced; a connection keeps those of the time when it was accepted."""
        self._check_uid = check_uid
        self._loop = asyncio.get_running_loop()
        self._clients: set[asyncio.Task[None]] = set()
        self._accepting = self._loop.create_task(self._accept())

    async def _accept(self) -> None:
        is_logged = False
        while True:
            await asyncio.sleep(0)  # sock_accept returns at once while clients wait: let all other tasks run
            try:
                sock, _ = await self._loop.sock_accept(self._socket)
            except OSError as error:  # no free descriptor: the connected clients are still served
                if not is_logged:
                    log.error("cannot accept a client: %s", error)
                is_logged = True
                await asyncio.sleep(0.1)
                continue
            is_logged = False
            if not self._allowed(sock):
                sock.close()
                continue
            connection = Connection(sock, self.limits, self._on_refused)
            task = self._loop.create_task(connection.serve(self._handler))
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)

    def _allowed(self, sock: socket.socket) -> bool:
        if self._check_uid and (uid := peer(sock)[1]) not in (0, os.getuid()):
            log.warning("refused a client of user %d", uid)
            return False
        if len(self._clients) >= self.limits.clients:
            error = Error(0, "too_many_clients", f"there are {self.limits.clients} clients already", True)
            self._on_refused(error.code)
            with contextlib.suppress(OSError):  # it has disconnected already
                sock.send(wire.encode(error))
            return False
        return True

    async def stop(self) -> None:
        self._accepting.cancel()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(self._accepting, *self._clients, return_exceptions=True)
        self._socket.close()


def _error(ref: int, code: Code, text: str, retryable: bool = False, field: str = "") -> Error:
    return Error(ref, code, one_line(text), retryable, field)


def peer(sock: socket.socket) -> tuple[int, int]:
    """Pid and user id of the client. If the kernel does not report them: 0 and this process's own user, because the
    mode of the socket's file lets only this user and root connect."""
    try:
        pid, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    except OSError as error:
        refusals.note("getsockopt(SO_PEERCRED)", error.errno)
        return 0, os.getuid()
    return pid, uid

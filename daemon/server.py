"""The Unix socket: who may connect, and the bytes to and from each client."""

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import msgspec

from steadyvoice.daemon.config import Limits
from steadyvoice.ipc import wire
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import Refused, SteadyvoiceError, WireError
from steadyvoice.ipc.messages import Error, Event, Request

log = logging.getLogger("svd")

BACKLOG_BYTES: Final = 1 << 20
"""A client that lets so much wait to be read is cut off."""


class Handler(Protocol):
    async def handle(self, request: Request, connection: "Connection") -> None: ...

    def left(self, connection: "Connection") -> None: ...


class AddressTaken(SteadyvoiceError):
    """Another daemon serves this socket, or it cannot be made."""


class Address:
    """The socket's path, held by a lock, so that a stale file is told from a living daemon without asking it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        # Names of this instance, the same at every start: what a killed one left is found and removed.
        self.instance = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        self._lock_path = Path(f"{self.path}.lock")
        self._bound = False
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = self._acquire()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
                raise AddressTaken(f"another svd serves {path}; use it, or pass another --socket") from error
            raise AddressTaken(f"cannot make {path}: {error.strerror}; pass another --socket") from error

    def _acquire(self) -> int:
        while True:
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.stat(self._lock_path).st_ino == os.fstat(lock).st_ino:
                    return lock
            except FileNotFoundError:
                pass
            except OSError:
                os.close(lock)
                raise
            os.close(lock)  # its owner removed the file just before letting go

    def listen(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            if self.path.exists() and not self.path.is_socket():
                raise FileExistsError(errno.EEXIST, "a file that is no socket is in the way")
            self.path.unlink(missing_ok=True)
            mask = os.umask(0o177)
            try:
                sock.bind(str(self.path))
                self._bound = True
            finally:
                os.umask(mask)
            sock.listen(128)
        except OSError as error:
            sock.close()
            why = error.strerror or error
            raise AddressTaken(f"cannot listen on {self.path}: {why}; pass another --socket") from error
        return sock

    def release(self) -> None:
        """Leave nothing behind. A socket that systemd made stays, and what a successor made after ours was removed."""
        with contextlib.suppress(OSError):
            if os.stat(self._lock_path).st_ino == os.fstat(self._lock).st_ino:
                if self._bound:
                    self.path.unlink(missing_ok=True)
                self._lock_path.unlink()
        os.close(self._lock)


class Connection:
    """One client. ``send`` never waits: what the socket does not take is kept, up to a limit."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._frames = wire.Frames(limits.message_bytes)
        self._backlog: deque[tuple[bytes, tuple[int, ...]]] = deque()
        """What the socket has not taken, with descriptors, which are this connection's own copies."""
        self._backlog_bytes = 0
        self._held_back: deque[Callable[[], None]] = deque()
        self.closed = False

    @property
    def takes_descriptors(self) -> bool:
        return not self._frames.json

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
        self._backlog.append((data, tuple(map(os.dup, fds))))
        self._backlog_bytes += len(data)
        if self._backlog_bytes > BACKLOG_BYTES:
            log.warning("a client does not read its events; cut off")
            self.close()

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
            self.close()
            return 0

    def _drain(self) -> None:
        while self._backlog:
            data, fds = self._backlog[0]
            sent = self._write(data, fds)
            if not sent:
                return
            close_all(fds)
            self._backlog_bytes -= sent
            self._backlog[0] = (data[sent:], ())
            if sent == len(data):
                self._backlog.popleft()
        self._loop.remove_writer(self._socket)
        while self._held_back and not self._backlog:  # in turn: who fills it again comes last
            self._held_back.popleft()()

    async def serve(self, handler: Handler) -> None:
        try:
            while not self.closed and (data := await self._loop.sock_recv(self._socket, 1 << 16)):
                self._frames.feed(data)
                while (message := self._frames.next()) is not None:
                    await self._handle(message, handler)
        except WireError as error:
            self.send(Error(0, "bad_message", f"{error}; the connection ends here"))
        except OSError:
            pass
        finally:
            self.close()
            handler.left(self)
            self._socket.close()

    async def _handle(self, message: bytes, handler: Handler) -> None:
        if not message.strip():
            return
        ref = 0
        try:
            request = wire.decode_request(message, json=bool(self._frames.json))
            ref = request.ref
            await handler.handle(request, self)
        except Refused as refused:
            self.send(Error(ref, refused.code, str(refused), refused.retryable))
        except msgspec.MsgspecError as error:
            self.send(Error(ref, "bad_message", f"not a request: {error}; see docs/protocol.md"))
        except Exception as error:
            log.exception("a request failed")
            self.send(Error(ref, "stage_failed", f"the daemon failed at this request: {error!r}; see its log"))

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            if self._backlog:
                self._loop.remove_writer(self._socket)
                for _, fds in self._backlog:
                    close_all(fds)
                self._backlog.clear()
            self._held_back.clear()
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reader, which closes the descriptor


class Server:
    def __init__(self, sock: socket.socket, handler: Handler, limits: Limits, *, check_uid: bool) -> None:
        sock.setblocking(False)
        self._socket, self._handler, self._limits = sock, handler, limits
        self._check_uid = check_uid
        self._loop = asyncio.get_running_loop()
        self._clients: set[asyncio.Task[None]] = set()
        self._accepting = self._loop.create_task(self._accept())

    async def _accept(self) -> None:
        while True:
            try:
                sock, _ = await self._loop.sock_accept(self._socket)
            except OSError as error:  # out of descriptors: those who are connected go on
                log.error("cannot accept a client: %s", error)
                await asyncio.sleep(0.1)
                continue
            try:
                allowed = self._allowed(sock)
            except OSError:  # it has left already
                allowed = False
            if not allowed:
                sock.close()
                continue
            connection = Connection(sock, self._limits)
            task = self._loop.create_task(connection.serve(self._handler))
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)

    def _allowed(self, sock: socket.socket) -> bool:
        _, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if self._check_uid and uid not in (0, os.getuid()):
            log.warning("refused a client of user %d", uid)
            return False
        if len(self._clients) >= self._limits.clients:
            error = Error(0, "too_many_clients", f"there are {self._limits.clients} clients already", True)
            sock.send(wire.encode(error))
            return False
        return True

    async def stop(self) -> None:
        self._accepting.cancel()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(self._accepting, *self._clients, return_exceptions=True)
        self._socket.close()

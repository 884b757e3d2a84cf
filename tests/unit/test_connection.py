"""Connection (daemon/control/server.py): bytes and descriptors of a client that reads slowly, not at all, or leaves."""

import asyncio
import os
import resource
import socket

import pytest

from steadyvoice.daemon.config import Limits
from steadyvoice.daemon.control.server import BACKLOG_BYTES, Connection
from steadyvoice.ipc import wire
from steadyvoice.ipc.messages import Event, Finished, Queued, Started
from steadyvoice.ipc.requests import Request


def receive(sock: socket.socket, frames: wire.MessageReader) -> tuple[list[Event], list[int]]:
    """All events and descriptors that have arrived at the client."""
    events: list[Event] = []
    fds: list[int] = []
    while True:
        try:
            data, got, _, _ = socket.recv_fds(sock, 1 << 16, 16)
        except BlockingIOError:
            return events, fds
        fds += got
        if not data:
            return events, fds
        frames.feed(data)
        events += map(wire.decode_event, iter(frames.next, None))


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    return ours, theirs


SIZES = pytest.mark.parametrize("size", [100, 300_000], ids=["small", "sent in parts"])


def an_event(number: int, size: int) -> Finished:
    return Finished(number, "done", number, 1.0, {"first_audio": 12.5}, None, "x" * (size - number % 100))


def fill(connection: Connection, size: int) -> int:
    """Send events until the socket takes no more; return how many."""
    for number in range(1_000_000):
        if connection._backlog:
            return number
        connection.send(an_event(number, size))
    raise AssertionError


@SIZES
def test_slow_reader_gets_everything_in_order(size: int) -> None:
    async def run() -> list[Event]:
        ours, theirs = pair()
        with ours, theirs:
            connection, frames = Connection(ours, Limits()), wire.MessageReader(1 << 20)
            sent = fill(connection, size)
            total = sent + BACKLOG_BYTES // 4 // size + 1
            for number in range(sent, total):
                connection.send(an_event(number, size))
            got: list[Event] = []
            while len(got) < total:
                assert not connection.closed
                got += receive(theirs, frames)[0]
                await asyncio.sleep(0)
            connection.close()
            return got

    got = asyncio.run(run())
    assert got == [an_event(number, size) for number in range(len(got))]


@SIZES
def test_descriptors_wait_for_the_backlog(size: int) -> None:
    """The socket has space while the backlog is not yet sent: a later event must not overtake it."""

    async def run() -> None:
        ours, theirs = pair()
        with ours, theirs:
            connection, frames = Connection(ours, Limits()), wire.MessageReader(1 << 20)
            sent = fill(connection, size)
            got, _ = receive(theirs, frames)
            connection.send(Started(7, 24_000, ring=True), (theirs.fileno(),))
            fds: list[int] = []
            try:
                while not connection.closed and len(got) <= sent:
                    await asyncio.sleep(0)
                    more, descriptors = receive(theirs, frames)
                    got += more
                    fds += descriptors
                assert got == [*(an_event(number, size) for number in range(sent)), Started(7, 24_000, ring=True)]
                assert len(fds) == 1
            finally:
                connection.close()
                for fd in fds:
                    os.close(fd)

    asyncio.run(run())


def test_a_client_that_never_reads_is_disconnected() -> None:
    async def run() -> None:
        ours, theirs = pair()
        with ours, theirs:
            connection = Connection(ours, Limits())
            event = Finished(1, "error", 0, 0.0, {}, "stage_failed", "x" * 10_000)
            for _ in range(BACKLOG_BYTES // 10_000 + 100):
                connection.send(event)
            assert connection.closed
            connection.send(event)  # without effect
            events, _ = receive(theirs, wire.MessageReader(1 << 20))
            assert events
            assert set(map(repr, events)) == {repr(event)}

    asyncio.run(run())


def test_resume_callbacks_are_called_in_turn_when_the_backlog_is_sent() -> None:
    async def run() -> None:
        ours, theirs = pair()
        with ours, theirs:
            connection, frames = Connection(ours, Limits()), wire.MessageReader(1 << 20)
            resumed: list[str] = []

            def first() -> None:
                resumed.append("first")
                fill(connection, 100)
                assert connection.has_backlog(first)

            def second() -> None:
                resumed.append("second")
                assert not connection.has_backlog(second)

            assert not connection.has_backlog(first)
            fill(connection, 100)
            for _ in range(3):
                assert connection.has_backlog(first)
                assert connection.has_backlog(second)
            assert resumed == []
            for seen in (["first"], ["first", "second", "first"], ["first", "second", "first", "first"]):
                while connection._backlog and resumed != seen:
                    receive(theirs, frames)
                    await asyncio.sleep(0)
                assert resumed == seen
            connection.close()
            assert connection.has_backlog(second)
            assert resumed == seen

    asyncio.run(run())


def test_without_descriptors_to_duplicate_the_client_is_disconnected_and_none_leaks() -> None:
    async def run() -> None:
        ours, theirs = pair()
        with ours, theirs:
            connection = Connection(ours, Limits())
            fill(connection, 100)
            open_now = len(os.listdir("/proc/self/fd"))
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            lowest = os.dup(0)
            os.close(lowest)
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 2, hard))
            try:
                connection.send(Started(7, 24_000, ring=True), (theirs.fileno(),) * 3)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            assert connection.closed
            assert len(os.listdir("/proc/self/fd")) == open_now

    asyncio.run(run())


def test_a_client_that_has_disconnected_is_no_error() -> None:
    async def run() -> None:
        ours, theirs = pair()
        theirs.close()
        with ours:
            connection = Connection(ours, Limits())
            connection.send(Queued(1, 1))
            assert connection.closed

    asyncio.run(run())


class Echo:
    """Replies to every request with its ref, and records the connections that have ended."""

    def __init__(self) -> None:
        self.gone: list[Connection] = []

    async def handle(self, request: Request, connection: Connection) -> None:
        connection.send(Queued(request.ref, 1))

    def on_disconnect(self, connection: Connection) -> None:
        self.gone.append(connection)


def conversation(data: bytes, limits: Limits | None = None) -> bytes:
    """The daemon's replies to ``data``, until either side closes the connection."""

    async def run() -> bytes:
        ours, theirs = pair()
        with theirs:
            echo, loop = Echo(), asyncio.get_running_loop()
            connection = Connection(ours, limits or Limits())
            serving = loop.create_task(connection.serve(echo))
            await loop.sock_sendall(theirs, data)
            theirs.shutdown(socket.SHUT_WR)
            answer = b""
            while more := await loop.sock_recv(theirs, 1 << 16):
                answer += more
            await serving
            assert echo.gone == [connection]
            assert ours.fileno() == -1
            return answer

    return asyncio.run(run())


def test_conversation_in_json() -> None:
    lines = conversation(b'{"type":"hello","ref":1}\n\n{"type":"nonsense"}\r\n{"typo":1}\n{"type":"hello","ref":2}\n{')
    first, nonsense, typo, last = lines.splitlines()
    assert (first, last) == (b'{"type":"queued","ref":1,"id":1}', b'{"type":"queued","ref":2,"id":1}')
    assert b'"code":"bad_message"' in nonsense
    assert b'"code":"bad_message"' in typo


def test_too_long_message_is_answered_before_the_end() -> None:
    answer = conversation(b'{"type":"hello","ref":1}\n' + b"{" * 5000, Limits(message_bytes=4096))
    first, last = answer.splitlines()
    assert b'"ref":1' in first
    assert b"a message may have 4096 bytes" in last


def test_text_that_is_not_utf8_is_answered() -> None:
    answer = conversation(b'{"type":"speak","text":"\xff"}\n{"type":"hello","ref":2}\n')
    assert len(answer.splitlines()) == 2


def test_nested_message_is_answered() -> None:
    answer = conversation(b'{"x":' + b"[" * 100_000 + b'\n{"type":"hello","ref":2}\n')
    assert len(answer.splitlines()) == 2

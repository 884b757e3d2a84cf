"""InlinePcm: slots of a client's ring become ``audio`` events, no faster than the client reads."""

import asyncio
import gc
import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from steadyvoice.daemon.config import Limits
from steadyvoice.daemon.control.server import Connection
from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.daemon.scheduling.inline_pcm import InlinePcm
from steadyvoice.ipc import slot as s
from steadyvoice.ipc import wire
from steadyvoice.ipc.messages import Audio
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.utterance_spec import UtteranceSpec

SPEC = UtteranceSpec("hibari", "heart", 1.0, 1.0, "pcm", 24_000, 24_000, "s16")
COUNT = ClientRing.SLOT_SAMPLES
NUMBER = 7


class Writer:
    """The converter's end; ``write`` writes slots until the ring is full."""

    def __init__(self) -> None:
        self.ring = ClientRing(SPEC, 2.0)
        self._producer = Producer(self.ring.fd, self.ring.filled)
        self.blocks: list[bytes] = []

    def write(self, most: int = 1 << 30, kind: int = s.PCM) -> None:
        for _ in range(most):
            if (slot := self._producer.reserve()) is None:
                return
            block = len(self.blocks).to_bytes(2, "little") * COUNT if kind == s.PCM else b""
            slot.words[s.KIND], slot.words[s.COUNT] = kind, len(block) // 2
            slot.words[s.INDEX] = len(self.blocks) * COUNT
            slot.put(block)
            self._producer.publish()
            if kind == s.PCM:
                self.blocks.append(block)


class Client:
    """The other end of the connection, and the events that it has received."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._frames = sock, wire.MessageReader(1 << 20)
        self.events: list[Audio] = []

    def read(self, size: int = 1 << 20) -> bool:
        """Read once; False if there was nothing to read."""
        try:
            self._frames.feed(self._socket.recv(size))
        except BlockingIOError:
            return False
        while (message := self._frames.next()) is not None:
            event = wire.decode_event(message)
            assert isinstance(event, Audio)
            self.events.append(event)
        return True


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with ours, theirs:
        yield ours, theirs


Scene = Callable[[Connection, Client], Coroutine[Any, Any, None]]


def play(sockets: tuple[socket.socket, socket.socket], scene: Scene) -> None:
    async def run() -> None:
        ours, theirs = sockets
        await scene(Connection(ours, Limits()), Client(theirs))

    asyncio.run(run())


async def run_callbacks(turns: int = 100) -> None:
    """Let the event loop run all callbacks that are ready."""
    for _ in range(turns):
        await asyncio.sleep(0)


def test_each_slot_is_one_event_and_the_end_is_none(sockets: tuple[socket.socket, socket.socket]) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        writer = Writer()
        inline = InlinePcm(NUMBER, writer.ring, connection)
        for most in (1, 0, 20, 5):
            writer.write(most)
            await run_callbacks()
        writer.write(1, s.END)
        await run_callbacks()
        while client.read():
            pass
        assert client.events == [Audio(NUMBER, at * COUNT, block) for at, block in enumerate(writer.blocks)]
        assert len(writer.blocks) == 26
        assert writer.ring.view.position == 26 * COUNT
        assert writer.ring.view.fill == 0
        assert writer.ring.taken.clear()
        inline.close()

    play(sockets, scene)


def test_no_slot_is_taken_before_the_client_has_read_the_last(sockets: tuple[socket.socket, socket.socket]) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        writer = Writer()
        inline = InlinePcm(NUMBER, writer.ring, connection)
        while writer.ring.view.fill < writer.ring.view.size:
            writer.write()
            await run_callbacks()
        taken = writer.ring.view.tail
        assert taken == len(writer.blocks) - writer.ring.view.size
        assert connection._backlog_bytes < 4096  # one event
        await run_callbacks()
        assert writer.ring.view.tail == taken
        while len(writer.blocks) < 1000 or len(client.events) < len(writer.blocks):
            client.read(5000)
            if len(writer.blocks) < 1000:
                writer.write()
            await run_callbacks(3)
            assert not connection.closed
        assert [event.index for event in client.events] == [at * COUNT for at in range(len(writer.blocks))]
        assert [event.data for event in client.events] == writer.blocks
        inline.close()

    play(sockets, scene)


@pytest.mark.parametrize("blocked", [False, True])
def test_after_close_nothing_is_sent_and_no_descriptor_stays_open(
    sockets: tuple[socket.socket, socket.socket], blocked: bool
) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        gc.collect()
        before = len(os.listdir("/proc/self/fd"))
        writer = Writer()
        inline = InlinePcm(NUMBER, writer.ring, connection)
        writer.write(20)
        while blocked and writer.ring.view.fill < writer.ring.view.size:
            writer.write()
            await run_callbacks()
        await run_callbacks()
        assert connection.has_backlog(lambda: None) == blocked
        inline.close()
        assert not asyncio.get_running_loop().remove_reader(writer.ring.filled.fd)
        taken = writer.ring.view.tail
        assert 0 < taken < len(writer.blocks) + 1 - blocked
        writer.write()
        await run_callbacks()
        assert writer.ring.view.tail == taken
        del writer
        assert len(os.listdir("/proc/self/fd")) == before
        while client.read():
            await run_callbacks()
        assert len(client.events) == taken

    play(sockets, scene)


def test_close_before_the_first_slot_was_sent(sockets: tuple[socket.socket, socket.socket]) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        writer = Writer()
        inline = InlinePcm(NUMBER, writer.ring, connection)
        writer.write(3)
        inline.close()
        inline.close()
        await run_callbacks()
        assert not client.read()
        assert writer.ring.view.fill == 3

    play(sockets, scene)


def test_utterances_of_one_connection_share_it_equally(sockets: tuple[socket.socket, socket.socket]) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        writers = [Writer() for _ in range(4)]
        inlines = [InlinePcm(number, writer.ring, connection) for number, writer in enumerate(writers)]
        while len(client.events) < 4000:
            for writer in writers:
                writer.write()
            client.read(20_000)
            await run_callbacks(3)
        counts = [sum(event.id == number for event in client.events) for number in range(len(writers))]
        assert max(counts) < 1.5 * min(counts), counts
        for inline in inlines:
            inline.close()

    play(sockets, scene)

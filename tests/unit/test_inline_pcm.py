"""Inline (daemon/scheduling/inline_pcm.py): a ring into a connection, slot by slot, as far as the client reads."""

import asyncio
import gc
import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from steadyvoice.daemon.config import Limits
from steadyvoice.daemon.control.server import Connection
from steadyvoice.daemon.scheduling.inline_pcm import InlinePcm
from steadyvoice.daemon.scheduling.utterance import ClientRing
from steadyvoice.ipc import slot as s
from steadyvoice.ipc import wire
from steadyvoice.ipc.messages import Audio
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.stage_protocol import UtteranceSpec

SPEC = UtteranceSpec("hibari", "heart", 1.0, 1.0, "pcm", 24_000, 24_000, "s16")
COUNT = ClientRing.SLOT_SAMPLES
NUMBER = 7


class Writer:
    """The converter's end, which writes slots until there is no room."""

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
    """What has come at the other end of the connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._frames = sock, wire.MessageReader(1 << 20)
        self.events: list[Audio] = []

    def read(self, size: int = 1 << 20) -> bool:
        """Whether there was something."""
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


async def rest(turns: int = 100) -> None:
    """Until the loop has had all occasion to do what it will."""
    for _ in range(turns):
        await asyncio.sleep(0)


def test_every_slot_is_one_event_and_the_end_is_none(sockets: tuple[socket.socket, socket.socket]) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        writer = Writer()
        inline = InlinePcm(NUMBER, writer.ring, connection)
        for most in (1, 0, 20, 5):
            writer.write(most)
            await rest()
        writer.write(1, s.END)
        await rest()
        while client.read():
            pass
        assert client.events == [Audio(NUMBER, at * COUNT, block) for at, block in enumerate(writer.blocks)]
        assert len(writer.blocks) == 26
        assert writer.ring.view.position == 26 * COUNT
        assert writer.ring.view.fill == 0
        assert writer.ring.taken.clear()
        inline.close()

    play(sockets, scene)


def test_no_more_is_taken_than_is_read(sockets: tuple[socket.socket, socket.socket]) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        writer = Writer()
        inline = InlinePcm(NUMBER, writer.ring, connection)
        while writer.ring.view.fill < writer.ring.view.size:
            writer.write()
            await rest()
        taken = writer.ring.view.tail
        assert taken == len(writer.blocks) - writer.ring.view.size
        assert connection._backlog_bytes < 4096  # one event
        await rest()
        assert writer.ring.view.tail == taken
        while len(writer.blocks) < 1000 or len(client.events) < len(writer.blocks):
            client.read(5000)
            if len(writer.blocks) < 1000:
                writer.write()
            await rest(3)
            assert not connection.closed
        assert [event.index for event in client.events] == [at * COUNT for at in range(len(writer.blocks))]
        assert [event.data for event in client.events] == writer.blocks
        inline.close()

    play(sockets, scene)


@pytest.mark.parametrize("asleep", [False, True])
def test_after_close_nothing_is_sent_and_nothing_is_held(
    sockets: tuple[socket.socket, socket.socket], asleep: bool
) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        gc.collect()
        before = len(os.listdir("/proc/self/fd"))
        writer = Writer()
        inline = InlinePcm(NUMBER, writer.ring, connection)
        writer.write(20)
        while asleep and writer.ring.view.fill < writer.ring.view.size:
            writer.write()
            await rest()
        await rest()
        assert connection.holds_back(lambda: None) == asleep
        inline.close()
        assert not asyncio.get_running_loop().remove_reader(writer.ring.filled.fd)
        taken = writer.ring.view.tail
        assert 0 < taken < len(writer.blocks) + 1 - asleep
        writer.write()
        await rest()
        assert writer.ring.view.tail == taken
        del writer
        assert len(os.listdir("/proc/self/fd")) == before
        while client.read():
            await rest()
        assert len(client.events) == taken

    play(sockets, scene)


def test_closed_before_it_began(sockets: tuple[socket.socket, socket.socket]) -> None:
    async def scene(connection: Connection, client: Client) -> None:
        writer = Writer()
        inline = InlinePcm(NUMBER, writer.ring, connection)
        writer.write(3)
        inline.close()
        inline.close()
        await rest()
        assert not client.read()
        assert writer.ring.view.fill == 3

    play(sockets, scene)


def test_many_in_one_connection_share_it(sockets: tuple[socket.socket, socket.socket]) -> None:
    """Whoever began first."""

    async def scene(connection: Connection, client: Client) -> None:
        writers = [Writer() for _ in range(4)]
        inlines = [InlinePcm(number, writer.ring, connection) for number, writer in enumerate(writers)]
        while len(client.events) < 4000:
            for writer in writers:
                writer.write()
            client.read(20_000)
            await rest(3)
        counts = [sum(event.id == number for event in client.events) for number in range(len(writers))]
        assert max(counts) < 1.5 * min(counts), counts
        for inline in inlines:
            inline.close()

    play(sockets, scene)

"""PCM in events, for a client that takes no descriptors: the daemon reads the ring in its place.

It reads no faster than the client: what the client's socket does not take stays in the ring, which holds back this
utterance and nobody else.
"""

import asyncio
from typing import Final

from steadyvoice.daemon.utterance import ClientRing, Listener
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.messages import Audio
from steadyvoice.ipc.ring import Consumer

_AT_ONCE: Final = 16
"""Slots sent in a row, before others have their turn."""


class Inline:
    """The reading end of an utterance's ring. The desk sees it as it sees a client: by the ring's ``taken``."""

    def __init__(self, utterance: int, ring: ClientRing, listener: Listener) -> None:
        self._utterance, self._listener = utterance, listener
        self._loop = asyncio.get_running_loop()
        self._ring: ClientRing | None = ring
        self._consumer: Consumer | None = None
        self._position = 0
        self._loop.call_soon(self._open)  # while the first sound is being made

    def _open(self) -> None:
        if self._ring is not None:
            self._consumer = Consumer(self._ring.fd, self._ring.taken)
            self._loop.add_reader(self._ring.filled.fd, self._send)

    def _send(self) -> None:
        ring, consumer = self._ring, self._consumer
        if ring is None or consumer is None:
            return
        ring.filled.clear()
        for _ in range(_AT_ONCE):
            if self._listener.holds_back(self._send) or (slot := consumer.peek()) is None:
                return
            if slot.words[s.KIND] == s.PCM:
                self._listener.send(Audio(self._utterance, self._position, slot.bytes()))
                self._position += slot.words[s.ROWS]
            consumer.release(self._position)
        ring.filled.ring()  # there may be more

    def close(self) -> None:
        """Send nothing any more. The desk finishes the utterance."""
        if self._ring is not None and self._consumer is not None:
            self._loop.remove_reader(self._ring.filled.fd)
        self._ring = self._consumer = None

"""PCM in events, for a client that takes no descriptors: the daemon reads the ring in its place.

It reads no faster than the client: what the client's socket does not take stays in the ring, which holds back this
utterance and nobody else.
"""

import asyncio
from typing import Final

from steadyvoice.daemon.scheduling.utterance import ClientRing, Listener
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.messages import Audio
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer

_AT_ONCE: Final = 16
"""Slots sent in a row, before others have their turn."""


class InlinePcm:
    """The reading end of an utterance's ring. The desk sees it as it sees a client: by the ring's ``taken``."""

    def __init__(self, utterance: int, ring: ClientRing, listener: Listener) -> None:
        """OSError where the memory or the descriptors for it are not to be had."""
        self._utterance, self._listener = utterance, listener
        self._end: tuple[Consumer, EventNotifier] | None = Consumer(ring.fd, ring.taken), ring.filled
        self._position = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(ring.filled.fd, self._send)

    def _send(self) -> None:
        if self._end is None:
            return
        consumer, filled = self._end
        filled.clear()
        for _ in range(_AT_ONCE):
            if self._listener.holds_back(self._send) or (slot := consumer.peek()) is None:
                return
            if slot.words[s.KIND] == s.PCM:
                self._listener.send(Audio(self._utterance, self._position, slot.bytes()))
                self._position += slot.words[s.COUNT]
            consumer.release(self._position)
        filled.notify()  # there may be more

    def close(self) -> None:
        """Send nothing any more, and let go of the ring; the listener may still know this object."""
        if self._end is not None:
            self._loop.remove_reader(self._end[1].fd)
            self._end = None

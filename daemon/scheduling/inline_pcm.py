"""PCM in ``audio`` events, for a client that receives no file descriptors: the daemon reads the ring for it.

The daemon reads no faster than the client: while the client's socket is full, slots stay in the ring. A slow client
therefore delays only its own utterance.
"""

import asyncio
from typing import Final

from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.daemon.scheduling.utterance import Listener
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.messages import Audio
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.ring import Consumer

_MAX_BURST: Final = 16
"""Slots sent before the event loop serves other clients."""


class InlinePcm:
    """The reading end of an utterance's ring. It notifies the ring's ``taken``, as a client does."""

    def __init__(self, utterance: int, ring: ClientRing, listener: Listener) -> None:
        """OSError if there is no memory or no descriptor."""
        self._utterance, self._listener = utterance, listener
        self._end: tuple[Consumer, EventNotifier] | None = Consumer(ring.fd, ring.taken), ring.filled
        self._position = ring.view.position
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(ring.filled.fd, self._send)

    def _send(self) -> None:
        if self._end is None:
            return
        consumer, filled = self._end
        filled.clear()
        for _ in range(_MAX_BURST):
            if self._listener.has_backlog(self._send) or (slot := consumer.peek()) is None:
                return
            if slot.words[s.KIND] == s.PCM:
                self._listener.send(Audio(self._utterance, self._position, slot.bytes()))
                self._position += slot.words[s.COUNT]
            consumer.release(self._position)
        filled.notify()  # slots may be left: continue in the event loop's next iteration

    def close(self) -> None:
        """Stop sending and release the ring. The listener may still call ``_send`` afterwards; it then does nothing."""
        if self._end is not None:
            self._loop.remove_reader(self._end[1].fd)
            self._end = None

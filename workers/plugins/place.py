"""One place of a chain, and the change of its plugin: the new one runs beside the old one, then it is faded in."""

import numpy as np

from steadyvoice.workers.plugins.guard import FADE_IN, FADE_OUT, FADE_SAMPLES, Guarded
from steadyvoice.workers.plugins.plugin import Samples


class Place:
    def __init__(self, block: int) -> None:
        """Empty: what comes in goes out."""
        self.now: Guarded | None = None
        """What is heard; None: the input as it is."""
        self._next: Guarded | None = None
        self._changes = False
        self._wait = 0
        """Blocks until ``_next`` has filled its latency."""
        self._block = block
        self._mixed = np.zeros(block, np.float32)

    @property
    def target(self) -> Guarded | None:
        """What is heard after the change."""
        return self._next if self._changes else self.now

    @property
    def is_gone(self) -> bool:
        """Nothing is here, and nothing will be."""
        return self.now is None and not self._changes

    def change(self, following: Guarded | None) -> Guarded | None:
        """Fade over to a plugin that was just opened, or to the input. Returns a plugin that is not used any more."""
        dropped = self._next
        self._next, self._changes = following, True
        self._wait = -(-following.latency // self._block) if following is not None else 0
        return dropped

    def process(self, block: Samples) -> tuple[Samples, Guarded | None]:
        """The next block, and a plugin that is not used any more after it."""
        now = self.now
        out = block if now is None else now.process(block)
        if not self._changes:
            return out, None
        following = block if self._next is None else self._next.process(block)
        if self._wait:
            self._wait -= 1
            return out, None
        self.now, self._next, self._changes = self._next, None, False
        mixed = self._mixed
        np.copyto(mixed, following)
        mixed[:FADE_SAMPLES] *= FADE_IN
        mixed[:FADE_SAMPLES] += out[:FADE_SAMPLES] * FADE_OUT
        return mixed, now

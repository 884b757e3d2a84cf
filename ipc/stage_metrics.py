"""What the stages measure of their own work: one shared block, in which each stage has words that only it writes.

Unlike the shared state, no other stage reads it: the daemon does, when it is asked for metrics.
"""

from typing import Final

from steadyvoice.ipc import shm
from steadyvoice.ipc.histogram import WORDS, Histogram
from steadyvoice.ipc.live_protocol import LIVE_DEVICE_LANE
from steadyvoice.ipc.shared_state import STAGES

_HISTOGRAMS: Final = 4
_SOUND: Final = _HISTOGRAMS * WORDS
_RING_FULL: Final = _SOUND + 1
_STRIDE: Final = 512
"""Words of a stage."""
assert _RING_FULL + STAGES + LIVE_DEVICE_LANE <= _STRIDE


class StageMetrics:
    """The words of one stage, which is their only writer, and later those of its replacement."""

    __slots__ = ("_words", "ahead", "block", "hop", "jitter")

    def __init__(self, words: memoryview) -> None:
        self._words = words
        hop, block, jitter, ahead = (words[at : at + WORDS] for at in range(0, _SOUND, WORDS))
        self.hop = Histogram(hop)
        """From the end of the stage before, for each block that was taken from a ring."""
        self.block = Histogram(block)
        """Work on a block."""
        self.jitter = Histogram(jitter)
        """Of the output: by how much later than the device had room for it a block was given to the device."""
        self.ahead = Histogram(ahead)
        """Of the output and the last converter: how long before the listener needed it a block had been made."""

    def took(self, now: int, ready: int) -> None:
        """Count how long a block had waited that the stage takes now. ready: see ``Slot.ready_ns``."""
        if ready:
            self.hop.observe(now - ready)

    def made_sound(self, ns: int) -> None:
        """Count speech that the stage has made, in nanoseconds at playback speed."""
        self._words[_SOUND] += ns

    @property
    def sound_s(self) -> float:
        """Seconds of speech that the stage has made."""
        return float(self._words[_SOUND]) / 1e9

    def found_full(self, target: int, device_lane: int) -> None:
        """The ring to this stage and lane of the sound device had no free slot."""
        self._words[_ring(target, device_lane)] += 1

    def times_full(self, target: int, device_lane: int) -> int:
        """How often that was so."""
        return int(self._words[_ring(target, device_lane)])


def _ring(target: int, device_lane: int) -> int:
    """Only the output has lanes, so that those above 0 need no number of a stage."""
    return _RING_FULL + (STAGES + device_lane - 1 if device_lane else target)


class MetricsBlock:
    def __init__(self, fd: int) -> None:
        self._words = shm.attach(fd).cast("Q")

    def stage(self, number: int) -> StageMetrics:
        return StageMetrics(self._words[number * _STRIDE : (number + 1) * _STRIDE])

    def clear(self, number: int) -> None:
        """The number is given to another stage, which has no process yet. Writer: supervisor."""
        self._words[number * _STRIDE : (number + 1) * _STRIDE] = memoryview(bytes(8 * _STRIDE)).cast("Q")


def create() -> int:
    """Return the descriptor of a new block, all zeros."""
    return shm.create("metrics", 8 * STAGES * _STRIDE)

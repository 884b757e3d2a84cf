"""The last samples written to the sound device.

When the output stage dies or the device is lost, its replacement plays those of them that were not played yet.
"""

import time
from typing import Final

from steadyvoice.ipc import shm

SAMPLES: Final = 1 << 16
"""1.4 seconds at 48 kHz; a device buffers at most half a second."""
_WRITTEN, _LASTS_UNTIL, _LANE, _UTTERANCE = range(4)
_HEAD_BYTES: Final = 128


class PlaybackHistory:
    """Shared memory with one writer, the output stage, and one reader, its replacement. Samples are float32, mono."""

    def __init__(self, fd: int) -> None:
        memory = shm.attach(fd)
        self._words = memory[:_HEAD_BYTES].cast("Q")
        self._samples = memory[_HEAD_BYTES:].cast("f")

    def write(self, samples: memoryview, lasts_until: int, lane: int, utterance: int) -> None:
        """Record samples that the device has received.

        lasts_until: when the last of them will have been played, monotonic nanoseconds.
        """
        words = self._words
        at, count = words[_WRITTEN] % SAMPLES, len(samples)
        first = min(count, SAMPLES - at)
        self._samples[at : at + first] = samples[:first]
        self._samples[: count - first] = samples[first:]
        words[_LANE], words[_UTTERANCE], words[_LASTS_UNTIL] = lane, utterance, lasts_until
        words[_WRITTEN] += count

    @property
    def lane(self) -> int:
        return int(self._words[_LANE])

    @property
    def utterance(self) -> int:
        """The utterance of the last samples."""
        return int(self._words[_UTTERANCE])

    def unheard(self, rate: int, now: int = 0) -> bytes:
        """The float32 samples that were not played yet at ``now``, monotonic nanoseconds; 0: at present."""
        left = (self._words[_LASTS_UNTIL] - (now or time.monotonic_ns())) * rate // 1_000_000_000
        written = int(self._words[_WRITTEN])
        count, end = min(max(0, int(left)), SAMPLES, written), written % SAMPLES
        wrapped = self._samples[SAMPLES - max(0, count - end) :]
        return wrapped.tobytes() + self._samples[max(0, end - count) : end].tobytes()


def create() -> int:
    return shm.create("history", _HEAD_BYTES + 4 * SAMPLES)

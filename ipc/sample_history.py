"""The last samples of a stream at 48 kHz, in shared memory, and the clock of that stream.

The input stage writes what it captured, the output stage what it gave to the sound device. Other processes read both
without disturbing the writer.
"""

import time
from typing import Final

from steadyvoice.ipc import shm
from steadyvoice.ipc.stage_protocol import SINK_RATE

SAMPLES: Final = 1 << 17
"""2.7 seconds at 48 kHz: a chain of plugins may be 2 s behind, and a device buffers at most half a second."""

_MAX_WRITE: Final = 4096
"""Samples of one write, at most: the oldest so many may be overwritten at any time."""
_WRITTEN, _TIME, _CHANGING, _OWN = 0, 1, 2, 3
_HEAD_BYTES: Final = 128


class SampleHistory:
    """Shared memory with one writer. Samples are float32, mono, numbered from 0 since the memory was made."""

    def __init__(self, fd: int) -> None:
        memory = shm.attach(fd)
        self._words = memory[:_HEAD_BYTES].cast("Q")
        self._own_words = self._words[_OWN:]
        """Of a subclass."""
        self._samples = memory[_HEAD_BYTES:].cast("f")

    def write(self, samples: memoryview, at_ns: int) -> None:
        """Add float32 samples. at_ns: monotonic nanoseconds at which the last of them was captured, or is played."""
        words = self._words
        at, count = words[_WRITTEN] % SAMPLES, len(samples)
        first = min(count, SAMPLES - at)
        self._samples[at : at + first] = samples[:first]
        self._samples[: count - first] = samples[first:]
        words[_CHANGING] = 1  # a reader of the two words below waits; SYNC POINT with ``clock``
        words[_TIME] = at_ns
        words[_WRITTEN] += count
        words[_CHANGING] = 0

    @property
    def written(self) -> int:
        """Samples so far."""
        return int(self._words[_WRITTEN])

    def clock(self) -> tuple[int, int]:
        """``written``, and when the last of these samples was captured, or is played: monotonic nanoseconds.

        Both are of the same call of ``write``, unless the writer died or was stopped within it.
        """
        words = self._words
        for _ in range(100):
            written = words[_WRITTEN]
            at_ns = words[_TIME]
            if not words[_CHANGING] and words[_WRITTEN] == written and words[_TIME] == at_ns:
                break
        return int(written), int(at_ns)

    def position(self, now_ns: int) -> float:
        """Samples that were captured or played at that time, as far as they were written."""
        written, at_ns = self.clock()
        return written - max(0.0, (at_ns - now_ns) * SINK_RATE / 1e9)

    def read(self, start: int, count: int) -> bytes | None:
        """A copy of the float32 samples [start, start + count); None where they are not there yet, or not any more."""
        if start < 0 or start + count > self.written:
            return None
        at = start % SAMPLES
        first = min(count, SAMPLES - at)
        copy = self._samples[at : at + first].tobytes() + self._samples[: count - first].tobytes()
        return copy if self.written - start <= SAMPLES - _MAX_WRITE else None


def create(label: str) -> int:
    """Return the descriptor of a new history, empty. label: for people, in lists of open files."""
    return shm.create(label, _HEAD_BYTES + 4 * SAMPLES)


class PlaybackHistory(SampleHistory):
    """The output's, which also names the utterance of the last samples.

    When the output stage dies or the device is lost, its replacement plays those of them that were not played yet.
    """

    def record(self, samples: memoryview, lasts_until: int, lane: int, utterance: int) -> None:
        """As ``write``."""
        self._own_words[0], self._own_words[1] = lane, utterance
        self.write(samples, lasts_until)

    @property
    def lane(self) -> int:
        return int(self._own_words[0])

    @property
    def utterance(self) -> int:
        """The utterance of the last samples."""
        return int(self._own_words[1])

    def unheard(self, now: int = 0) -> bytes:
        """The float32 samples that were not played yet at ``now``, monotonic nanoseconds; 0: at present."""
        written, lasts_until = self.clock()
        left = (lasts_until - (now or time.monotonic_ns())) * SINK_RATE // 1_000_000_000
        count = min(max(0, left), SAMPLES - _MAX_WRITE, written)
        return self.read(written - count, count) or b""

"""Log-linear histogram of durations in 64-bit words: four buckets an octave from 1 µs to 67 s.

One process writes it, and any process that maps the words may read it. A quantile is off by at most a bucket, which is
a quarter of its lower edge. Layout of HdrHistogram (http://hdrhistogram.org), with two bits of precision.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

OCTAVES: Final = 26
_LAST: Final = 1 + 4 * OCTAVES
BUCKETS: Final = _LAST + 1
"""The first holds durations below 1 µs, the last those of 67.1 s and more."""
_SUM: Final = BUCKETS
WORDS: Final = BUCKETS + 1


class Histogram:
    """A view of ``WORDS`` words. Only their owner may call ``observe``."""

    __slots__ = ("_words",)

    def __init__(self, words: memoryview) -> None:
        self._words = words

    def observe(self, ns: int) -> None:
        """Count a duration in nanoseconds; a negative one counts as 0."""
        words, us = self._words, ns // 1000
        if us > 0:
            octave = us.bit_length() - 1
            words[min(1 + 4 * octave + (us << 2 >> octave & 3), _LAST)] += 1
            words[_SUM] += ns
        else:
            words[0] += 1

    @property
    def counts(self) -> list[int]:
        """Observations by bucket."""
        return self._words[:BUCKETS].tolist()

    @property
    def sum_s(self) -> float:
        """Seconds of all observations of at least 1 µs."""
        return float(self._words[_SUM]) / 1e9


def private() -> Histogram:
    """A histogram in the memory of this process."""
    return Histogram(memoryview(bytearray(8 * WORDS)).cast("Q"))


def lower_edge_s(bucket: int) -> float:
    """The shortest duration, in seconds, that the bucket counts; of the first one 0."""
    if bucket == 0:
        return 0.0
    octave, quarter = divmod(bucket - 1, 4)
    return (1 + quarter / 4) * 2.0**octave / 1e6


def quantile_s(counts: Sequence[int], fraction: float) -> float | None:
    """Middle of the bucket that holds this quantile, in seconds; None where nothing was counted."""
    totals = list(accumulate(counts))
    wanted = fraction * totals[-1]
    if not wanted:
        return None
    bucket = bisect_left(totals, wanted)
    return lower_edge_s(bucket) if bucket == _LAST else (lower_edge_s(bucket) + lower_edge_s(bucket + 1)) / 2

"""When each word of a piece sounds: from the durations of its phonemes, and next to pauses from the energy."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from steadyvoice.workers.engines.engine import Word
from steadyvoice.workers.engines.hibari.reading import PUNCTUATION, Piece


class Timing(NamedTuple):
    """A model's constants."""

    ahead: int
    """Frames by which a word's sound precedes its duration."""
    quiet: float
    """Energy below which sound is inaudible."""
    decay: int
    """Frames by which a word's sound ends before the fall of its energy."""


HIBARI: Final = Timing(3, 0.4, 1)
"""Measured at the edges of sibilants, at any rate, and at pauses."""


def word_times(
    piece: Piece, known: str, frames: Sequence[int], energy: Sequence[float], skipped: int, before: int, timing: Timing
) -> Iterator[Word]:
    """The words of the piece, in order.

    known: the piece's phonemes that the model has. frames: per known phoneme, between two pads. energy: per frame,
    without those skipped of the first pad. before: frames of the segment before this piece.

    The sound precedes the durations by a constant; next to a pause, the energy is more accurate.
    """
    starts = [at - skipped - timing.ahead for at in accumulate(frames)]
    if len(known) < len(piece.phonemes):
        kept = set(known)
        starts = [starts[count] for count in accumulate((c in kept for c in piece.phonemes), initial=0)]
    last, left, begins = None, 0, 0
    for word in (*(word for word in piece.said if starts[word.first] < starts[word.last]), None):
        right = word.first if word else len(piece.phonemes)
        gap = piece.phonemes[left:right]
        earliest = max(starts[left - 1], begins + 1) if last else 0
        ends = max(starts[left], earliest) if last else 0
        if gap.strip(PUNCTUATION):  # the rest of a word that belongs to another piece
            following = max(ends, starts[right])
        elif last and word and gap in ("", " "):
            following = ends
        else:
            stop = starts[right] + timing.ahead if word else len(energy)
            ends, following = _pause(energy, earliest, ends, stop, timing)
        if last:
            yield Word(last.start, last.end, before + begins, before + ends)
        last, left, begins = word, word.last if word else 0, following


def _pause(energy: Sequence[float], earliest: int, start: int, stop: int, timing: Timing) -> tuple[int, int]:
    """End of the sound before the pause in [start, stop), and begin of the sound after it."""
    if start >= stop:
        return start, start
    ends = begins = min(range(start, stop), key=energy.__getitem__)
    while ends > earliest and energy[ends - 1] < timing.quiet:
        ends -= 1
    while begins < stop and energy[begins] < timing.quiet:
        begins += 1
    return max(ends - timing.decay, earliest), begins

"""Phonemes to frames, a few at a time, and when the words in them are said."""

from collections.abc import Iterator
from itertools import accumulate, chain, repeat
from typing import Final

from steadyvoice.workers.engines.engine import Frames, Word
from steadyvoice.workers.engines.hibari.acoustic import ENERGY, Acoustic
from steadyvoice.workers.engines.hibari.reading import PUNCTUATION, Piece

_FIRST: Final = (8, 16, 32)
WINDOW: Final = 64
"""Frames decoded at a time: little at once, then ever more, as more is already there to be played."""
_LEAD: Final = 6
"""Frames kept of the leading pad: 75 of some 325 ms, of which the first 280 are silent."""
_AHEAD: Final = 3
"""Frames that a word is heard before its duration begins, at any rate; found by where hissing begins and ends."""
_QUIET: Final = 0.4
"""Energy of what is not heard."""
_MUTE: Final = frozenset(PUNCTUATION + "ˈˌː")


class Speaker:
    """Speaks one segment."""

    def __init__(self, acoustic: Acoustic, rate: float) -> None:
        self._acoustic, self._rate = acoustic, rate
        self._sizes = chain(_FIRST, repeat(WINDOW))
        self._frames = 0
        """Yielded so far."""

    def speak(self, piece: Piece) -> Iterator[Frames | Word]:
        """Run the model once: the words, then the frames window by window, without most of the silence around them."""
        phonemes = self._acoustic.known(piece.phonemes)
        if _MUTE.issuperset(phonemes):
            return
        hidden, f0, frames = self._acoustic.prosody(phonemes, self._rate)
        start, stop = max(0, frames[0] - _LEAD), len(f0)
        if piece.goes_on:  # the next run brings a pause of its own
            tail = frames[-1] + (frames[-2] if phonemes[-1] in PUNCTUATION else 0)
            if stop - tail - start >= _FIRST[0]:
                stop -= tail
        yield from self._words(piece, phonemes, frames, hidden[0, ENERGY, start:stop].tolist(), start)
        self._frames += stop - start
        while start < stop:
            end = min(stop, start + next(self._sizes))
            yield self._acoustic.decode(hidden, f0, start, end)
            start = end

    def _words(self, piece: Piece, known: str, frames: list[int], energy: list[float], skipped: int) -> Iterator[Word]:
        """frames: of each known phoneme, between two pads, of which so many are skipped; energy: of each that is not.

        The model speaks ahead of its own durations. Beside a pause its energy tells better.
        """
        starts = [at - skipped - _AHEAD for at in accumulate(frames)]
        if len(known) < len(piece.phonemes):
            kept = set(known)
            starts = [starts[count] for count in accumulate((c in kept for c in piece.phonemes), initial=0)]
        before, left, begins = None, 0, 0
        for word in (*(word for word in piece.said if starts[word.first] < starts[word.last]), None):
            right = word.first if word else len(piece.phonemes)
            gap = piece.phonemes[left:right]
            earliest = max(starts[left - 1], begins + 1) if before else 0
            ends = max(starts[left], earliest) if before else 0
            if gap.strip(PUNCTUATION):  # the rest of a word that is told with another piece
                following = max(ends, starts[right])
            elif before and word and gap in ("", " "):
                following = ends
            else:
                ends, following = _pause(energy, earliest, ends, starts[right] + _AHEAD if word else len(energy))
            if before:
                yield Word(before.start, before.end, self._frames + begins, self._frames + ends)
            before, left, begins = word, word.last if word else 0, following


def _pause(energy: list[float], earliest: int, start: int, stop: int) -> tuple[int, int]:
    """Where the sound before a pause, which is met from start to stop, ends, and where the sound after it begins."""
    if start >= stop:
        return start, start
    ends = begins = min(range(start, stop), key=energy.__getitem__)
    while ends > earliest and energy[ends - 1] < _QUIET:
        ends -= 1
    while begins < stop and energy[begins] < _QUIET:
        begins += 1
    return ends, begins

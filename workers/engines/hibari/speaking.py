"""Phonemes to frames, a few at a time, and when the words in them are said."""

from collections.abc import Iterator
from itertools import accumulate, chain, repeat
from typing import Final

from steadyvoice.workers.engines.engine import Frames, Word
from steadyvoice.workers.engines.hibari.acoustic import Acoustic
from steadyvoice.workers.engines.hibari.reading import PUNCTUATION, Piece

_FIRST: Final = (8, 16, 32)
_WINDOW: Final = 64
"""Frames decoded at a time: little at once, then ever more, as more is already there to be played."""
_LEAD: Final = 6
"""Frames kept of the leading pad: 75 of some 325 ms, of which the first 280 are silent."""
_MUTE: Final = frozenset(PUNCTUATION + "ˈˌː")


class Speaker:
    """Speaks one segment."""

    def __init__(self, acoustic: Acoustic, rate: float) -> None:
        self._acoustic, self._rate = acoustic, rate
        self._sizes = chain(_FIRST, repeat(_WINDOW))
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
        yield from self._words(piece, phonemes, frames, self._frames - start)
        self._frames += stop - start
        while start < stop:
            end = min(stop, start + next(self._sizes))
            yield self._acoustic.decode(hidden, f0, start, end)
            start = end

    @staticmethod
    def _words(piece: Piece, known: str, frames: list[int], at: int) -> Iterator[Word]:
        """frames: of each known phoneme, between two pads; the first of them is frame ``at``."""
        starts = list(accumulate(frames, initial=at))[1:]
        if len(known) < len(piece.phonemes):
            kept = set(known)
            counts = accumulate((c in kept for c in piece.phonemes), initial=0)
            starts = [starts[count] for count in counts]
        for start, end, first, last in piece.said:
            if starts[first] < starts[last]:
                yield Word(start, end, starts[first], starts[last])

"""Phonemes to frames, without the silence around the speech, with the times of the words."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from steadyvoice.workers.engines.engine import Frames, Word
from steadyvoice.workers.engines.hibari.reading import Piece
from steadyvoice.workers.engines.hibari.speaking import MUTE
from steadyvoice.workers.engines.hibari.word_times import Timing, word_times
from steadyvoice.workers.engines.kokoro.acoustic import Acoustic, Clause

_QUIET: Final = -4.0
"""Energy below which a frame is silent or nearly so; measured with three voices."""
_BEFORE, _AFTER = 3, 6
"""Frames that are kept before the first and after the last one with more energy: soft onsets, and decay."""
_PAD_BEFORE: Final = 5
"""Frames that are kept before the first phoneme begins, however soft it is."""
_TIMING: Final = Timing(ahead=3, quiet=-1.5, decay=0)

Make = Callable[[Clause, int, int, int], Frames]
"""Frames [start, stop) of a clause as they are sent, of the piece with that number."""


def silent_share(clause: Clause) -> float:
    """Of the clause's frames, as its `statistics` depend on it."""
    return float(np.mean(clause.energy <= _QUIET))


def speech(clause: Clause) -> tuple[int, int]:
    """The frames [start, stop) from shortly before the first sound to shortly after the last one."""
    loud = np.flatnonzero(clause.energy > _QUIET)
    if not len(loud):
        return 0, len(clause.f0)
    start = min(int(loud[0]) - _BEFORE, clause.frames[0] - _PAD_BEFORE)
    return max(0, start), min(len(clause.f0), int(loud[-1]) + 1 + _AFTER)


class Speaker:
    """Speaks one segment."""

    def __init__(self, acoustic: Acoustic, styles: Frames, rate: float, make: Make, pause: Callable[[int], Frames]):
        """styles [510, 256]. pause: that many frames of silence."""
        self._acoustic, self._styles, self._rate, self._make, self._pause = acoustic, styles, rate, make, pause
        self._frames = self._pieces = 0
        """Yielded so far."""

    def speak(self, piece: Piece) -> Iterator[Frames | Word]:
        """Yield the words, then the frames. The pause after a sentence is as long as the model makes it."""
        phonemes = self._acoustic.known(piece.phonemes)
        if MUTE.issuperset(phonemes):
            return
        clause = self._acoustic(phonemes, self._styles, self._rate)
        start, stop = speech(clause)
        energy = clause.energy[start:stop].tolist()
        yield from word_times(piece, phonemes, clause.frames, energy, start, self._frames, _TIMING)
        after = 0 if piece.goes_on else len(clause.f0) - stop
        number, self._pieces = self._pieces, self._pieces + 1
        self._frames += stop - start + after
        yield self._make(clause, start, stop, number)
        if after:
            yield self._pause(after)

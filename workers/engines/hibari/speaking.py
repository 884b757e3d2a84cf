"""Phonemes to frames, a window at a time, with the times of the words."""

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Final, NamedTuple

from steadyvoice.workers.engines.engine import Frames, Word
from steadyvoice.workers.engines.hibari.acoustic import ENERGY, Acoustic
from steadyvoice.workers.engines.hibari.onset import silent_frames
from steadyvoice.workers.engines.hibari.reading import PUNCTUATION, Piece
from steadyvoice.workers.engines.hibari.word_times import HIBARI, word_times

_FIRST: Final = (16, 32)
WINDOW: Final = 64
"""Frames per window at most. Windows begin short, for a quick start, and double."""
_ONSET_FRAMES: Final = 12
"""Frames of the first window, which begins in the leading pad so that the first sound begins inside it."""
_ONSET_BEFORE: Final = 4
"""Frames by which the first sound may begin before the energy exceeds _ONSET_ENERGY; measured at rates 0.5 to 2."""
_ONSET_ENERGY: Final = 0.0
_CLAUSE_PAUSE: Final = 3
"""Frames of silence between two pieces of a sentence."""
MUTE: Final = frozenset(PUNCTUATION + "ˈˌː")
"""Phonemes without sound of their own."""


class Beginning(NamedTuple):
    """The first two windows of a piece, and what the later windows are decoded from."""

    hidden: Frames
    f0: Frames
    frames: list[int]
    """Per known phoneme, between two pads."""
    window: Frames
    start: int
    """First frame of the window."""
    end: int
    """First frame after it."""
    stop: int
    """First frame after the piece."""
    second: dict[int, Frames]
    """The second window by the first frame after it, once it was decoded."""


def beginning(acoustic: Acoustic, phonemes: str, rate: float, goes_on: bool) -> Beginning:
    """Run the prosody half of the model, and its decoder on the first window, without most of the silence before it.

    phonemes: known ones. goes_on: another piece of the sentence follows.
    """
    hidden, f0, frames = acoustic.prosody(phonemes, rate)
    stop = len(f0)
    if goes_on:  # the pause of a clause is shorter than that of a sentence
        stop -= max(0, frames[-1] + (frames[-2] if phonemes[-1] in PUNCTUATION else 0) - _CLAUSE_PAUSE)
    onset = int((hidden[0, ENERGY] > _ONSET_ENERGY).argmax())
    start = max(0, min(onset - _ONSET_BEFORE, stop - _ONSET_FRAMES))
    end = min(stop, start + _ONSET_FRAMES)
    window = acoustic.decode(hidden, f0, start, end)
    silent = silent_frames(window)
    return Beginning(hidden, f0, frames, window[silent:], start + silent, end, stop, {})


class Speaker:
    """Speaks one segment."""

    def __init__(self, acoustic: Acoustic, begin: Callable[[str, bool], Beginning]) -> None:
        """begin: ``beginning`` of phonemes, with this model and a rate; they may have been kept."""
        self._acoustic, self._begin = acoustic, begin
        self._sizes = chain(_FIRST, repeat(WINDOW))
        self._frames = 0
        """Frames yielded so far."""

    def speak(self, piece: Piece) -> Iterator[Frames | Word]:
        """Yield the words, then the frames by windows, without most of the outer silence."""
        phonemes = self._acoustic.known(piece.phonemes)
        if MUTE.issuperset(phonemes):
            return
        hidden, f0, frames, window, start, end, stop, second = self._begin(phonemes, piece.goes_on)
        energy = hidden[0, ENERGY, start:stop].tolist()
        yield from word_times(piece, phonemes, frames, energy, start, self._frames, HIBARI)
        self._frames += stop - start
        yield window
        if end < stop:
            start, end = end, min(stop, end + next(self._sizes))
            if end not in second:
                second[end] = self._acoustic.decode(hidden, f0, start, end)
            yield second[end]
        while end < stop:
            start, end = end, min(stop, end + next(self._sizes))
            yield self._acoustic.decode(hidden, f0, start, end)

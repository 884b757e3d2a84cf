"""Phonemes to frames, a sentence at a time, with the times of the words."""

from collections.abc import Iterator
from itertools import accumulate, chain, repeat
from typing import Final

from steadyvoice.workers.engines.engine import Frames, Word
from steadyvoice.workers.engines.piper.model import Encoder, Scales
from steadyvoice.workers.engines.piper.phoneme_ids import PAUSES, PhonemeIds, cuts
from steadyvoice.workers.engines.piper.reading import sentences
from steadyvoice.workers.phonemes.reading import Reading

_SIZES: Final = (24, 64, 128, 256)
"""Frames that are computed at once: at first as many as the vocoder needs to begin; each with some 64 as context."""
_CLAUSE_PAUSE: Final = 3
"""Frames that follow the last phoneme where the sentence goes on in the next segment."""
_LEAD: Final = 4
"""Frames that are kept before the first phoneme: its sound precedes its duration by up to three."""


def speak(
    reading: Reading, encoder: Encoder, ids: PhonemeIds, scales: Scales, speaker: int, *, more: bool
) -> Iterator[Frames | Word]:
    """Yield the words of each sentence, then its frames [n, 192]. more: the last sentence continues."""
    said, sizes = 0, chain(_SIZES, repeat(_SIZES[-1]))
    ranges = [(a + c, a + d) for a, b in sentences(reading.ipa) for c, d in cuts(reading.ipa[a:b])]
    for start, end in ranges:
        phonemes = reading.ipa[start:end]
        if not any(ids.knows(phoneme) and phoneme not in PAUSES for phoneme in phonemes):
            continue
        goes_on = more and end == len(reading.ipa)
        if not goes_on and not phonemes.rstrip().endswith(tuple(PAUSES)):
            phonemes += "."  # each sentence that the voice was trained with has an end
        numbers = ids(phonemes)
        latents = encoder(numbers.ids, scales, speaker)
        first, last = 0, latents.count
        if len(latents.durations) == len(numbers.ids):
            at = list(accumulate(latents.durations, initial=0))
            times = [at[index] for index in numbers.starts]
            first, last = _sounding(phonemes, times, last, goes_on=goes_on)
            for word in reading.words:
                if start <= word.first and word.last <= end:
                    begins = times[_beginning(phonemes, word.first - start)]
                    ends = min(times[word.last - start], last)
                    if begins < ends:
                        yield Word(word.start, word.end, said + begins - first, said + ends - first)
        said += last - first
        while first < last:
            stop = min(last, first + next(sizes))
            yield latents.frames(first, stop)
            first = stop


def _beginning(phonemes: str, at: int) -> int:
    """The phoneme that the word at ``at`` is heard to begin with: the space before it, unless a pause is there."""
    joined = at > 1 and phonemes[at - 1] == " " and phonemes[at - 2] not in PAUSES
    return at - 1 if joined else at


def _sounding(phonemes: str, times: list[int], count: int, *, goes_on: bool) -> tuple[int, int]:
    """The frames without most of the silence before the first phoneme and, where the sentence goes on, at the end.

    times: the first frame of each phoneme, and of what follows them. count: of all frames.
    """
    first = max(0, times[0] - _LEAD)
    if not goes_on:
        return first, count
    core = len(phonemes.rstrip("".join(PAUSES)))
    return first, min(count, times[core] + _CLAUSE_PAUSE)

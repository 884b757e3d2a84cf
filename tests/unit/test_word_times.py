"""Hibari's word times, compared with the sound of its frames."""

from typing import NamedTuple

import numpy as np
import pytest
from support.matrix import only, quick
from support.recogniser import Recogniser, words

from steadyvoice.workers.engines.engine import Downstream, Samples, Word
from steadyvoice.workers.engines.hibari import Hibari, HibariGenerator
from steadyvoice.workers.engines.hibari.dsp import HOP, RATE
from steadyvoice.workers.text.front_end import spoken

TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, by the old mill, and nobody said a "
    "word until we reached the bridge."
)
NEAR_S = 0.03
LISTS = (
    "No, no, no, no, no.",
    "Yes, maybe, never, always, only, now, again.",
    "Red, yellow, orange, lemon, maroon, indigo.",
    "One. Nine. Eleven. Yellow! Orange? Oh. Wow.",
    "Mary; Anna; Leo; Owen; Ruth; Liam; Noah; Emma.",
    "“Dr. Owen,” she said: 11, 9, 27.",
)
HISSING = (
    "We saw a sea of sand so soon, and you see a sign say so.",
    "A sailor sold a silver saddle to a sad senator in Asia.",
    "Who saw you sing a song so softly on Sunday or Saturday?",
)
HARD = (
    TALE,
    "Dr. Smith's 3rd record, read on 5 May 1998 at 10:30 pm, cost $9.99. “Keep it!” he said… 🎉",
    "1,234,567 " * 12,
    "one thing and " * 20,
    "7" * 280,
    "x" * 280,
    "A. I. O. U?",
    "a a a a a a a, a - a — a",
    "See https://example.com/a.b?c=d or [this](http://x.y); 'tis 50% off at AT&T's!",
)


class Heard(NamedTuple):
    text: str
    words: list[Word]
    pcm: Samples
    """At 24 kHz."""

    def spelt(self, word: Word) -> str:
        return self.text[word.start : word.end]


def speak(generator: HibariGenerator, text: str, rate: float = 1.0, *, more: bool = False) -> Heard:
    """Speak what the text front end makes of the text."""
    text = spoken(text, "en-US")
    reported, blocks, frames, vocoder = [], [], 0, Hibari().vocoder("heart", Downstream())
    for part in generator.generate(text, "heart", rate, more=more):
        if isinstance(part, Word):
            assert part.begins >= frames, "a word must precede its frames"
            reported.append(part)
        else:
            blocks.append(vocoder.push(part))
            frames += len(part)
    return Heard(text, reported, np.concatenate([*blocks, vocoder.finish()]))


def nearest(at_s: float, frames: list[int]) -> float:
    """Distance in seconds to the nearest time."""
    return min((frame * HOP / RATE - at_s for frame in frames), key=abs)


def sounds(pcm: Samples) -> list[tuple[float, float]]:
    """Intervals of sound in seconds; gaps of less than 50 ms do not count."""
    level = np.sqrt(np.convolve(pcm**2, np.ones(120) / 120, "same"))[::24]
    loud = np.flatnonzero(level > 0.03 * level.max())
    breaks = np.flatnonzero(np.diff(loud) > 50)
    first, last = loud[np.append(0, breaks + 1)], loud[np.append(breaks, -1)]
    return [*zip(first / 1000, last / 1000, strict=True)]


def hisses(pcm: Samples) -> list[float]:
    """Beginnings of sibilants in seconds: more than half of the energy is above 4 kHz."""
    windows = np.lib.stride_tricks.sliding_window_view(pcm, 480)[::48] * np.hanning(480)
    energy = np.abs(np.fft.rfft(windows)) ** 2
    hissing = energy[:, 80:].sum(axis=1) > 0.5 * energy.sum(axis=1) + 1e-4
    return [(at + 1) * 48 / RATE + 240 / RATE for at in np.flatnonzero(np.diff(hissing.astype(int)) > 0)]


@pytest.mark.parametrize(
    ("text", "rate", "more"),
    only(
        lambda text, rate, more: rate == 1.0 or len(text) < 200,
        ((text, *way) for text in HARD for way in [(1.0, False), (0.5, True), (2.0, True)]),
    ),
)
def test_words_are_in_order_in_text_and_sound(generator: HibariGenerator, text: str, rate: float, more: bool) -> None:
    heard = speak(generator, text, rate, more=more)
    frames = len(heard.pcm) // HOP
    assert heard.words
    start = begins = 0
    for word in heard.words:
        assert start <= word.start < word.end <= len(heard.text)
        assert begins <= word.begins < word.ends <= frames
        start, begins = word.end, word.ends


def test_the_words_of_a_text(generator: HibariGenerator) -> None:
    heard = speak(generator, TALE)
    assert [heard.spelt(word) for word in heard.words] == [word.strip(",.") for word in TALE.split()]


@pytest.mark.parametrize("text", LISTS)
def test_words_beside_a_pause(generator: HibariGenerator, text: str) -> None:
    heard = speak(generator, text)
    found = sounds(heard.pcm)
    for begins, ends in found:
        assert abs(nearest(begins, [word.begins for word in heard.words])) <= NEAR_S
        assert abs(nearest(ends, [word.ends for word in heard.words])) <= NEAR_S
    assert len(found) >= 2


@pytest.mark.parametrize("text", HISSING)
def test_words_in_the_flow_of_speech(generator: HibariGenerator, text: str) -> None:
    heard = speak(generator, text)
    found = hisses(heard.pcm)
    hissing = [word for word in heard.words if heard.spelt(word).lower().startswith("s")]
    assert len(hissing) >= 6
    for word in hissing:
        assert min(abs(word.begins * HOP / RATE - at) for at in found) <= NEAR_S, heard.spelt(word)


@pytest.mark.parametrize("last", quick(2, ["home", "bridge", "mill", "stopped", "streets"]))
def test_what_is_heard_up_to_a_word(generator: HibariGenerator, recogniser: Recogniser, last: str) -> None:
    import soxr

    heard = speak(generator, TALE)
    (word,) = (word for word in heard.words if heard.spelt(word) == last)
    said = soxr.resample(heard.pcm[: word.ends * HOP], RATE, 16000)
    assert recogniser.words(np.pad(said, (0, 8000))) == words(TALE[: word.end])


def test_words_for_signs_and_other_scripts(generator: HibariGenerator) -> None:
    heard = speak(generator, "Great 🎉 party — 你好!")
    assert [heard.spelt(word) for word in heard.words] == ["Great", "party", "popper", "party", "Chinese", "text"]

"""The embedded voice: hibari-tts (Apache-2.0), text to spectra here, spectra to sound in dsp.py."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steadyvoice.workers.engines.engine import Frames, FrameSpec, Voice
from steadyvoice.workers.engines.hibari.dsp import DIM, HOP, RATE, HibariVocoder

if TYPE_CHECKING:
    from steadyvoice.workers.engines.hibari.acoustic import Acoustic

_FIRST, _WINDOW = (8, 16, 32), 64
"""Frames decoded at a time: little at once, then ever more, as more is already there to be played."""
_LEAD = 6
"""Frames kept of the leading pad: 75 of some 325 ms, of which the first 280 are silent."""
_PUNCTUATION = frozenset(';:,.!?—…"()“” ')
_MUTE = _PUNCTUATION | frozenset("ˈˌː")
_ENDLESS = re.compile(r"(?:\d,?){34,}")  # the package has no name for a number this long and fails
_CLAUSE = re.compile("(?<=[,;:—]) ")


class Hibari:
    """Entry point ``hibari`` of the group steadyvoice.engines."""

    spec = FrameSpec("spectrum", DIM, HOP)

    def voices(self) -> list[Voice]:
        from hibari.voices import VOICES

        return [
            Voice(name, about["language"], RATE, "Apache-2.0", installed=_model_file(name) is not None)
            for name, about in VOICES.items()
        ]

    def generator(self) -> "HibariGenerator":
        return HibariGenerator()

    def vocoder(self) -> HibariVocoder:
        return HibariVocoder()


class HibariGenerator:
    """Loads the default voice at once, every other at its first use; never downloads."""

    def __init__(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        from hibari.voices import DEFAULT

        self._voices: dict[str, Acoustic] = {}
        self._readers: dict[bool, Any] = {}
        with ThreadPoolExecutor(1) as pool:  # onnxruntime loads without the GIL, the dictionaries with it
            model = pool.submit(self._acoustic, DEFAULT)
            self._reader(DEFAULT)
            model.result()

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames]:
        """[n, 3006] with n = 8, 16, 32, then 64 frames of 12.5 ms, a shorter one where a sentence ends.

        LookupError where the voice is unknown or not installed.
        """
        from hibari.tts import Hibari as Package

        acoustic, reader = self._acoustic(voice), self._reader(voice)
        sizes = chain(_FIRST, repeat(_WINDOW))
        text = "".join(_plain(c) for c in text)
        text = _ENDLESS.sub(lambda digits: " ".join(re.findall(r"\d", digits[0])) + " ", text)
        sentences = Package.split_sentences(text)
        for i, sentence in enumerate(sentences, 1):
            pieces = list(_pieces(reader(sentence)))
            for j, piece in enumerate(pieces, 1):
                goes_on = j < len(pieces) or (more and i == len(sentences))
                yield from _speak(acoustic, piece, rate, goes_on, sizes)

    def warmup(self) -> None:
        from hibari.voices import DEFAULT

        # The last word is in no dictionary: it loads the network that spells unknown words.
        texts = ("Hi.", "Hello there, how do you do?", "The quick brown fox " * 6, "one two three " * 30, "Vrelquont.")
        for text in texts:
            for _ in self.generate(text, DEFAULT, 1.0, more=False):
                pass

    def _acoustic(self, voice: str) -> "Acoustic":
        from steadyvoice.workers.engines.hibari.acoustic import Acoustic

        if voice not in self._voices:
            file = _model_file(voice)
            if file is None:
                raise LookupError(f"the voice {voice!r} of hibari is not installed")
            self._voices[voice] = Acoustic(file)
        return self._voices[voice]

    def _reader(self, voice: str) -> Any:
        """The package's text to phonemes, one for American and one for British voices."""
        from hibari.voices import VOICES

        from steadyvoice.workers.engines.hibari.words import reader

        british = bool(VOICES[voice]["british"])
        if british not in self._readers:
            self._readers[british] = reader(british)
        return self._readers[british]


def _plain(character: str) -> str:
    """Superscripts and circled digits as digits: the package takes them for digits and cannot read them."""
    if character.isdigit() and not character.isdecimal():
        return str(unicodedata.digit(character))
    return character


def _speak(acoustic: "Acoustic", phonemes: str, rate: float, goes_on: bool, sizes: Iterator[int]) -> Iterator[Frames]:
    """Decode one run of the model window by window, without most of the silence around it."""
    phonemes = acoustic.known(phonemes)
    if _MUTE.issuperset(phonemes):
        return
    hidden, f0, frames = acoustic.prosody(phonemes, rate)
    start, stop = max(0, frames[0] - _LEAD), len(f0)
    if goes_on:  # the next run brings a pause of its own
        tail = frames[-1] + (frames[-2] if phonemes[-1] in _PUNCTUATION else 0)
        if stop - tail - start >= _FIRST[0]:
            stop -= tail
    while start < stop:
        end = min(stop, start + next(sizes))
        yield acoustic.decode(hidden, f0, start, end)
        start = end


def _pieces(phonemes: str) -> Iterator[str]:
    """At most as many phonemes as the model is run on at once: cut at a clause, else a word, else anywhere."""
    from hibari.tts import MAX_PHONEMES

    while len(phonemes) > MAX_PHONEMES:
        head = phonemes[: MAX_PHONEMES + 1]
        clauses = [match.start() for match in _CLAUSE.finditer(head)]
        cut = clauses[-1] if clauses else head.rfind(" ")
        cut = cut if cut > 0 else MAX_PHONEMES
        yield phonemes[:cut]
        phonemes = phonemes[cut:].lstrip()
    yield phonemes


def _model_file(voice: str) -> Path | None:
    from hibari.voices import voice_path

    try:
        return Path(voice_path(voice, download_missing=False))
    except (FileNotFoundError, ValueError):
        return None

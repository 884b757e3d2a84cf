"""The built-in engine: hibari-tts (Apache-2.0). Text to spectra here, spectra to sound in dsp.py."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Downstream, Frames, FrameSpec, Voice, Word, voice_of
from steadyvoice.workers.engines.hibari import added
from steadyvoice.workers.engines.hibari.dsp import DIM, HOP, RATE, HibariVocoder
from steadyvoice.workers.engines.hibari.onset import OnsetTrimmer
from steadyvoice.workers.helper_thread import in_background

if TYPE_CHECKING:
    from steadyvoice.workers.engines.hibari.acoustic import Acoustic
    from steadyvoice.workers.engines.hibari.speaking import Beginning


_SHORT_CHARS: Final = 16
"""Letters and names of keys, as screen readers have them said again and again, while the listener waits."""
_BEGINNINGS: Final = 48
"""Kept of them: at most 0.35 s of speech each, and what the rest is decoded from, in 0.4 MB."""


class Hibari:
    """Entry point ``hibari`` of the group steadyvoice.engines."""

    spec = FrameSpec("spectrum", DIM, HOP)
    has_light_vocoder = has_light_generator = True

    def __init__(self) -> None:
        self._generator: HibariGenerator | None = None

    def preload(self) -> Callable[[], object]:
        generator = HibariGenerator()

        def finish() -> None:
            generator.wait()
            self._generator = generator

        return finish

    def voices(self) -> list[Voice]:
        from hibari.voices import VOICES

        return [
            Voice(name, about["language"], RATE, "Apache-2.0", installed=_model_file(name) is not None)
            for name, about in VOICES.items()
        ]

    def generator(self) -> "HibariGenerator":
        if self._generator is not None:
            return self._generator
        generator = HibariGenerator()
        generator.wait()
        return generator

    def vocoder(self, voice: str, downstream: Downstream) -> OnsetTrimmer:
        return OnsetTrimmer(HibariVocoder())


class HibariGenerator:
    """Loads the default voice at once and other voices at their first use. Never downloads."""

    def __init__(self) -> None:
        from hibari.voices import DEFAULT

        self._voices: dict[str, Acoustic] = {}
        self._readers: dict[bool, Any] = {}
        self._kept_beginning = lru_cache(maxsize=_BEGINNINGS)(self._beginning)
        self.wait = in_background(partial(self._acoustic, DEFAULT))
        """For the model, which onnxruntime loads mostly without the GIL; the dictionaries need it."""
        with ExitStack() as failed:
            failed.callback(self.wait)
            self._reader(DEFAULT)
            failed.pop_all()

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames | Word]:
        """[n, 3006], with n up to 12, then 16, 32 and 64 frames of 12.5 ms; fewer at the end of a sentence.

        NotInstalled where the voice is unknown or not installed.
        """
        from steadyvoice.workers.engines.hibari.reading import pieces
        from steadyvoice.workers.engines.hibari.speaking import Speaker

        is_kept = len(text) <= _SHORT_CHARS and text[-1:].isalnum()  # no sentence, which is seldom said again
        begin = partial(self._kept_beginning if is_kept else self._beginning, voice, rate)
        speaker = Speaker(self._acoustic(voice), begin)
        for piece in pieces(self._reader(voice), text, more):
            yield from speaker.speak(piece)

    def _beginning(self, voice: str, rate: float, phonemes: str, goes_on: bool) -> "Beginning":
        from steadyvoice.workers.engines.hibari.speaking import beginning

        return beginning(self._acoustic(voice), phonemes, rate, goes_on)

    def phonemes(self, text: str, voice: str) -> str:
        from steadyvoice.workers.engines.hibari.reading import pieces

        return " ".join(piece.phonemes for piece in pieces(self._reader(voice), text, False))

    def warmup(self) -> None:
        from hibari.voices import DEFAULT

        from steadyvoice.workers.engines.hibari.speaking import WINDOW

        # The last word is in no dictionary, so that the network for unknown words is loaded.
        texts = ("Hi.", "Hello there, how do you do?", "The quick brown fox " * 6, "one two three " * 30, "Vrelquont.")
        for text in texts:
            for made in self.generate(text, DEFAULT, 1.0, more=False):
                if not isinstance(made, Word) and len(made) == WINDOW:
                    break  # later arrays have the same shape

    def _acoustic(self, voice: str) -> "Acoustic":
        from steadyvoice.workers.engines.hibari.acoustic import Acoustic

        if voice not in self._voices:
            file = _model_file(voice)
            if file is None:
                raise NotInstalled(f"the voice {voice!r} of hibari is not installed")
            added.check(file, voice)
            self._voices[voice] = Acoustic(file)
        return self._voices[voice]

    def _reader(self, voice: str) -> Any:
        """The package's text-to-phoneme converter: one for American and one for British voices."""
        from hibari.voices import VOICES

        from steadyvoice.workers.engines.hibari.words import reader

        british = bool(VOICES[voice]["british"])
        if british not in self._readers:
            self._readers[british] = reader(british)
        return self._readers[british]


def _model_file(voice: str) -> Path | None:
    """The voice's model; None where it is not installed. Reports and leaves out a voice with an unreadable file."""
    try:
        return added.find(voice)
    except OSError as error:
        optional.leave_out(voice_of("hibari", voice), error)
        return None

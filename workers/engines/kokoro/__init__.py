"""Kokoro-82M (hexgrad, Apache-2.0): 54 voices of one model; those in languages that can be read are usable.

The generator process runs the first part of the graph, the vocoder process the decoder's generator, in windows with
statistics of the voice (graph.py). With STEADYVOICE_KOKORO=whole in the environment of the daemon, the generator runs
all of it, a clause at once, with the clause's own statistics, as published; its frames are samples.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from steadyvoice.ipc.blend import first_voice
from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Downstream, Frames, FrameSpec, Vocoder, Voice, Word, is_usable, voice_of
from steadyvoice.workers.engines.kokoro import voice_files
from steadyvoice.workers.engines.kokoro.languages import READERS, Reader, language, missing
from steadyvoice.workers.helper_thread import in_background

if TYPE_CHECKING:
    from steadyvoice.workers.engines.kokoro.models import Models

NAME: Final = "kokoro"
RATE: Final = 24000
_DIM: Final = 515
_HOP: Final = 300
_WARMING: Final = ("Hi.", "Hello there, how do you do?", "The quick brown fox jumps over the lazy dog.")


class Kokoro:
    """Entry point ``kokoro`` of the group steadyvoice.engines."""

    has_long_chunks = True
    preloads_models = True

    def __init__(self) -> None:
        self._whole = os.environ.get("STEADYVOICE_KOKORO") == "whole"
        self.spec = (
            FrameSpec("samples", _HOP, _HOP) if self._whole else FrameSpec("features", _DIM, _HOP, buffered=True)
        )
        self._models: Models | None = None

    def preload(self) -> Callable[[], object] | None:
        """Loads the model of the first voice."""
        folders = list(dict.fromkeys(voice_files.installed().values()))
        return in_background(partial(self._shared().preload, folders[0])) if folders else None

    def voices(self) -> list[Voice]:
        found = voice_files.installed()
        for name in found:
            if why := missing(name):
                optional.leave_out(voice_of(NAME, name), why)
        return [Voice(name, language(name), RATE, "Apache-2.0", is_usable(NAME, name), blends=True) for name in found]

    def generator(self) -> "KokoroGenerator":
        return KokoroGenerator(self._shared(), self._whole)

    def vocoder(self, voice: str, downstream: Downstream) -> Vocoder:
        """See `Engine.vocoder`. BadModelFile."""
        from steadyvoice.workers.engines.kokoro.whole import Passed

        return Passed() if self._whole else self._shared().vocoder(voice, downstream)

    def _shared(self) -> "Models":
        from steadyvoice.workers.engines.kokoro.models import Models

        self._models = self._models or Models(self._whole)
        return self._models


class KokoroGenerator:
    """Loads a voice, a reader and the model at their first use; ``warmup`` loads one voice of each language."""

    def __init__(self, models: "Models", whole: bool) -> None:
        self._models, self._whole = models, whole
        self._readers: dict[str, Reader] = {}

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames | Word]:
        """All frames of a piece at once. NotInstalled where the voice is unknown, BadModelFile where it is damaged."""
        from steadyvoice.workers.engines.kokoro.speaking import Speaker

        speaker = Speaker(*self._models.speaking(voice, rate))
        for piece in self._reader(voice)(text, more):
            yield from speaker.speak(piece)

    def phonemes(self, text: str, voice: str) -> str:
        return " ".join(piece.phonemes for piece in self._reader(voice)(text, False))

    def warmup(self) -> None:
        """See `Generator.warmup`. Leaves out a voice that fails."""
        first = {language(voice): voice for voice in reversed(voice_files.installed())}
        for voice in first.values():
            optional.attempt(voice_of(NAME, voice), partial(self._warm, voice))

    def _warm(self, voice: str) -> None:
        for text in _WARMING:
            for _ in self.generate(text, voice, 1.0, more=False):
                pass

    def _reader(self, voice: str) -> Reader:
        spoken = language(first_voice(voice))
        if spoken not in self._readers:
            self._readers[spoken] = READERS[spoken]()
        return self._readers[spoken]

"""The built-in engine's generator, in the tests' process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from steadyvoice.workers.engines import engine
from steadyvoice.workers.engines.hibari import Hibari, HibariGenerator

SENTENCE = "The quick brown fox jumps over the lazy dog, and then it rests."
Phonemes = Callable[[str], str]
"""Of a text in words."""


@pytest.fixture(scope="module")
def voice_cache(cache: Path) -> Iterator[Path]:
    """Folder of the cut model and the dictionaries, for the daemons and this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEADYVOICE_CACHE", str(cache / "steadyvoice"))
        yield cache / "steadyvoice"


@pytest.fixture(scope="module")
def generator(voice_cache: Path) -> HibariGenerator:
    return Hibari().generator()


def speak(generator: HibariGenerator, text: str, *, more: bool = False, rate: float = 1.0) -> list[engine.Frames]:
    parts = generator.generate(text, "heart", rate, more=more)
    return [part for part in parts if not isinstance(part, engine.Word)]


@pytest.fixture(scope="module")
def english_phonemes(voice_cache: Path) -> Phonemes:
    """Of a spoken text, by the American voices' rules, without a model."""
    from steadyvoice.workers.engines.hibari import reading, words

    reader = words.reader(False)
    return lambda text: " ".join(piece.phonemes for piece in reading.pieces(reader, text, False))

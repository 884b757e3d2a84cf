"""What the text front end says of a text, in the form in which tests compare readings."""

import re
from collections.abc import Callable, Iterator, Mapping

from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines.engine import Voice
from steadyvoice.workers.generation.pronouncing import Pronouncing
from steadyvoice.workers.generation.text_reader import read
from steadyvoice.workers.text.front_end import spoken


def segments(
    text: str,
    language: str = "en-US",
    phonemes: Callable[[str], str] = lambda _: "",
    mode: ReadingMode = ORDINARY,
    voices: Mapping[str, Voice] | None = None,
    lexicon: Mapping[str, str] | None = None,
    languages: Mapping[str, str] | None = None,
) -> Iterator[ReadSegment]:
    """How a text is read by the voice "own" of this language; voices: the other ones of its engine; languages: those
    that are configured for languages.
    """
    spec = UtteranceSpec("engine", "own", 1.0, 1.0, "pcm", 24_000, 24_000, ssml=None, mode=mode)
    pronouncing = Pronouncing(request=lexicon)
    return read(text, spec, language, voices or {}, lambda said, _: phonemes(said), pronouncing, languages or {})


def words(text: str, language: str = "en-US") -> str:
    return plain(spoken(text, language))


def plain(said: str) -> str:
    """Lower case, without punctuation, single spaces; an apostrophe inside a word stays."""
    said = said.lower().replace("\u2019", "'")
    return " ".join(re.sub(r"[^\w']|(?<!\w)'|'(?!\w)|_", " ", said).split())

"""Which languages Kokoro's voices have, and the readers that turn text of a language into phonemes.

The alphabet is that of the model for every language (misaki's for English). A language in READERS needs sentences in
sentences.py, from which the statistics of its voices are taken.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from steadyvoice.ipc.errors import NotInstalled

if TYPE_CHECKING:
    from steadyvoice.workers.engines.hibari.reading import Piece

LANGUAGES: Final = {
    "a": "en-US", "b": "en-GB", "e": "es", "f": "fr-FR", "h": "hi", "i": "it", "j": "ja", "p": "pt-BR", "z": "cmn-CN",
}  # fmt: skip
"""BCP 47 by the first letter of a voice's name, as published (VOICES.md of hexgrad/Kokoro-82M)."""


class Reader(Protocol):
    def __call__(self, text: str, more: bool) -> "Iterator[Piece]":
        """The text in pieces for one run of the model each. more: the last sentence continues after the text."""
        ...


def _english(british: bool) -> Reader:
    from steadyvoice.workers.engines.hibari.reading import pieces
    from steadyvoice.workers.engines.hibari.words import reader

    return partial(pieces, reader(british))


_MOST: Final = 500
"""Phonemes in one run of the model at most; it has styles for 510."""


def _by_phonemes(language: str) -> Reader:
    """By the readers in workers/phonemes."""
    from steadyvoice.workers.engines.hibari.reading import Piece, SpokenWord
    from steadyvoice.workers.phonemes.alphabets import MISAKI
    from steadyvoice.workers.phonemes.reading import cut, mapped
    from steadyvoice.workers.phonemes.registry import reader

    read = reader(language)

    def pieces(text: str, more: bool) -> "Iterator[Piece]":
        parts = cut(mapped(read(text), MISAKI), _MOST)
        for number, part in enumerate(parts, 1):
            yield Piece(part.ipa, [SpokenWord(*word) for word in part.words], more or number < len(parts))

    return pieces


READERS: Final[dict[str, Callable[[], Reader]]] = {
    "en-US": partial(_english, british=False),
    "en-GB": partial(_english, british=True),
    **{language: partial(_by_phonemes, language) for language in LANGUAGES.values() if not language.startswith("en-")},
}
"""By language: a function that loads the reader, which may take a third of a second."""


def language(voice: str) -> str:
    """BCP 47; "" where the name does not say."""
    return LANGUAGES.get(voice[:1], "") if voice[2:3] == "_" else ""


def missing(voice: str) -> str:
    """What is to be installed before the voice's language can be read, in one line; "" where nothing is. Cheap."""
    if (spoken := language(voice)).startswith("en-"):
        return ""
    from steadyvoice.workers.phonemes.registry import check_readable

    try:
        check_readable(spoken)
    except NotInstalled as error:
        return str(error)
    return ""

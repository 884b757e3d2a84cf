"""Which languages Kokoro's voices have, and the readers that turn text of a language into phonemes.

The alphabet is that of the model for every language (misaki's for English), so a reader of another language needs no
change elsewhere: add its function to READERS.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

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


READERS: Final[dict[str, Callable[[], Reader]]] = {
    "en-US": partial(_english, british=False),
    "en-GB": partial(_english, british=True),
}
"""By language: a function that loads the reader, which may take a third of a second."""


def language(voice: str) -> str:
    """BCP 47; "" where the name does not say."""
    return LANGUAGES.get(voice[:1], "") if voice[2:3] == "_" else ""


def readable(voice: str) -> bool:
    return language(voice) in READERS

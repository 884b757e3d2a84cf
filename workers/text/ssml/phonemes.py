"""Phonemes of the attribute ``ph``, for engines."""

import unicodedata
from typing import Final

from steadyvoice.workers.text.patterns import lazy

_NOT_IPA: Final = lazy(r"[^\w\u0300-\u036fːˑˈˌ'.‿|͜͡]|[\d_]")


def plain_ipa(text: str) -> str:
    """IPA without spaces, slashes, brackets and other signs, which an engine's notation could take for its own."""
    return _NOT_IPA.sub("", unicodedata.normalize("NFD", text).replace("c\u0327", "ç"))

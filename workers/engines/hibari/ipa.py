"""Phonemes in IPA to the alphabet of the model, which is misaki's (Apache-2.0) without length marks."""

from typing import Final

_DIGRAPHS: Final = {
    "eɪ": "A",
    "aɪ": "I",
    "oʊ": "O",
    "aʊ": "W",
    "ɔɪ": "Y",
    "əʊ": "Q",
    "dʒ": "ʤ",
    "tʃ": "ʧ",
}
_SINGLE: Final = str.maketrans({"ː": None, ".": None, "\u0361": None, "r": "ɹ", "g": "ɡ", "'": "ˈ"})


def to_model(ipa: str) -> str:
    """Characters outside the model's alphabet are kept; the caller drops them."""
    for digraph, letter in _DIGRAPHS.items():
        ipa = ipa.replace(digraph[0] + "\u0361" + digraph[1], letter).replace(digraph, letter)
    return ipa.translate(_SINGLE)

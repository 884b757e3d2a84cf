"""Phonemes in IPA to the alphabet of the model, which is misaki's (Apache-2.0) without length marks."""

import json
import re
from pathlib import Path
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
_STRESS: Final = re.compile("([ˈˌ])([bcdfhjklmnpstvwxzðŋɡɹɾʃʒʤʧθʔ]+)(?=[AIOWYQaeiouæɑɒɔəɛɜɪʊʌɐɚᵊᵻ])")


def to_model(ipa: str) -> str:
    """Stress precedes the vowel, not the syllable. Characters outside the model's alphabet are kept; the caller drops
    them.
    """
    for digraph, letter in _DIGRAPHS.items():
        ipa = ipa.replace(digraph[0] + "\u0361" + digraph[1], letter).replace(digraph, letter)
    return _STRESS.sub(r"\2\1", ipa.translate(_SINGLE))


def unknown(ipa: str) -> str:
    """The characters for which the model has no phoneme, each once, in order: they are not said."""
    from hibari.voices import ASSETS

    alphabet = json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8"))
    return "".join(dict.fromkeys(character for character in to_model(ipa) if character not in alphabet))

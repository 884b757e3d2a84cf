"""Alphabets of models, for `reading.mapped`: the symbols that differ from what a reader gives.

Readers of Japanese and Mandarin give misaki's letters already.
"""

from typing import Final

from steadyvoice.workers.phonemes.reading import TIE

UNTIED: Final = {TIE: ""}
"""Of Piper's models: each letter of a phoneme for itself."""
MISAKI: Final = {
    "a͡ɪ": "I", "a͡ʊ": "W", "d͡z": "ʣ", "d͡ʒ": "ʤ", "e͡ɪ": "A", "o͡ʊ": "O", "ə͡ʊ": "Q", "s͡s": "S", "t͡s": "ʦ", "t͡ʃ": "ʧ",
    "ɔ͡ɪ": "Y", TIE: "", "-": "",
}  # fmt: skip
"""Of Kokoro's models. Source: misaki 0.9.4 (Apache-2.0), espeak.py, languages other than English."""

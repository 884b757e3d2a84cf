"""Spanish: letters to phonemes in the notation of espeak-ng's voices es and es-419.

Sources: the spelling rules of the Ortografía of the Real Academia Española (2010), and comparison with what the program
answers.
"""

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import Final

from steadyvoice.workers.phonemes.clauses import Rules
from steadyvoice.workers.phonemes.letters import STRESS, Changes, LetterRules, pairs, plain, with_stress

_ALPHABET: Final = "abcdefghijklmnñopqrstuvwxyzáéíóúü'"
_NUCLEI: Final = "aeiou"
_LETTERS: Final = LetterRules(
    """
    ch                  t͡ʃ
    c(?=[{E}])            θ
    z                   θ
    qu(?=[{E}])           k
    [cqk]               k
    gu(?=[{E}])           ɡ
    gü                  ɡw
    g(?=[{E}])            x
    g                   ɡ
    j                   x
    ^hi(?=e)            ʝ
    h                   -
    ll                  ʎ
    ñ                   ɲ
    ^r|rr|(?<=[nls])r   r
    r                   ɾ
    ^x                  s
    x                   ks
    [bv]                b
    w                   w
    y(?=[{V}])            ʝ
    (?<=[{S}])y           ɪ
    y                   i
    i(?=[{V}])            j
    [uü](?=[{V}])         w
    (?<=[{S}])i           ɪ
    (?<=[{S}])[uü]        ʊ
    ü                   u
    á                   ˈa
    é                   ˈe
    í                   ˈi
    ó                   ˈo
    ú                   ˈu
    [adefilmnopstu]     =
    """,
    E="eiéí", V="aeiouáéíóú", S="aeoáéó",
)  # fmt: skip
_IN_PHRASE: Final = Changes(
    """
    n(?=_?[bpm])                                m
    n(?=_?[kɡx])                                ŋ
    (?<=[{V}ɾrlsθʝ])(_?)b                       \\1β
    (?<=[{V}ɾrsθʝ])(_?)d                        \\1ð
    (?<=[{V}ɾrlsθʝ])(_?)ɡ                       \\1ɣ
    """,
    V="aeiouɪʊjw",
)
_UNSTRESSED: Final = frozenset(
    "el la los las un de del a al en y e o u que se me te le lo les nos os mi mis tu tus su sus con por si ni".split()
)
_WORDS: Final = pairs("""
    y i
""")
_NAMES: Final = pairs("""
    b bˈe c θˈe d dˈe f ˈefe g xˈe h ˈat͡ʃe j xˈota k kˈa l ˈele m ˈeme n ˈene ñ ˈeɲe p pˈe q kˈu r ˈere s ˈese t tˈe
    v ˈube w ˈubeðˌoble x ˈekis z θˈeta
""")


def _word(written: str) -> str:
    word = plain(written, _ALPHABET).replace("'", "")
    if word in _WORDS:
        return _WORDS[word]
    if word in _NAMES:
        return _NAMES[word]
    said = _LETTERS(word)
    if STRESS in said or word in _UNSTRESSED:
        return said
    return with_stress(said, _NUCLEI, 2 if re.search("[aeiouns]$", word) else 1)


def _clause(seseo: bool, words: Sequence[str]) -> list[str]:
    said = _IN_PHRASE(" ".join(map(_word, words))).split(" ")
    return [word.replace("θ", "s").replace("ʎ", "ʝ") for word in said] if seseo else said


@cache
def rules(region: str) -> Rules:
    """region: Spain has θ and ʎ, others s and ʝ."""
    return partial(_clause, region not in ("", "ES"))

"""Spanish: letters to phonemes in the notation of espeak-ng's voices es and es-419.

Sources: the spelling rules of the "Ortografía" of the Real Academia Española (2010), and comparison with the program's
answers.
"""

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import Final

from steadyvoice.workers.phonemes.clauses import Rules
from steadyvoice.workers.phonemes.letters import (
    SECONDARY,
    STRESS,
    Changes,
    LetterRules,
    pairs,
    plain,
    spelled,
    with_last_stressed,
    with_secondary,
    with_stress,
)

_ALPHABET: Final = "abcdefghijklmnñopqrstuvwxyzáéíóúü"
_VOWELS: Final = frozenset("aeiouáéíóúüy")
_NUCLEI: Final = "aeiou"
_LETTERS: Final = LetterRules(
    """
    ^gn                     n
    ch                      t͡ʃ
    c(?=[{E}])              θ
    z                       θ
    qu(?=[{E}])             k
    [cqk]                   k
    gu(?=[{E}])             ɡ
    g(?=[{E}])              x
    g                       ɡ
    j                       x
    h                       -
    ll                      ʎ
    ny?(?<=ny)|ñ            ɲ
    ^r|rr|(?<=[nls])r       r
    r                       ɾ
    ^ps|^x                  s
    p(?=t)                  pː
    (?<=m[eé])x(?=ic)       x
    x                       ks
    [bv]                    b
    w                       w
    y(?=[{V}])              ʝ
    (?<=[{S}])[iy](?![{V}]) ͡ɪ
    (?<=[{S}])u(?![{V}])    ͡ʊ
    (?<=u)y$                j
    y                       i
    (?<={C}[lr])i(?=[{V}])  I
    (?<=^l)i(?=[{V}])       I
    (?:(?<=^r)|(?<=rr))i(?=[{V}])  I
    (?<=[lr])u(?=[{V}ií])   U
    i(?=[{V}])              j
    u(?=[{V}ií])            w
    ü                       u
    á                       ˈa
    é                       ˈe
    í                       ˈi
    ó                       ˈo
    ú                       ˈu
    [adefilmnopstu]         =
    """,
    E="eiéí", V="aeouáéóú", S="aeoáéó", C="[bcdfghkprt]",
)  # fmt: skip
"""I and U: vowels that never have the stress, in the syllable of the vowel behind them."""
_IN_PHRASE: Final = Changes(
    r"""
    ˌɛ                                          ˌe
    I                                           i
    U                                           u
    n(?=_?[ˈˌ]?[bpf])                           m
    n(?=_?[ɡx])                                 ŋ
    (?<=n_)ʝ                                    d͡ʒ
    (?<=[{V}ɾrlsθʝbdt])(_?)b(?![tdbmkp]|_[^{V}ˈˌ]|$)    \1β
    (?<=[{V}ɾrlsθʝβɡb])(_)d(?=w)                        \1D
    (?<=[{V}ɾrlsθʝβɡb])(_?)d(?![mknp]|_[^{V}ˈˌ]|$)      \1ð
    (?<=[{V}ɾrlsθʝd])(_?)ɡ(?![nmðd]|_[^{V}ˈˌ]|$)        \1ɣ
    D                                                   d
    ˈe(?=[nŋ][^{V}_ʝɲ])                         ˈɛ
    mˈɛnte(?=_|$)                               mˈente
    (?<=_)mˈente|^mˈente                        mˈɛnte
    """,
    V="aeiouɪʊjw",
)
_SESEO: Final = Changes(
    """
    s?θ                  s
    (?<=[aeiou])ʎ       jj
    (?<=n_)ʎ            d͡ʒ
    ʎ                   ʝ
    """
)
_UNSTRESSED: Final = frozenset(
    "el la los las de del a al en y e o u que se me te le lo les nos os mi mis tu tus su sus con por si sin tras "
    "quien".split()
)
_SECONDARY: Final = frozenset(
    "para pero desde entre porque cuando hacia ante bajo hasta sobre mientras como donde aunque "
    "nuestro nuestra nuestros nuestras vuestro vuestra vuestros vuestras".split()
)
_LOANS: Final = pairs("""
    software sˈoftweɾ hardware hˈaɾdweɾ internet ˌinteɾnˈet marketing maɾkˈetiŋ email emˈa͡ɪl hobby ˈobβi jazz d͡ʒˈas
    pizza pˈit͡sa show ʃˈow facebook fˈe͡ɪsβuk google ɡˈuɣəl microsoft mˈa͡ɪkɾosoft twitter twˈiteɾ champú t͡ʃampˈu
    iphone ˈa͡ɪfon camping kˈampiŋ wifi wˈifi
""")
_NAMES: Final = pairs("""
    b bˈe c θˈe d dˈe f ˈɛfe g xˈe h ˈat͡ʃe j xˈota k kˈa l ˈɛle m ˈɛme n ˈɛne ñ ˈɛɲe p pˈe q kˈu r ˈɛɾe s ˈɛse t tˈe
    v ˈuβe w ˌuβeðˈoβle x ˈɛkis z θˈɛta
""")
_IS_SPELLED: Final = re.compile("(?![bcfgpt][lr]|dr|[cs]h|ll|ps)[^aeiouáéíóúüy]{2}")


def _word(written: str) -> str:
    word = plain(written, _ALPHABET)
    if _VOWELS.isdisjoint(word) or (written.isupper() and len(word) > 1 and _IS_SPELLED.match(word)):
        return spelled(word, {**_NAMES, "a": "ˈa", "e": "ˈe", "i": "ˈi", "o": "ˈo", "u": "ˈu", "y": "ˈi"})
    if word in _LOANS:
        return _LOANS[word]
    said = _LETTERS(word)
    if word in _UNSTRESSED:
        return said
    if word.endswith("mente") and len(word) > 7:
        return _stressed(word[:-5], said.replace("mente", "")) + "mˈente"
    said = _stressed(word, said)
    return said.replace(STRESS, SECONDARY) if word in _SECONDARY else with_secondary(said, _NUCLEI, "IU")


def _stressed(word: str, said: str) -> str:
    if STRESS in said:
        return said
    return with_stress(said, _NUCLEI, 2 if re.search("[aeiou][ns]?$", word) else 1)


def _clause(seseo: bool, words: Sequence[str]) -> list[str]:
    phrase = _IN_PHRASE(" ".join(with_last_stressed([_word(word) for word in words], _NUCLEI)))
    return (_SESEO(phrase) if seseo else phrase).split(" ")


@cache
def rules(region: str) -> Rules:
    """region: Spain has θ and ʎ, all others have not."""
    return partial(_clause, region not in ("", "ES"))

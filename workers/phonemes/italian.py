"""Italian: letters to phonemes in the notation of espeak-ng's voice it.

The spelling does not show the stressed syllable of most words, whether e and o are open, and whether s and z are
voiced. Rules for endings and short tables decide; comparison with the program's answers is the test.
"""

from collections.abc import Sequence
from typing import Final

from steadyvoice.workers.phonemes import italian_stress
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
    with_stress,
)

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyzàèéìíòóùú'"
_VOWELS: Final = frozenset("aeiouàèéìíòóùúy")
_NUCLEI: Final = "aeiouɛɔ"
_LETTERS: Final = LetterRules(
    """
    sci(?=[{B}])            ʃ
    sc(?=[{E}])             ʃ
    cci(?=[{B}])            t͡ʃː
    cc(?=[{E}])             t͡ʃː
    ci(?=[{B}])             t͡ʃ
    c(?=[{E}])              t͡ʃ
    cqu(?=[{W}])            kːw
    qu(?=[{W}])             kw
    gu(?=[{W}])             ɡw
    cch?                    kː
    ch?|q|k                 k
    ggi(?=[{B}])            d͡ʒː
    gg(?=[{E}])             d͡ʒː
    ggh?                    ɡː
    gi(?=[{B}])             d͡ʒ
    g(?=[{E}])              d͡ʒ
    ^gn                     ɲ
    gn                      ɲɲ
    gli(?=[{V}])            ʎ
    gl(?=i$)                ʎ
    gh?                     ɡ
    h                       -
    ss                      s͡s
    s(?=[bdgvlmnr])         z
    (?<=[{W}])s(?=[{W}])    z
    ZZ|(?<=^a)zz|(?<=ni)zz|(?<=li)zz(?=a)|(?<=ri)zz(?=are)|(?<=ti)zz(?=a)|(?<=^me)zz d͡zː
    Z                       d͡z
    zz                      t͡sː
    ^z                      d͡z
    z                       t͡s
    (?<=a)r(?=[aà])         ɾ
    (?<=[{W}])r(?=[àèéìòù]$) ɾ
    rr                      rɾ
    bb                      bː
    dd                      dː
    pp                      pː
    tt                      tː
    x                       ks
    w                       w
    ^[ijy](?=[{V}])         j
    ^u(?=[oòó])             w
    [ijy](?=[{V}])          I
    u(?=[{V}])              U
    (?<=[{F}])i             J
    (?<=[{F}])u             U
    [àá]                    ˈa
    è                       ˈɛ
    é                       ˈe
    [ìí]                    ˈi
    ò                       ˈɔ
    ó                       ˈo
    [ùú]                    ˈu
    y                       i
    [abdefilmnoprstuv]      =
    """,
    V="aeouàèéìíòóù", W="aeiouàèéìíòóù", E="eièéìí", B="aeouàèéòóù", F="aeoàèéòó",
)  # fmt: skip
"""I and U: vowels that are part of the syllable of the vowel behind them; J: of the one before them."""
_OPEN: Final = Changes(
    r"""
    mˈe(?=nt[oiea]$)        mˈE
    ˈe(?=.*[ao]no$)         ˈE
    ˈe(?=t͡sː[ae]$|re$)         ˈE
    Iˈ[eE]r                 IˈɛR
    ˈe(?=dI|tik|[nŋ](?!ɲ)|m[bp]|m[ai]$|[lrsf]?t?r|ll?|st|pː|t͡s|rɾ|v|bːe|[IJUao]?$) ˈɛ
    ˈemmo$                  ˈɛmmo
    rˈemo$                  rˈɛmo
    ˈE                      ˈe
    R                       r
    (?<=[Uw])ˈo             ˈɔ
    ˈo(?=[lr]?l[{V}]|r(?![eia]|[sn][oiae]$)|[tp]ː|t͡s|d͡ʒ(?:ː|ik)|kːI|metr|[dnl]I|st(?!r)|nn|[f]r|v) ˈɔ
    """,
    V="aeiou",
)
_FINALLY: Final = Changes(
    r"""
    Iˈɛr                    iˈɛr
    (?<=[lr])I              i
    (?:(?<=t͡s)|(?<=kː))I(?=e$) j
    (?<=t͡s)I(?=ˈ?o)         i
    (?<=z)I(?=ˈo)           i
    I(?=.*[ˈˌ])             j
    I                       i
    (?<=a)J$                j
    J$                      i
    J                       ͡ɪ
    U                       ʊ
    (?<!ˈ)u                 ʊ
    (?<=[^ˈ{V}])i$          ɪ
    (?<![ˈˌ][{V}])ɲɲ        ɲ
    n(?=ɡ)                  ŋ
    """,
    V="aeiouɛɔɪʊ",
)
_UNSTRESSED: Final = frozenset(
    "il lo la i gli le un di a da in con su per tra fra e o che mi ti si ci vi ne se ma del al dal nel sul col è ha ho "
    "hai non più ai dai chi quel mai tu ed ad me te fu c'è".split()
)
_SECONDARY: Final = frozenset(
    "una dello della dei degli delle allo alla agli alle dallo dalla dagli dalle sullo sulla sui sugli sulle hanno "
    "abbiamo avete sono sei siamo siete era ero perché come questo questa questi queste quella quelle quegli ogni "
    "alcuni alcune nessuno nessuna anche lui lei noi loro mio mia miei mie tuo tua tuoi suo sua suoi sue nostro nostra "
    "nostri nostre vostro vostra vostri vostre contro verso senza mentre oltre sia vuole sarà sarebbe".split()
)
_WORDS: Final = pairs("""
    ottobre ˌɔtːˈobre suoi sʊˌɔi tuoi tʊˌɔi nei nˈei è e più pjʊ c'è t͡ʃe quei kwˈe͡ɪ dei dˌe͡ɪ
    cui kˈuj perché perkˌe qui kwˈi qua kwˈa lui lˌʊi
""")
_NAMES: Final = pairs("""
    b bˈi c t͡ʃˈi d dˈi f ˈɛffe g d͡ʒˈi h ˈakːa j ˈilunɡa k kˈapːa l ˈɛlle m ˈɛmme n ˈɛnne p pˈi q kˈu r ˈɛrɾe s ˈɛs͡se
    t tˈi v vˈu w dˈopːjavˈu x ˈiks y ˈipsilon z d͡zˈɛta
""")


def _word(written: str) -> str:
    word = plain(written, _ALPHABET)
    if word in _WORDS:
        return _WORDS[word]
    prefix, _, rest = word.rpartition("'")
    if not rest or _VOWELS.isdisjoint(rest):
        return _FINALLY(spelled(word, _NAMES))
    following = rest.lstrip("h")[:1]
    elided = _LETTERS(prefix + following).removesuffix(_LETTERS(following)) if prefix else ""
    if rest in _UNSTRESSED and not prefix:
        return _FINALLY(_LETTERS(rest))
    said = _stressed(rest)
    return _FINALLY(elided + (said.replace(STRESS, SECONDARY) if rest in _SECONDARY else said))


def _stressed(word: str) -> str:
    said = _LETTERS(italian_stress.respelled(word) or word)
    if STRESS in said:
        return said
    return _OPEN(with_stress(said, _NUCLEI, italian_stress.from_end(word)))


def _clause(words: Sequence[str]) -> list[str]:
    return with_last_stressed([_word(word) for word in words], _NUCLEI)


def rules(region: str) -> Rules:
    """region: without influence."""
    return _clause

"""Portuguese of Brazil: letters to phonemes in the notation of espeak-ng's voice pt-br.

Sources: the spelling rules of the "Acordo Ortográfico" (1990), and comparison with the program's answers. The spelling
does not show whether a stressed e or o is open where it has no accent; rules and a short table decide.
"""

from collections.abc import Sequence
from typing import Final

from steadyvoice.workers.phonemes.clauses import Rules
from steadyvoice.workers.phonemes.letters import (
    SECONDARY,
    STRESS,
    Changes,
    LetterRules,
    Respellings,
    pairs,
    plain,
    spelled,
    with_last_stressed,
    with_secondary,
    with_stress,
)
from steadyvoice.workers.text.patterns import lazy

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyzáâãàçéêíóôõúü"
_VOWELS: Final = frozenset("aeiouáâãàéêíóôõúüy")
_NUCLEI: Final = "aeiouæɐɛɔyʊAN"
_LETTERS: Final = LetterRules(
    """
    lh                      lj
    nh                      ɲ
    ch                      ʃ
    s?ç|s?c(?=[{E}])        s
    qu(?=[{E}])             k
    q[uü](?=[{W}])          kw
    [cqk]                   k
    gu(?=[{E}])             ɡ
    g[uü](?=[{W}])          ɡw
    g(?=[{E}])              ʒ
    g                       ɡ
    j                       ʒ
    ^h                      H
    h                       -
    ^r|rr|(?<=[nls])r       x
    (?<=[{W}])r(?=[{W}])    ɾ
    (?<=[{W}])r(?=[^{W}r])  ɾə
    ss|xc(?=[{E}])          s
    (?<=[{W}])s(?=[{W}])    z
    s(?=[bdglmnrv])         z
    z$                      s
    ^x                      ʃ
    (?:(?<=r[oó])|(?<=m[aá]))x(?=im) s
    (?<=au)x(?=í)           s
    (?:(?<=^e)|(?<=^ine))x(?=[{W}]) z
    x(?=[^{W}])             s
    (?:(?<=[aeo][iu])|(?<=en)|(?<=[iu]))x ʃ
    X                       ʃ
    S                       s
    x                       ks
    t(?=[iíy]|es?$)         t͡ʃ
    d(?=[iíy]|es?$)         d͡ʒ
    ão                      *ɐ̃M
    ãe                      *ɐ̃y
    õe                      *õj
    ã                       *ɐ̃
    õ                       *õ
    am$                     ɐ̃M
    em$                     e͡ɪŋ
    ens$                    e͡ɪŋs
    [éê]m$                  ˈe͡ɪŋ
    éns$                    ˈe͡ɪŋs
    âm(?=[pb])              ˈɐ̃m
    ân(?=[{C}])             ˈɐ̃ŋ
    â                       ˈɐ̃
    [áà](?=[mn][{W}])       ˈɐ̃
    am(?=[pb])              ɐ̃m
    an(?=[{C}])             ɐ̃ŋ
    a(?=nh)                 ɐ̃
    a(?=[mn][{W}])          A
    êm(?=[pb])              ˈe͡ɪm
    ên(?=[{C}])             ˈe͡ɪŋ
    em(?=[pb])              e͡ɪm
    en(?=[{C}]|$)           e͡ɪŋ
    um(?=[pb])              ũm
    un(?=[{C}])|um$         ũŋ
    (?<=[ioíóô])(?:m$|m(?=s$)|n(?=[{C}]|$)) ŋ
    [áà]                    ˈa
    é                       ˈɛ
    ê                       ˈe
    í                       ˈi
    ó                       ˈɔ
    ô                       ˈo
    ú(?=[mn][{W}])          ˈũ
    u(?=nh)                 N
    ú                       ˈu
    (?:(?<=[aáeéêoó])|(?<=[^qg]u)|(?<=ú))i(?![nm](?:$|[^{W}])|nh|[uúlrz]$|us$) J
    (?<=[aáeéêoóií])u(?![nm](?:$|[^{W}])|nh|[zlr]$) U
    (?<=i)o(?=s?$)          O
    (?<=[aáiíeéê])l(?=$|[^{W}h]) L
    (?<=[ou])l(?=[^{W}h])  w
    (?<=[uú])l$             w
    a(?=s?$)                æ
    e(?=s?$)                y
    o(?=s?$)                ʊ
    y                       i
    ü                       u
    [abdefilmnoprstuvwz]    =
    """,
    W="aeiouáâãàéêíóôõúüy", E="eiéêí", C="bcçdfgjklmpqrstvxz",
)  # fmt: skip
"""A: an a before m or n; J, U, L, M: the end of a diphthong; O: a final o behind i;
H: a silent h at the beginning; "*": stress unless there is a mark."""
_LAST: Final = lazy(r".*(?:[rlzxn]|[iu]s?|ios|io|im|ins|[uo]m|[uo]ns|ps)")
"""Endings of words with the stress on the last vowel; O is none."""
_OPEN: Final = Changes(
    r"""
    ˈe(?=tæs?$)                                     ˈE
    ˈe(?=ɾæs?$|ɾy$)                                ˈɛ
    ˈo(?=ɾæs?$)(?<=[dts]ˈo)                         ˈQ
    ˈe(?=[ptkfɡ]|[vs][^j]|[lL](?!j)|ɾə|x|st|dr)     ˈɛ
    ˈo(?=[ptkdɡxl](?!j|r)|[bp]r|st|ɾə|[vzɾ]æ|v[ye]|l$)    ˈɔ
    E                                               e
    Q                                               o
    """
)
_BEHIND_STRESS: Final = Changes(
    """
    a(?![JUL]|r$)       æ
    eL                  eU
    """
)
_FINALLY: Final = Changes(
    r"""
    (?<=ˈ)A             ɐ̃
    A                   æ
    eL                  ɛU
    L                   U
    (?<=ˈi)O            U
    O                   ʊ
    oU                  ow
    J                   ͡ɪ
    U                   ͡ʊ
    ˈN                  ˈũ
    N                   u
    M                   ͡ʊ̃
    """
)
_IN_PHRASE: Final = Changes(
    """
    s(?=_[ˈˌ]?[{V}bdɡvzʒmnlɾxwjɲʎ]) z
    r(?=_[ˈˌ]?[{V}])                ɾ
    (?<=[lrɾ])y(?=_[ˈˌ]?[{V}])      i
    (?<!_k)(?<!^k)(?<=[^_])y(?=_[ˈˌ]?[{V}]) j
    (?<=[^_][^_͡])ʊ(?=_[ˈˌ]?[{V}])   w
    (?:(?<=_)|(?<=^))ʊ(?=_[ˈˌ]?[{V}]) u
    si(?=ˈe͡ɪŋsj)                    sj
    æ(?=_ˌaː)                       -
    H                               -
    """,
    V="aeiouæɐɛɔʊy",
)
_GLIDE: Final = lazy("(?<![ˈaeiou])i(?=[æyO]s?$)")
_MENTE: Final = lazy("(.{3,})mente")
_UNSTRESSED: Final = frozenset(
    "o os um uns de do dos no nos num dum por com que ou se eu tu me te lhe vos meu meus teu teus seu seus ao foi ser "
    "ter tem vai vou pra faz".split()
)
_SECONDARY: Final = frozenset(
    "uma umas numa duma até desde para como onde você vocês ela ele elas eles dela dele delas deles não minha minhas "
    "tua tuas sua suas nosso nossa nossos nossas este esta estes estas neste nesta nesse era está estão estar sempre "
    "nunca vamos pode pudemos será estou estava teve tenho qualquer".split()
)
_WORDS: Final = pairs("""
    a a as as da da das das na na nas nas mas mas e i é ɛ à ˌaː às aːs há a ao a͡ʊ aos a͡ʊs nós nɔs vós vɔs são sɐ̃͡ʊ̃
    têm te͡ɪŋ vão vɐ̃͡ʊ̃
    neste nˌest͡ʃi gol ɡˈow
    esse ˌesi aquela akˌɛlæ aquelas akˌɛlæs sobre sˈobry muito mwˈiŋtʊ muita mwˈiŋtæ muitos mwˈiŋtʊs muitas mwˈiŋtæs
    pra pra site sˈa͡ɪt͡ʃy show ʃˈow shopping ʃˈɔpiŋ marketing mˈaɾəket͡ʃiŋ internet ˌiŋteɾənˈɛt͡ʃ pizza pˈit͡sæ
""")
_RESPELLED: Final = Respellings(
    """
    êste êstes êsse êsses êle êles aquêl dêle nêle tôd bôca gôst rôst pôsto bôlo lôbo fôgo jôgo pôrto côrpo fôrça
    mórt gôrd gôta côco espôs maiór melhór piór menór mulhér qualquér colhér déz pêlo gêlo cabêlo camêlo modêlo
    estrêla biciclét sôpa tôrre gôrro sêco sêca concêrto adóra vélh sóbe prêço cabêç comêço pêso vêrd cêrca trouSe
    meX puX roX tranqüil lingüiç pingüim cinqüenta agüent freqüent seqüênci seqüestr óvos póvos jógos fógos córpos
    óss idéi meXican govêrn quér primavér moéd féch gósto pôrque vólt desemprêg esquêrd prêt frêsc cachôrr pêl lój
    nóss têve taX nóve têxt
    """,
    endings="a o as os e es s",
    as_written={"ê": "e", "é": "e", "ô": "o", "ó": "o", "á": "a", "í": "i", "ü": "u", "S": "x", "X": "x"},
)
"""X is ʃ, S is s."""
_NAMES: Final = pairs("""
    b bˈe c sˈe d dˈe f ˈɛfy g ʒˈe h aɡˈa j ʒˈɔtæ k kˈa l ˈɛly m ˈemy n ˈeny p pˈe q kˈe r ˈɛxy s ˈɛsy t tˈe v vˈe
    w dˈablju x ʃˈis z zˈe ç sˈe
""")


def _word(written: str) -> str:
    word = plain(written, _ALPHABET)
    if _VOWELS.isdisjoint(word):
        return spelled(word, _NAMES)
    if word in _WORDS:
        return _WORDS[word]
    said = _LETTERS(_RESPELLED(word) or word)
    if word in _UNSTRESSED:
        return _FINALLY(said)
    if (adverb := _MENTE.fullmatch(word)) is not None:
        said = _LETTERS(adverb[1]).replace(STRESS, "").replace("*", "") + "mˈe͡ɪŋt͡ʃy"
        said = said.replace("smˈe", "zmˈe")
    else:
        said = _stressed(word, said)
    if word in _SECONDARY:
        return _FINALLY(said).replace(STRESS, SECONDARY)
    return _FINALLY(_with_secondary(said))


def _stressed(word: str, said: str) -> str:
    if STRESS in said:
        before, mark, after = _GLIDE.sub("j", said.replace("*", "")).partition(STRESS)
        return before + mark + after[0] + _BEHIND_STRESS(after[1:])
    before, mark, after = said.rpartition("*")
    if mark:
        return before.replace("*", "") + STRESS + after
    return _OPEN(with_stress(said, _NUCLEI, 1 if _LAST.fullmatch(word) else 2))


def _with_secondary(said: str) -> str:
    """One vowel before the stressed one has it only in a word that continues behind the stressed one."""
    head, _, tail = said.partition(STRESS)
    places = [at for at, phoneme in enumerate(head) if phoneme in _NUCLEI]
    if len(places) == 1 and any(phoneme in _NUCLEI or phoneme == "O" for phoneme in tail[1:]) and tail != "iO":
        return f"{said[: places[0]]}{SECONDARY}{said[places[0] :]}"
    return with_secondary(said, _NUCLEI)


def _clause(words: Sequence[str]) -> list[str]:
    return _IN_PHRASE(" ".join(with_last_stressed([_word(word) for word in words], _NUCLEI))).split(" ")


def rules(region: str) -> Rules:
    """region: without influence; the registry gives Portugal to the program."""
    return _clause

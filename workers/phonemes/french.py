"""French: letters to phonemes in the notation of espeak-ng's voice fr.

Sources: M. Grevisse, "Le bon usage", on spelling, silent letters and liaison, and comparison with the program's
answers. Verbs in -ent and nouns such as "argent" are distinguished by their endings.
"""

from collections.abc import Sequence
from typing import Final

from steadyvoice.workers.phonemes.clauses import Rules
from steadyvoice.workers.phonemes.letters import (
    SECONDARY,
    STRESS,
    LetterRules,
    pairs,
    plain,
    spelled,
    with_last_stressed,
    with_stress,
)
from steadyvoice.workers.text.patterns import lazy

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüÿœæ'"
_VOWELS: Final = frozenset("aeiouyàâäéèêëîïôöùûüÿœæ")
_NUCLEI: Final = "aeiouyøœɛɔəɑ"
_LETTERS: Final = LetterRules(
    """
    h                           -
    gts?$                       -
    (?<=n)c(?=s?$)              -
    ch(?=r)                     k
    ch                          ʃ
    ph                          f
    th                          t
    gn(?=e?s?$)                 ɲ
    gn                          nj
    sc(?=[{E}])|ç               s
    (?<=^se)c(?=ond)            ɡ
    cc(?=[{E}])                 ks
    c(?=[{E}])                  s
    cqu?|c?qu|cc?|k             k
    gg(?=[{E}])                 ɡʒ
    ge(?=[aoâô])                ʒ
    gu(?=[{E}])                 ɡ
    g(?=[{E}])                  ʒ
    j                           ʒ
    gg?(?=.)                    ɡ
    ^ex(?=[{V}h])               ɛɡz
    (?<=[{V}])xc(?=[{E}])       ks
    x$                          -
    (?<=[dsi])x(?=i[èe]m)       z
    x                           ks
    (?<=[{V}])s(?=[{V}h])       z
    ss                          s
    (?<=s)tion                  tjɔ̃
    ti(?=on|el|eux|aire|enc|ent) sj
    (?:(?<=[ae])|(?<=[oeœ]u)|(?<=œ))ill?(?=s?$|e(?:s|nt)?$) j
    (?:(?<=[ae])|(?<=[oeœ]u)|(?<=œ))ill j
    (?:(?<=^m)|(?<=^v)|(?<=nqu))ill il
    (?<=[{C}])ill|(?<=gu)ill|(?<=[jp]u)ill ij
    œu(?=fs$)                   ø
    œ(?=il)                     œ
    [œe]u(?=il)                 œ
    ue(?=il)                    œ
    ou(?=ill)                   u
    (?:œu|eu|eû)(?=(?:[rlfvp]|pl|vr)(?:[{C}]|e?s?$|ent$)) œ
    œu|eu|eû|œ                  ø
    eau                         o
    au(?=r)                     ɔ
    au                          o
    oin(?![{V}nm])              wɛ̃
    oi|oî                       wa
    oy(?=[{V}])                 waj
    ou(?=[aeiéèoy])(?!es?$|ent$) w
    o[uùû]                      u
    [ae]y(?=[{V}])              ɛj
    ays$                        ɛi
    ay(?=s)                     ɛi
    uy(?=[{V}])                 yij
    (?<=^b)ien(?=tô)            jɛ̃
    i[eé]n(?![{V}nmt])          jɛ̃
    (?<=[vt])ient?$             jɛ̃
    (?<=é)en$                   ɛ̃
    (?:ai|ei)[nm](?![{V}nm])    ɛ̃
    (?<=[^v]r)ai$               e
    a[iî]s?$                    ɛ
    e(?=ill|ils?$)              ɛ
    ôts?$|ô(?=[{C}]es?$)        oː
    û$                          yː
    aî|(?:ai|ei)(?!l(?:s?$|l))|ey$|ay$ ɛ
    [aâ][nm](?![{V}nmh])        ɑ̃
    ^enn                        ɑ̃n
    ^emm                        ɑ̃m
    e[nm](?![{V}nmh])           ɑ̃
    [iîy][nm](?![{V}nmh])       ɛ̃
    o[nm](?![{V}nmh])           ɔ̃
    u[nm](?![{V}nmh])           œ̃
    emm(?=ent$)                 am
    ée?(?=s?$)|é                e
    [èêë]                       ɛ
    (?<=.)er$|(?<=.)ers$        e
    ez$                         e
    et?$(?<=et)|ets$            ɛ
    ^e(?=ff|ss)                 e
    e(?=ss|x|[rlcf]s?$)         ɛ
    e(?={D})                    ɛ
    e(?=[lrs][bcdfgjklmnpqstvxz]|[cp]t|ct|st|sp|sc|rl|ll) ɛ
    (?<=[{C}{V}])es?$           -
    (?:(?<=[{V}][bcdfglmnprstvz])|(?<=[{V}]{L}))e(?=[bcdfgjlmnprstv][{V}]) -
    (?<=[{V}])e(?=[{C}])        -
    e                           ə
    [àâ]                        a
    [îï]                        i
    (?<=[bcdfgptv][lr])i        i
    ^ri                         ʁi
    [iïy](?=[{V}])(?!es?$|ent$|er[aoi]) j
    y                           i
    ô                           o
    o(?=s?$|[td]s?$|p$)         o
    o(?=[{V}])                  ɔ
    o(?={D}|ss|bl|[rlscpb][bcdfgjmnpqtvxz]|ct|pt) ɔ
    o(?=[{C}]+e?s?$) ɔ
    o                           o
    u(?=i)                      y
    [uûùü]                      y
    (?<=om)p(?=t)               -
    [tdpsz]s?$                  -
    rr?                         ʁ
    bb                          b
    dd                          d
    ff                          f
    ll                          l
    mm                          m
    nn                          n
    pp                          p
    tt                          t
    zz                          z
    w                           w
    [abdfilmnpstvz]             =
    """,
    V="aeiouyàâéèêëîïôùûœ", E="eiyéèêëîï", C="bcdfghjklmnpqrstvwxz", L="(?:ch|[nm][bcdfgpst]|ll|pp|tt|nn|ss)",
    D="bb|cc|dd|ff|gg|ll|mm|nn|pp|rr|tt|zz",
)  # fmt: skip
_UNSTRESSED: Final = frozenset(
    "un une des du au aux en dans sur sous sans pour par chez vers entre contre et ou mais car ni qui dont où très "
    "trop tu il elle on nous vous ils elles leur leurs y cet cette ces mon ton son notre nos votre vos plus pas ou "
    "tout toute tous toutes autre autres quel quelle quels quelles quand comme faut sont peu".split()
)
_SECONDARY: Final = frozenset(
    "avec avant après depuis quoi lui moi toi soi comment pourquoi aussi encore toujours jamais beaucoup".split()
)
_WORDS: Final = pairs("""
    le lə- la la- les le- du dy- cet sɛt notre notʁ votre votʁ autre otʁ autres otʁ chaque ʃak n'ai ne jean ʒˈɑ̃
    cinq sˈɛ̃k vingt vˈɛ̃ vers vɛʁ club klˈœb quelque kˌɛlkə quelques kˌɛlkə presque pʁˌɛskə pieds pjˈe basket
    baskˈɛt internet ɛ̃tɛʁnˈɛt suis syˌi neuf nˈœf fils fˈis mieux mjˌø assez asˌe plusieurs plyzjˌœʁ patient
    pasjˈɑ̃ donc dˈɔ̃k des de- de də- que kə ne nə- je ʒə- me mə- te tə- se sə- ce sə- ma ma- ta ta- sa sa- mes me-
    tes te- ses se- à a est ɛ es ɛ a a y i et e ou u où u qui ki c'est sɛ n'est nɛ j'ai ʒe ai ˈe femme fˈam femmes
    fˈam monsieur məsjˈø six sˈis dix dˈis soixante swasˈɑ̃t deuxième døzjˈɛm second səɡˈɔ̃ ville vˈil villes vˈil
    mille mˈil tranquille tʁɑ̃kˈil village vilˈaʒ eu ˈy aujourd'hui oʒuʁdyˈi automne otˈɔn examen ɛɡzamˈɛ̃ album
    albˈɔm parfum paʁfˈœ̃ pays pɛˈi bus bˈys août ˈut sept sˈɛt huit yˈit gens ʒˈɑ̃ temps tˈɑ̃ longtemps lɔ̃tˈɑ̃
    printemps pʁɛ̃tˈɑ̃ corps kˈɔʁ pied pjˈe clef klˈe nerf nˈɛʁ œufs ˈø bœufs bˈø hiver ivˈɛʁ mer mˈɛʁ fer fˈɛʁ cher
    ʃˈɛʁ ver vˈɛʁ enfer ɑ̃fˈɛʁ amer amˈɛʁ hier jˈɛʁ mars mˈaʁs ours ˈuʁs sens sˈɑ̃s tennis tenˈis atlas atlˈas maïs
    maˈis os ˈɔs net nˈɛt brut bʁˈyt but bˈyt
""")
_NAMES: Final = pairs("""
    b bˈe c sˈe d dˈe f ˈɛf g ʒˈe h ˈaʃ j ʒˈi k kˈa l ˈɛl m ˈɛm n ˈɛn p pˈe q kˈy r ˈɛʁ s ˈɛs t tˈe v vˈe w dubləvˈe
    x ˈiks z zˈɛd
""")
_NOT_VERB: Final = lazy(
    "(?!aiment|forment|ferment|dorment|fument|affirment|expriment|nomment|consomment|estiment).*ment"
    "|.*[cptlr]ient|dent|.*(?:acci|inci|prési|évi|pru)dent"
    "|(?:.*(?:ré|no|ac|es)|)cent|(?:.*(?:vio|ta|cel|so|va)|)lent|.*(?:ar|^a|ur|lli|ser)gent|.*(?:fré|consé|élo)quent"
    "|(?:sou|cou|para|a|)vent|.*(?:con|pa)tent|.*(?:pré|ab|con)sent|.*(?:[aé]|tor|cur)rent"
)
_HARD_H: Final = frozenset("héros haricot haricots hache haut haute hauts hautes honte huit hibou haine hasard".split())


def _word(written: str) -> str:
    word = plain(written, _ALPHABET)
    prefix, _, rest = word.rpartition("'")
    if word in _WORDS:
        return _WORDS[word]
    if not rest or _VOWELS.isdisjoint(rest):
        return spelled(word.replace("'", ""), _NAMES)
    elided = _LETTERS(prefix + "a").removesuffix("a") if prefix and prefix != "qu" else "k" if prefix else ""
    if rest in _WORDS:
        return elided + _WORDS[rest].replace("-", "")
    base = rest[:-2] if _is_plural_verb(rest) else rest
    said = _LETTERS(base)
    if not any(vowel in said for vowel in _NUCLEI):
        # The only vowel is not silent: "ge". What cannot be said is spelt.
        return f"{elided}{said}{STRESS}ə" if rest.endswith("e") else elided + spelled(rest, _NAMES)
    if rest in _UNSTRESSED:
        return elided + said
    return elided + with_stress(said, _NUCLEI, 1).replace(STRESS, SECONDARY if rest in _SECONDARY else STRESS)


def _is_plural_verb(word: str) -> bool:
    """Whether the final -ent is silent."""
    return len(word) > 4 and word.endswith("ent") and _NOT_VERB.fullmatch(word) is None


_NO_Z: Final = frozenset(
    "bus fils tennis os sens maïs mars gens gris amis colis atlas ours six dix voix temps corps".split()
)
_T: Final = frozenset(
    "est c'est n'est sont ont tout petit grand quand font vont peut faut vingt fut dont était étaient avait".split()
)
_N: Final = frozenset("un mon ton son on en aucun bien rien bon".split())
_NO_LINK_BEFORE: Final = frozenset("avec oui onze huit".split())


def _linked(word: str, following: str) -> str:
    """The consonant that a word has before a vowel."""
    first = plain(following, _ALPHABET)
    has_vowel = first[:1] in _VOWELS or (first[:1] == "h" and first not in _HARD_H)
    if not has_vowel or first in _NO_LINK_BEFORE:
        return ""
    word = plain(word, _ALPHABET)
    last = word.rpartition("'")[2]
    if last in _N:
        return "n"
    if last in _T or _is_plural_verb(word) or word.endswith(("ait", "aient", "eront")):
        return "t"
    if word in ("trop", "beaucoup"):
        return "p"
    return "z" if len(last) > 1 and last[-1] in "sxz" and last not in _NO_Z else ""


def _clause(words: Sequence[str]) -> list[str]:
    said = [_word(word) for word in words]
    for at, following in enumerate(words[1:]):
        if said[at] in ("sˈis", "dˈis"):
            said[at] = said[at][:-1] + ("z" if plain(following, _ALPHABET)[:1] in _VOWELS else "")
    for at, following in enumerate(words[1:]):
        link = _linked(words[at], following)
        said[at] += link
    return with_last_stressed(said, _NUCLEI)


def rules(region: str) -> Rules:
    """region: without influence; the program's voices fr-be and fr-ch differ in a few words."""
    return _clause

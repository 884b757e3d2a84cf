"""The language of a text, as far as it is beyond doubt: by its script, or by words such as "the" that every text has.

The lists are short, so that a segment costs some microseconds. A word counts for each language that lists it; words
that are frequent in English in another sense, such as "die", "war" and "me", are left out.
"""

import unicodedata
from functools import lru_cache
from typing import Final

from steadyvoice.workers.text.patterns import lazy

_WORD: Final = lazy(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MIN_WORDS: Final = 6
_MIN_LETTERS: Final = 30
"""A shorter text may be a name, a title or a quotation."""
_MIN_SCORE: Final = 5
_MIN_SHARE: Final = 0.25
"""Score per word."""
_MIN_TO_CONTINUE: Final = 2
"""Score of a text that may continue the language before it."""
_MARGIN: Final = 3
"""By how many times a language's score exceeds that of the voice's language."""
_SCRIPT_SHARE: Final = 0.7
"""Of the letters."""
_MIN_OF_SCRIPT: Final = 2
"""Letters; a single one has a name."""

# Per language: words that make sentences, and words that names and titles have too.
_WORDS: Final = {
    "en": (
        "the and of is are was were be been have has had that this these those with from they their there which what "
        "when where who would could should will can not but you your we our his her she it its for to at by if than "
        "then about into some only other after before because how do does did don't i'm it's just very my them him",
        "a an in on as or no so all any up out new one two",
    ),
    "es": (
        "que qué es está están estaba fue eran era ser son pero por para con sobre cuando cuándo como cómo muy más "
        "también todo todos nos nosotros ella ellos usted yo tú mi su sus se lo le les había hay han ha hemos tiene "
        "cual cuales según mediante otros otras mismo misma algunos algunas cualquier debe deben sea sean será así "
        "aunque mientras después antes dentro ningún ninguna esté cuyo cuya nuestra nuestro tienen puede pueden "
        "porque si sí ya hasta desde donde dónde este esta esto esos esas ese eso aquí ahora siempre nunca entre otro "
        "otra cada hace hacer hoy ayer mañana ni quiero gracias mucho mucha durante",
        "de la el los las del al y un una en o a sin",
    ),
    "fr": (
        "est sont était étaient être c'est qu'il qu'elle j'ai n'est que qui nous vous ils elle elles je il ne pas "
        "dans avec pour mais sur une cette ces ce son ses leur leurs notre votre mon plus très aussi bien comme tout "
        "tous sera seront entre selon lors lorsque chaque aucun aucune autre autres afin celui celle ceux cela dont "
        "doit doivent peuvent puis ainsi quel quelle lui fait faire peut été ont avait avez avons suis donc si sans "
        "sous où quand alors encore toujours jamais aujourd'hui hier demain même après avant depuis chez merci "
        "beaucoup quelque d'un d'une s'est n'a",
        "de la le les des du au aux et un en à ou l'on",
    ),
    "de": (
        "ist sind nicht ich wir sie er auch aber oder wenn dass daß wird werden wurde wurden haben hatte hatten einen "
        "eine einer einem eines noch nur schon wie über durch nach für kann können sich ihr ihre ihren sein seine "
        "mein dein uns euch bei aus vor zwischen weil doch immer mehr sehr hier heute gestern morgen dann zum zur vom "
        "worden jede jeder jedes jedem falls sowie wobei damit dadurch dafür welche welcher etwa bereits sei könnte "
        "würde sollte lässt nachdem bevor jedoch außerdem ob sondern dieser diese dieses diesem keine kein gibt muss "
        "müssen soll alle alles wieder ohne gegen unter seit danke ja",
        "der das und den dem des mit von zu im auf ein als bis am",
    ),
    "it": (
        "che è sono era erano essere non per con ma più anche questo questa questi queste quello quella si ci mi ti "
        "lo gli nel nella nei nelle sul sulla dal dalla dei delle degli alla alle allo hanno ha ho abbiamo avere "
        "stato stata molto tutto tutti quando perché cosa chi se loro lui lei noi voi suo sua suoi ancora sempre "
        "alcuni alcune altro altri altra altre fino poi stesso stessa quale quali quanto viene vengono siano possono "
        "deve devono proprio mentre invece sugli sulle dagli dalle dall nello negli oppure verso dentro mai oggi ieri "
        "domani può dopo prima senza fra tra grazie ogni già così c'è un'altra",
        "di la il le i del della e un una uno in da al dell a o",
    ),
    "pt": (
        "que não é são está estão foi era ser mas por para com sem sobre quando como muito mais também nós ela ele "
        "eles você eu meu minha seu sua se lhe há tem têm pode porque já até desde onde este esta isto isso esse essa "
        "podem deve devem outro outra outros mesmo mesma qualquer apenas caso então ainda depois antes dentro assim "
        "seus suas esses essas nenhum sendo aqui agora sempre nunca entre cada fazer hoje ontem amanhã uma pelo pela "
        "num numa ao à obrigado muita",
        "de a o os as do da dos das no na nos nas e um em ou",
    ),
    "nl": (
        "het een niet ik wij zij hij ze zijn maar ook als dan dat dit deze die wat wie naar voor met aan uit bij nog "
        "wel geen kan kunnen wordt worden heeft hebben onze ons jullie jij mijn haar hun omdat waar heel veel meer "
        "vandaag gisteren morgen moet er",
        "de van en in op te om tot",
    ),
    "sv": (
        "är och inte jag vi ni han hon det den som att för med på av till från ett men eller om så när var här mycket "
        "mer också har hade kan ska skulle blir sig sin sitt vad vem efter idag",
        "en i de du",
    ),
    "pl": (
        "jest są nie się że jak ale czy był była było były będzie przez dla oraz który która które tego tym jego jej "
        "ich lub jeśli jeżeli został została należy aby więc też gdy jako będą mają mnie ja ty my wy oni tylko już "
        "jeszcze bardzo może można gdzie kiedy dlaczego po przed od",
        "i w z na do o za u",
    ),
}  # fmt: skip
_STRONG: Final = 2
_WEAK: Final = 1


def _weights() -> dict[str, tuple[tuple[str, int], ...]]:
    weights: dict[str, dict[str, int]] = {}
    for language, (strong, weak) in _WORDS.items():
        for words, weight in ((weak, _WEAK), (strong, _STRONG)):
            for word in words.split():
                weights.setdefault(word, {})[language] = weight
    return {word: tuple(scores.items()) for word, scores in weights.items()}


_WEIGHTS: Final = _weights()
LATIN: Final = frozenset(_WORDS)
"""Languages that their words distinguish."""
_SIGNS: Final = {"¿": "es", "¡": "es", "ñ": "es", "ß": "de"}
_HAS_SIGN: Final = lazy("[¿¡ñß]")

_SCRIPTS: Final = {
    "CYRILLIC": "und-Cyrl", "ARABIC": "ar", "HEBREW": "he", "GREEK": "el", "DEVANAGARI": "und-Deva", "THAI": "th",
    "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "BENGALI": "bn", "TAMIL": "ta", "TELUGU": "te",
    "GEORGIAN": "ka", "ARMENIAN": "hy",
}  # fmt: skip
_BY_LETTER: Final = {
    "und-Cyrl": (("uk", frozenset("іїєґІЇЄҐ")), ("ru", frozenset("ыэёЫЭЁ"))),
    "ar": (("ur", frozenset("ٹڈےں")), ("fa", frozenset("پچژگ"))),
}
"""Letters that only one of the languages of a script has."""
_ALPHABETS: Final = frozenset(("el", "he", "ar", "und-Cyrl"))
_MIN_WORD: Final = 3
"""Letters of the longest word in an alphabet; shorter ones are signs of mathematics."""


def detected(text: str, own: str, before: str = "") -> str:
    """The language of a text if it is clearly another one than ``own``; "" where it is own or in doubt.

    own: one of LATIN. before: what was detected of the text before this one, which a text without much evidence of its
    own continues.
    """
    words = _WORD.findall(text)
    if not text.isascii() and (language := _by_script(words)):
        return language
    scores = _scores(text, words)
    mine = scores.pop(own, 0)
    best = max(sorted(scores), key=lambda language: scores[language], default="")
    if best and len(words) >= _MIN_WORDS and sum(map(len, words)) >= _MIN_LETTERS:
        is_clear = scores[best] >= max(_MIN_SCORE, _MARGIN * mine, _MIN_SHARE * len(words))
        if is_clear and _makes_sentences(words, best, 2 if mine else 1):
            return best
    return before if scores.get(before, 0) >= max(_MIN_TO_CONTINUE, _MARGIN * mine) else ""


def _scores(text: str, words: list[str]) -> dict[str, int]:
    """Each word counts once. Capitalized words are names, except the first."""
    scores: dict[str, int] = {}
    counted = {word.replace("’", "'") for word in (words[0].lower(), *words) if word.islower()} if words else ()
    for word in counted:
        for language, weight in _WEIGHTS.get(word, ()):
            scores[language] = scores.get(language, 0) + weight
    if scores and _HAS_SIGN.search(text):
        for sign in _SIGNS.keys() & set(text):
            scores[_SIGNS[sign]] = scores.get(_SIGNS[sign], 0) + _WEAK
    return scores


def _makes_sentences(words: list[str], language: str, least: int) -> bool:
    """So many different words of the language that names and titles do not have."""
    found = {word for word in map(str.lower, words) if (language, _STRONG) in _WEIGHTS.get(word.replace("’", "'"), ())}
    return len(found) >= least


def _by_script(words: list[str]) -> str:
    """The language of a text with most of its letters in one script other than Latin."""
    counts: dict[str, int] = {}
    longest = 0
    for word in words:
        for letter in word:
            language = _script(letter) if letter > "\u036f" else ""
            counts[language] = counts.get(language, 0) + 1
        longest = max(longest, len(word))
    if "ja" in counts:  # Japanese has Chinese characters too
        counts["ja"] += counts.pop("zh", 0)
    best = max(counts, key=lambda language: counts[language], default="")
    letters_in_all = sum(counts.values())
    if not best or letters_in_all < _MIN_OF_SCRIPT or counts[best] < _SCRIPT_SHARE * letters_in_all:
        return ""
    if best in _ALPHABETS and longest < _MIN_WORD:
        return ""
    letters = set("".join(words))
    for language, own in _BY_LETTER.get(best, ()):
        if letters & own:
            return language
    return best


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "")

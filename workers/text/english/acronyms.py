"""Whether a run of letters is said as a word or letter by letter."""

from typing import Final

from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.spelling import letters

_ONSETS: Final = frozenset(
    (
        " b bl br c ch chl chr cl cr d dr dw f fl fr g gh gl gn gr h j k kh kl kn kr l ll m n p ph phr pl pr ps q r rh "
        "s sc sch scr sh shr sk sl sm sn sp sph spl spr sq st str sw t th thr tr tw v w wh wr x z"
    ).split(" ")
)
_CODAS: Final = frozenset(
    (
        " b bb bt c ch cht ck ct d dd dg dst dth f ff ft fth g gg gh ght gn h hn k l lb lch ld lf lft lfth lk "
        "ll lm lp lph lsh lt lth ltz lv m mb mm mn mp mph mpt n nc nch nd ng ngst ngth nk nn nt nth nx nz p ph "
        "pp pt pth r rb rc rch rd rf rg rk rl rld rm rn rnt rp rph rr rsh rst rt rth rtz rv s sc sh sk sm sp "
        "ss st t tch th tt tz v w wd wk wl wn x xt xth z zz"
    ).split(" ")
)
_VOWELS: Final = lazy("[aeiouy]+")
_MAX_VOWELS: Final = 4
_DRAWN_OUT: Final = lazy(r"(.)\1\1|(?:HA){2}")
"""As in "NOOOO"."""
PRONOUNS: Final = frozenset(("US", "IT", "AM"))
"""Short words that in capitals are letters too."""
_SHORT_NAME: Final = 4
"""Letters."""
_LONG: Final = 6
"""Letters. A run of so many is said as a word if it has a vowel."""

SHORT_WORDS: Final = frozenset(
    (
        "act add ads age ago ah aid aim air all am an and any arc are arm art as ash ask at ate awe aww axe "
        "bad bag ban bar bat bay be bed bee beg bet bid big bin bit bow box boy brr bud bug bus but buy by "
        "bye cab can cap car cat cop cow cry cub cup cut dad dam day den did die dig dip do dog dot dry due "
        "duh ear eat egg end ex eye fan far fat fed few fin fit fix fly fog for fox fun gap gas gem get go "
        "god got grr gun guy gym had ham has hat he hen her hey hi hid him hip his hit hmm hop hot how hub "
        "hug huh ice if ill in ink is it its jam jar jaw jet job joy key kid lab lap law lay leg let lid lie "
        "lip lit log lot low mad man map max may me men met mid mix mmm mob mom mop mud mug my nah nap net no "
        "nod nor not now nut oak odd of off oh oil old on one or our out owe own pad pal pan pat paw pay pea "
        "pen pet pie pig pit pod pop pot psst pub put rag ran rat raw ray red rib rid rim rob rod rot row rub "
        "rug run sad sat saw say sea see set sew sex she shh sin sip sir sit six sky so son spy sun tab tag "
        "tap tax tea ten the tie tip to toe ton too top tow toy try tsk tub two ugh up us use van via vow war "
        "was way we web wet who why wig win won wow yay yes yet you zoo zzz"
    ).split()
)
"""Ordinary words of two or three letters, and interjections without vowels. Any other two or three capitals are taken
for letters."""

_WORDS: Final = frozenset(
    (
        "ANSI ASCII CERN DOS FIFA GIF GNU GUI JPEG LAN LASER MPEG NAFTA NASA NATO OSHA PIN RAID RAM ROM SIM SONAR SQL "
        "TIFF UEFA UNESCO UNICEF WAN BIOS MAC TED NAS HUD JSON YAML TOML NGINX YOLO SWAT "
        "COVID GMAIL RADAR SCUBA MIDI MIME CAD SAT GIS VAT"
    ).split()
)
_LETTERS: Final = frozenset(
    (
        "AARP ACLU ADA AES AI API ASCAP ASL ATM BYOB CIA CIO CFO CEO COO DIY EPA ESPN EU FAQ GUID HIV IEEE IOS IPA IRA "
        "IRS IUCN IUPAC MIT NAACP NYSE OCR OK PBS ROI SUV UAE UCLA UFO UI UK UN URL USA USAF USDA UUID UX VIP "
        "YMCA YWCA AOL EDU EXE IO ISO OS PHP UDP UAV IDE IDS MIA LCD LED LGA LAX ESL EKG IVF IUD AKA ETA EMT "
        "SOS UPS USPS DUI ESP FAA FIA GED GOP HOA IOU IPO ISP ISS OEM OBE POV RAF SEO SEC UPI NYC ANC EMS ESA LOL RIP"
    ).split()
)


def is_ordinary(capitals: str) -> bool:
    """A word that is written in capitals only for emphasis or in a heading."""
    return not is_known(capitals) and capitals not in PRONOUNS and is_word(capitals)


def is_known(capitals: str) -> bool:
    """An acronym of which the reading is known."""
    return capitals in _WORDS or capitals in _LETTERS


def is_pronounceable(word: str) -> bool:
    """Its consonants could begin, join and end the syllables of an English word. Lower or upper case."""
    word = word.lower()
    vowels = _VOWELS.findall(word)
    if not vowels or max(map(len, vowels)) > _MAX_VOWELS:
        return False
    if not _VOWELS.sub("", word):
        return False
    first, *inner, last = _VOWELS.split(word)
    if first not in _ONSETS:
        return False
    return (last in _CODAS or (last.endswith("s") and last[:-1] in _CODAS)) and all(map(_joins, inner))


def _joins(consonants: str) -> bool:
    """Between two vowels: the end of one syllable and the beginning of the next."""
    return any(consonants[:i] in _CODAS and consonants[i:] in _ONSETS for i in range(len(consonants) + 1))


def is_word(capitals: str) -> bool:
    """A word in capitals is said as a word, as "NASA" and "STOP" are; not letter by letter, as "NHS" is."""
    if capitals in _WORDS or capitals in _LETTERS:
        return capitals in _WORDS
    if len(capitals) < 4 or capitals.lower() in SHORT_WORDS:
        return capitals.lower() in SHORT_WORDS
    if _DRAWN_OUT.search(capitals):
        return True
    return is_pronounceable(capitals) or (len(capitals) >= _LONG and _VOWELS.search(capitals.lower()) is not None)


def is_name(capitals: str) -> bool:
    """Among words in capitals, where an unknown word is a name more often than an acronym."""
    has_vowel = _VOWELS.search(capitals.lower()) is not None
    return len(capitals) > 2 and (is_pronounceable(capitals) or (len(capitals) > _SHORT_NAME and has_vowel))


_PARTS: Final = frozenset("co etc env".split())
"""Parts of addresses that are said as words."""
_SAID_OTHERWISE: Final = {"jpg": "jpeg"}


def named(part: str) -> str:
    """A part of an address in lower case: "www" as letters, "com" as a word."""
    capitals = part.upper()
    if part in _PARTS or part in _SAID_OTHERWISE:
        return _SAID_OTHERWISE.get(part, part)
    if is_word(capitals) or (len(part) > 2 and capitals not in _LETTERS and is_pronounceable(part)):
        return part
    return letters(part)


def named_user(part: str) -> str:
    """As named; an initial and a surname, as in "jsmith", are a letter and a word."""
    if len(part) > 3 and not is_known(part.upper()) and not is_pronounceable(part) and is_pronounceable(part[1:]):
        return f"{letters(part[0])} {part[1:]}"
    return named(part)


def said(part: str) -> str:
    """A part of a code: a word as it is, else its letters' names."""
    return part if is_word(part.upper()) and part not in PRONOUNS else letters(part)

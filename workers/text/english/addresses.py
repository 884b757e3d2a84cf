"""Addresses of mail, web, files and machines; handles and hashtags."""

import re
from typing import Final

from steadyvoice.workers.text.english import machines, paths
from steadyvoice.workers.text.english.abbreviation_tables import CHAT
from steadyvoice.workers.text.english.acronyms import named
from steadyvoice.workers.text.english.address_parts import LABELS, PORT, REST, host_and_rest, read, read_user
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule
from steadyvoice.workers.text.spelling import letters

_DOMAINS: Final = frozenset(
    (
        "com org net edu gov mil int info biz name pro io co ai app dev tv fm gg cc xyz online site store shop blog "
        "tech cloud page wiki club news live media studio agency world space uk us ca au nz ie de fr es it nl be ch at "
        "se no dk fi pl pt cz gr hu ro ru ua tr jp cn kr hk sg tw th vn id my ph br mx ar cl za ng ke eg il ae sa eu "
        "me ly to is so in am"
    ).split()
)
_WORDS_TOO: Final = frozenset(
    (
        "at no is to in me my so us am it be id name live online space store page news world media pro club site agency"
    ).split()
)
"""Domains that are words too: after a missing space, "it.is" is no address unless something else shows it."""
_COUNTRY_BEFORE: Final = frozenset("com co org net gov edu ac".split())
"""Before a country's two letters, whichever these are."""
_MAIL: Final = lazy(
    rf"(?<![\w@+&-])(?<!\w\.)(?:mailto:)?(?P<user>[\w.+%&'-]{{1,64}}+)@(?P<host>{LABELS}[A-Za-z]{{2,24}}|localhost)(?![\w@])"
    r"(?P<rest>[:/](?>(?:[\w/%+~-]|\.(?=\w))*)(?<=[\w/])(?![\w@]))?"
)
_LINK: Final = lazy(
    r"(?<![\w])(?P<scheme>[A-Za-z][A-Za-z0-9+]{1,15}+)://(?P<host>(?>(?:[\w@%~-]|\.(?=\w))+))"
    rf"{PORT}(?P<rest>{REST})(?<=\w|[/=&%#~+-])"
)


def _mail(match: re.Match[str]) -> str:
    rest = (match["rest"] or "").removesuffix("/")
    return f"{read_user(match['user'])} at {read(match['host'] + rest)}"


def _link(match: re.Match[str]) -> str:
    scheme = "" if match["scheme"].startswith("http") else f"{named(match['scheme'])} colon slash slash "
    return scheme + host_and_rest(match)


def _file_link(match: re.Match[str]) -> str:
    return read(match[0].removesuffix("/"))


def _enclosed(match: re.Match[str]) -> str | None:
    if mail := _MAIL.fullmatch(match[1]):
        return _mail(mail)
    link = _LINK.fullmatch(match[1])
    return None if link is None else _link(link)


def _site(match: re.Match[str]) -> str | None:
    labels = match["host"].lower().split(".")
    is_certain = labels[0] == "www" or len(labels) > 2 or match["port"] or (match["rest"] or "").startswith("/")
    if not any(map(str.isalpha, labels[-2])) and len(labels) == 2:
        return None
    if not _is_domain(labels) or (labels[-1] in _WORDS_TOO and not is_certain):
        return None
    return host_and_rest(match)


def _is_domain(labels: list[str]) -> bool:
    if labels[-1] in _DOMAINS or labels[0] == "www" or (labels[-2] in _COUNTRY_BEFORE and len(labels[-1]) == 2):
        return True
    return len(labels) == 2 and len(labels[0]) > 2 and _is_no_word(labels[1])


def _is_no_word(name: str) -> bool:
    """A name such as "xyz", which can begin no sentence after a missing space."""
    return len(name) in (3, 4) and name not in CHAT and named(name) == letters(name)


def _handle(match: re.Match[str]) -> str:
    return "at " + read_user(match[1])


def _hashtag(match: re.Match[str]) -> str:
    return "hashtag " + read(match[1].replace("_", " ")).replace("  ", " ").strip()


RULES: tuple[Rule, ...] = (
    Rule("e-mail address", LETTER + DIGIT + "_.", _MAIL, _mail),
    Rule("link", LETTER, _LINK, _link),
    Rule("link to a file", "f", lazy(rf"(?<!\w)file://(?=/){REST}(?<=[\w/])"), _file_link),
    Rule(
        "address in angle brackets",
        "<",
        lazy(r"<(?:mailto:)?([\w+.-]{1,64}+(?:@|://)[^\s<>]{1,250}+)>"),
        _enclosed,
    ),
    Rule(
        "web address",
        LETTER + DIGIT,
        lazy(
            rf"(?<![\w@./:\\-])(?P<host>{LABELS}(?:[a-z]{{2,24}}|COM|ORG|NET|EDU|GOV))(?![\w@-])(?!\.[a-z0-9])"
            rf"{PORT}(?P<rest>[/?#]{REST}(?<=[\w/=&%#~+-]))?"
        ),
        _site,
    ),
    *paths.RULES,
    *machines.RULES,
    Rule("handle", "@", lazy(r"(?<![\w.@/])@([A-Za-z_]\w{1,38}+)(?!@)"), _handle),
    Rule("hashtag", "#", lazy(r"(?<![\w#&/])#([^\W\d_]\w{1,60}+)(?![;#])"), _hashtag),
)

"""Addresses of mail, web, files and machines; handles and hashtags."""

import re
from typing import Final

from steadyvoice.workers.text.english.acronyms import named
from steadyvoice.workers.text.english.number_words import cardinal, spelled, year
from steadyvoice.workers.text.rules import DIGIT, LETTER, Rule
from steadyvoice.workers.text.spelling import letters

_SIGNS: Final = {
    ".": "dot",
    "-": "dash",
    "_": "underscore",
    "/": "slash",
    "\\": "backslash",
    ":": "colon",
    "@": "at",
    "+": "plus",
    "?": "question mark",
    "=": "equals",
    "&": "and",
    "%": "percent",
    "#": "hash",
    "~": "tilde",
    "*": "star",
    ",": "comma",
    ";": "semicolon",
    "!": "exclamation mark",
}
_PIECE: Final = re.compile(r"\d+|[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|[A-Z]|.", re.DOTALL)
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
_EXTENSIONS: Final = frozenset(
    (
        "txt md rst pdf doc docx odt rtf tex xls xlsx ods csv tsv ppt pptx png jpg jpeg gif svg webp bmp tif tiff ico "
        "mp mp3 mp4 wav flac ogg opus m4a mkv mov avi webm zip tar gz bz2 xz zst rar 7z iso deb rpm dmg exe msi dll "
        "apk py pyc pyi ipynb js mjs jsx ts tsx css scss html htm xml json jsonl yaml yml toml ini cfg conf log lock "
        "sh bash zsh fish bat ps1 rs rb php java kt cpp hpp cc hh cs swift lua sql db sqlite bak tmp env whl onnx "
        "safetensors service socket"
    ).split()
)
_SHORT_EXTENSIONS: Final = frozenset("c h r m go so pl d".split())
"""Only in a path with a slash: elsewhere they are words and initials."""
_HIDDEN: Final = frozenset(
    "bashrc zshrc profile vimrc gitignore git ssh config cache local htaccess editorconfig".split()
)
_ROOTS: Final = frozenset("src lib usr bin var tmp etc docs opt dev node_modules".split())

_LABELS: Final = r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}+\.){1,6}"
_REST: Final = r"(?:[\w/%&=+~#@-]|[.,:;!?](?=[\w/%&=+~#@-]))*+"
_FOLDER: Final = r"(?:[\w@+%*-]|\.(?=[\w*])| (?=[A-Z(][\w().]{0,20}\\)|[()])++"
"""Of a Windows path: a space stands before a word that goes on to a backslash."""
_NAME: Final = r"(?:[\w@+%*-]|\.(?=[\w*]))++"
_MAIL: Final = re.compile(
    rf"(?<![\w@.+-])[\w.+%-]{{1,64}}+@(?:{_LABELS}[A-Za-z]{{2,24}}|localhost)(?![\w@])(?::[\w./-]*\w)?"
)
_LINK: Final = re.compile(
    r"(?<![\w])(?P<scheme>[A-Za-z][A-Za-z0-9+]{1,15}+)://(?P<host>(?:[\w@%~-]|\.(?=\w))++)"
    rf"(?::(?P<port>\d{{1,5}})(?!\w))?(?P<rest>{_REST})(?<=\w|[/=&%#~+-])"
)


def read(address: str) -> str:
    """Every part and every sign of an address."""
    return " ".join(_part(piece[0]) for piece in _PIECE.finditer(address))


def _part(piece: str) -> str:
    if piece.isdecimal():
        return _number(piece)
    return named(piece.lower()) if piece.isalpha() else _SIGNS.get(piece, piece)


def _number(digits: str) -> str:
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return year(digits)
    return cardinal(digits) if len(digits) < 3 else spelled(digits)


def _port(digits: str) -> str:
    """8080 as "eighty eighty", 3000 as "three thousand", 443 digit by digit."""
    if len(digits) == 4 and digits[1:] == "000":
        return cardinal(digits)
    if len(digits) == 4 and digits[0] != "0" and digits[2] != "0":
        return f"{cardinal(digits[:2])} {cardinal(digits[2:])}"
    return cardinal(digits) if len(digits) < 3 else spelled(digits)


def _host_and_rest(host: str, port: str | None, rest: str | None) -> str:
    parts = [read(host), f"colon {_port(port)}" if port else "", read((rest or "").removesuffix("/"))]
    return " ".join(filter(None, parts))


def _mail(match: re.Match[str]) -> str:
    return read(match[0])


def _link(match: re.Match[str]) -> str:
    scheme = "" if match["scheme"].startswith("http") else f"{named(match['scheme'])} colon slash slash "
    return scheme + _host_and_rest(match["host"], match["port"], match["rest"])


def _enclosed(match: re.Match[str]) -> str | None:
    if mail := _MAIL.fullmatch(match[1]):
        return _mail(mail)
    link = _LINK.fullmatch(match[1])
    return None if link is None else _link(link)


def _site(match: re.Match[str]) -> str | None:
    labels = match["host"].split(".")
    is_certain = labels[0] == "www" or len(labels) > 2 or match["port"] or (match["rest"] or "").startswith("/")
    if labels[-1] not in _DOMAINS or (not any(map(str.isalpha, labels[-2])) and len(labels) == 2):
        return None
    if labels[-1] in _WORDS_TOO and not is_certain:
        return None
    return _host_and_rest(match["host"], match["port"], match["rest"])


def _local_host(match: re.Match[str]) -> str | None:
    return _host_and_rest(match["host"], match["port"], match["rest"]) if match["port"] or match["rest"] else None


def _path(match: re.Match[str]) -> str | None:
    return None if match[0] in ("/or", "/and") else read(match[0])


def _relative(match: re.Match[str]) -> str | None:
    """A path from a folder's name: it ends with a file's extension, or begins with a folder that is no word."""
    extension = match[0].rpartition("/")[2].rpartition(".")
    is_file = bool(extension[1]) and extension[2].lower() in _EXTENSIONS | _SHORT_EXTENSIONS
    return read(match[0]) if is_file or match[0].partition("/")[0] in _ROOTS else None


def _file(match: re.Match[str]) -> str | None:
    extension = match["extension"]
    return read(match[0]) if extension == "NET" or extension.lower() in _EXTENSIONS else None


def _hidden(match: re.Match[str]) -> str | None:
    name = match[1]
    return read(match[0]) if name == "NET" or name in _EXTENSIONS or name in _HIDDEN else None


def _ipv4(match: re.Match[str]) -> str | None:
    numbers = match["address"].split(".")
    if any(int(number) > 255 for number in numbers):
        return None
    words = " dot ".join(map(_byte, numbers))
    if match["prefix"]:
        words += f" slash {cardinal(match['prefix'])}"
    return words + (f" colon {_port(match['port'])}" if match["port"] else "")


def _byte(digits: str) -> str:
    """127 as "one twenty seven", 101 as "one oh one"."""
    if len(digits) < 3 or digits[0] == "0":
        return cardinal(digits)
    if digits[1:] == "00":
        return cardinal(digits)
    return f"{cardinal(digits[0])} {cardinal(digits[1:]) if digits[1] != '0' else f'oh {cardinal(digits[2])}'}"


def _hexadecimal(match: re.Match[str]) -> str | None:
    """Digit by digit. Two colons alone also stand between names of programs: "std::cout"."""
    text = match[0]
    if not any(map(str.isdecimal, text)) or ("::" not in text and text.count(":") not in (5, 7)):
        return None
    return " ".join(letters(c) if c.isalpha() else spelled(c) if c.isdecimal() else _SIGNS[c] for c in text)


def _handle(match: re.Match[str]) -> str:
    return "at " + read(match[1])


def _hashtag(match: re.Match[str]) -> str:
    return "hashtag " + read(match[1].replace("_", " ")).replace("  ", " ").strip()


RULES: tuple[Rule, ...] = (
    Rule(
        "e-mail address",
        LETTER + DIGIT + "_",
        _MAIL,
        _mail,
    ),
    Rule(
        "link",
        LETTER,
        _LINK,
        _link,
    ),
    Rule(
        "address in angle brackets",
        "<",
        re.compile(r"<(?:mailto:)?([\w+.-]{1,64}+(?:@|://)[^\s<>]{1,250}+)>"),
        _enclosed,
    ),
    Rule(
        "web address",
        LETTER + DIGIT,
        re.compile(
            rf"(?<![\w@./:\\-])(?P<host>{_LABELS}[a-z]{{2,24}})(?![\w@-])(?!\.[a-z0-9])"
            rf"(?::(?P<port>\d{{1,5}})(?!\w))?(?P<rest>[/?#]{_REST}(?<=[\w/=&%#~+-]))?"
        ),
        _site,
    ),
    Rule(
        "local host",
        LETTER,
        re.compile(rf"(?<![\w.-])(?P<host>localhost)(?::(?P<port>\d{{1,5}})(?!\w))?(?P<rest>/{_REST})?"),
        _local_host,
    ),
    Rule("Windows path", LETTER, re.compile(rf"(?<!\w)[A-Za-z]:\\(?:{_FOLDER}(?:\\{_FOLDER})*+\\?)?"), _path),
    Rule(
        "path",
        "/~.",
        re.compile(rf"(?<![\w/.<)\]~])(?:~?/|\.{{1,2}}/)(?=[^\W\d]|[.*@]\w){_NAME}(?:/{_NAME})*+/?(?!\w)"),
        _path,
    ),
    Rule("relative path", LETTER + "_", re.compile(rf"(?<![\w./\\@]){_NAME}(?:/{_NAME})++(?!\w)"), _relative),
    Rule(
        "file",
        LETTER + DIGIT + "_*",
        re.compile(
            r"(?<![\w./\\@])(?:\*|[\w-]{1,64}+)(?:\.[\w-]{1,64}+){0,4}?\.(?P<extension>[A-Za-z0-9]{2,11})(?![\w(])(?!\.\w)"
        ),
        _file,
    ),
    Rule("hidden file", ".", re.compile(r"(?<![\w.)\]])\.([A-Za-z]\w{1,12})(?![\w.]\w?)"), _hidden),
    Rule(
        "IPv4 address",
        DIGIT,
        re.compile(
            r"(?<![\w.])(?<![vV]ersion )(?P<address>\d{1,3}(?:\.\d{1,3}){3})(?![\w])(?!\.\d)"
            r"(?:/(?P<prefix>\d{1,2})(?![\w.]\d?)|:(?P<port>\d{1,5})(?!\w))?"
        ),
        _ipv4,
    ),
    Rule(
        "hexadecimal address",
        LETTER + DIGIT + ":",
        re.compile(
            r"(?<![\w:.])(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|(?:[0-9A-Fa-f]{1,4}::?|::){1,8}[0-9A-Fa-f]{0,4})(?![\w:])"
        ),
        _hexadecimal,
    ),
    Rule("handle", "@", re.compile(r"(?<![\w.@/])@([A-Za-z_]\w{1,38}+)(?!@)"), _handle),
    Rule("hashtag", "#", re.compile(r"(?<![\w#&/])#([^\W\d_]\w{1,60}+)(?!;)"), _hashtag),
)

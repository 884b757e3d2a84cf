"""Changes of a lexicon file's text that keep its other lines as they are, comments among them."""

import tomllib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from steadyvoice.workers.text.lexicon.tables import VOICE, BadLexicon, parse
from steadyvoice.workers.text.patterns import lazy

_LINE: Final = lazy(r"[^\n]*\n|[^\n]+\Z")
_COMMENT: Final = lazy(r"[ \t]*#")
_BARE: Final = lazy(r"[A-Za-z0-9_-]+")


class Key(NamedTuple):
    """An entry's table, as in `tables.Table`, and its word."""

    language: str
    voice: str
    word: str


class _Line(NamedTuple):
    text: str
    place: tuple[str, str]
    """Language and voice of the table."""
    word: str | None = None
    """None: no entry."""
    is_header: bool = False


def entries(text: str) -> dict[Key, str]:
    """All entries of a file. BadLexicon."""
    return {
        Key(table.language, table.voice, word): pronunciation
        for table in parse(text)
        for word, pronunciation in table.entries.items()
    }


def changed(text: str, changes: Mapping[Key, str | None]) -> str:
    """The text with these entries set; None removes one. A language has the capitalisation of its table in the file.

    BadLexicon where the text is no lexicon, or is written in a way that can only be changed by hand.
    """
    wanted = entries(text)
    for key, pronunciation in changes.items():
        wanted.pop(key, None)
        if pronunciation is not None:
            wanted[key] = pronunciation
    lines = list(_lines(text))
    left = dict(changes)
    result: list[_Line] = []
    for line in lines:
        key = Key(*line.place, line.word or "")
        if line.word is None or key not in left:
            result.append(line)
        elif (pronunciation := left.pop(key)) is not None:
            result.append(line._replace(text=_entry(key.word, pronunciation) + _ending(line.text)))
    new = _joined(result, {key: said for key, said in left.items() if said is not None})
    try:
        is_right = entries(new) == wanted
    except BadLexicon:
        is_right = False
    if not is_right:
        raise BadLexicon("its lines are not one entry each, so that it can only be changed with an editor")
    return new


def _lines(text: str) -> "list[_Line]":
    found: list[_Line] = []
    place = "", ""
    for line in _LINE.findall(text):
        try:
            data: dict[str, Any] = tomllib.loads(line)
        except ValueError:  # a part of something longer
            data = {}
        ((word, value),) = data.items() if len(data) == 1 else [(None, None)]
        if isinstance(value, dict) and line.lstrip().startswith("["):
            place = ("", next(iter(value), "")) if word == VOICE else (word or "", "")
            found.append(_Line(line, place, is_header=True))
        else:
            found.append(_Line(line, place, word if isinstance(value, str) else None))
    return found


def _joined(lines: list[_Line], new: Mapping[Key, str]) -> str:
    """The text of the lines, with new entries at the end of their tables."""
    at = {("", ""): _after_first_comment(lines)}
    for number, line in enumerate(lines, 1):
        if line.is_header or line.word is not None:
            at[line.place] = number
    added: dict[int, list[str]] = {}
    tables: dict[tuple[str, str], list[str]] = {}
    for key, pronunciation in new.items():
        place = key[:2]
        target = added.setdefault(at[place], []) if place in at else tables.setdefault(place, [])
        target.append(_entry(key.word, pronunciation) + "\n")
    parts = list(added.get(0, []))
    for number, line in enumerate(lines, 1):
        parts.append(line.text if line.text.endswith("\n") else line.text + "\n")
        parts += added.get(number, [])
    for place, rows in tables.items():
        parts += ["\n"] * bool(parts) + [_header(*place), *rows]
    return "".join(parts)


def _after_first_comment(lines: list[_Line]) -> int:
    """The number of lines of a comment at the beginning that an empty line, or the end, separates from the rest."""
    number = next((i for i, line in enumerate(lines) if not line.text.startswith("#")), len(lines))
    return number if not "".join(line.text for line in lines[number : number + 1]).strip() else 0


def _ending(line: str) -> str:
    """The comment at the end of an entry's line, and the line's end."""
    value = tomllib.loads(line)
    for match in _COMMENT.finditer(line):
        try:
            if tomllib.loads(line[: match.start()]) == value:
                return line[match.start() :]
        except ValueError:  # a sign inside the entry
            continue
    return "\n"


def _entry(word: str, pronunciation: str) -> str:
    return f"{_quoted(word)} = {_quoted(pronunciation)}"


def _header(language: str, voice: str) -> str:
    if not voice:
        return f"[{language}]\n"
    return f"[{VOICE}.{voice if _BARE.fullmatch(voice) else _quoted(voice)}]\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

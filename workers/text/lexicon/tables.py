"""The content of a lexicon file: TOML with a table for each language and voice."""

import tomllib
from dataclasses import dataclass, field
from typing import Any, Final

from steadyvoice.ipc.errors import SteadyvoiceError, describe, one_line
from steadyvoice.ipc.lexicon import fault
from steadyvoice.workers.text.patterns import lazy

VOICE: Final = "voice"
_LANGUAGE: Final = lazy(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_HINT: Final = 'a line of a lexicon is "word" = "/ipa/" or "word" = "respelling"'


class BadLexicon(SteadyvoiceError):
    """The text is no lexicon. The message says where, and why."""


@dataclass(frozen=True)
class Table:
    """Entries for a language, for a voice, or for all voices."""

    language: str = ""
    """BCP 47, such as en or en-GB; empty: all languages."""
    voice: str = ""
    """Name of the only voice; empty: all voices of the language."""
    entries: dict[str, str] = field(default_factory=dict)
    """Word to "/ipa/" or to a respelling."""

    @property
    def name(self) -> str:
        return f"{VOICE}.{self.voice}" if self.voice else self.language

    def applies_to(self, language: str, voice: str) -> bool:
        if self.voice:
            return self.voice == voice
        tag, wanted = self.language.lower(), language.lower()
        return not tag or wanted == tag or wanted.startswith(f"{tag}-")

    @property
    def precedence(self) -> tuple[bool, int]:
        """Greater for the table that counts, of two that apply: voice, region, language, all."""
        return bool(self.voice), len(self.language)


def is_language(name: str) -> bool:
    return _LANGUAGE.fullmatch(name) is not None


def parse(text: str) -> list[Table]:
    """The tables that have entries, in the order of the file. BadLexicon."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not all are tomllib.TOMLDecodeError: huge numbers, deep nesting
        raise BadLexicon(f"not TOML: {describe(error)}; {_HINT}") from error
    tables = [Table(entries={word: value for word, value in data.items() if not isinstance(value, dict)})]
    for name, value in data.items():
        if isinstance(value, dict):
            tables += _voices(value) if name == VOICE else [_language(name, value)]
    for table in tables:
        _check(table)
    return [table for table in tables if table.entries]


def _language(name: str, entries: dict[str, Any]) -> Table:
    if not is_language(name):
        raise BadLexicon(f"[{one_line(name, 40)}] is no language, such as [en] or [en-GB], nor [voice.NAME]")
    return Table(language=name, entries=entries)


def _voices(tables: dict[str, Any]) -> list[Table]:
    for name, entries in tables.items():
        if not isinstance(entries, dict):
            raise BadLexicon(f"[voice] has {one_line(name, 40)!r}; a voice's table is named [voice.NAME]")
    return [Table(voice=name, entries=entries) for name, entries in tables.items()]


def _check(table: Table) -> None:
    where = f" of [{one_line(table.name, 60)}]" if table.name else ""
    for word, pronunciation in table.entries.items():
        if not isinstance(pronunciation, str):
            raise BadLexicon(f"{one_line(word, 40)!r}{where} is no text in quotation marks; {_HINT}")
        if why := fault(word, pronunciation):
            raise BadLexicon(f"{one_line(word, 40)!r}{where}: {why}")

"""The languages, and what reads each."""

from functools import cache, partial
from importlib import import_module
from typing import Final

from steadyvoice.workers.phonemes import clauses, espeak, program
from steadyvoice.workers.phonemes.reading import Reader, Reading

_RULES: Final = {"es": "spanish", "it": "italian", "pt-br": "portuguese"}
"""Each has ``rules(region)``. Imported at first use."""
BY_RULES: Final = frozenset(_RULES)


@cache
def reader(language: str) -> Reader:
    """language: BCP 47. By the rules of this project, else by the program espeak-ng.

    The reader of a language without rules raises NotInstalled while the program is missing.
    """
    tag = language.lower()
    base, _, region = tag.partition("-")
    name = _RULES.get(tag) or _RULES.get(base)
    if name is None:
        return program.reader(language)
    return partial(_by_rules, import_module(f"{__package__}.{name}").rules(region.upper()))


def _by_rules(rules: clauses.Rules, text: str) -> Reading:
    return clauses.read(text, rules)


def is_readable(language: str) -> bool:
    """Whether the language has rules, or the program that reads all others is installed."""
    tag = language.lower()
    return tag in BY_RULES or tag.partition("-")[0] in BY_RULES or espeak.is_installed()

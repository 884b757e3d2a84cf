"""The languages, and what reads each."""

from functools import cache, partial
from importlib import import_module
from typing import Final

from steadyvoice.workers.phonemes import clauses, espeak, program
from steadyvoice.workers.phonemes.reading import Reader, Reading

_RULES: Final = {"es": "spanish", "it": "italian", "pt-br": "portuguese", "fr": "french"}
"""Each has ``rules(region)``. Imported at first use."""
_PACKAGES: Final = {"ja": "japanese", "zh": "chinese"}
"""Each has ``words``, and ``check_installed``, because it needs Python packages. Imported at first use."""
BY_RULES: Final = frozenset(_RULES)


def _base(language: str) -> str:
    """The entry of a language: with its region, or for all regions."""
    tag = language.lower().replace("cmn", "zh")
    return tag if tag in _RULES else tag.partition("-")[0]


@cache
def reader(language: str) -> Reader:
    """language: BCP 47. By the rules of this project or by Python packages, else by the program espeak-ng.

    A reader raises NotInstalled while the packages or the program that it needs are missing.
    """
    base = _base(language)
    if (name := _RULES.get(base)) is not None:
        rules = import_module(f"{__package__}.{name}").rules(language.partition("-")[2].upper())
        return partial(_by_rules, rules)
    if base in _PACKAGES:
        return partial(_by_words, import_module(f"{__package__}.{_PACKAGES[base]}").words)
    return program.reader(program.voice(language))


def has_rules(language: str) -> bool:
    """language: BCP 47. Whether it needs nothing that is not in this package."""
    return _base(language) in _RULES


def _by_rules(rules: clauses.Rules, text: str) -> Reading:
    return clauses.read(text, rules)


def _by_words(words: clauses.Spans, text: str) -> Reading:
    return clauses.read(text, list, words)


def check_readable(language: str) -> None:
    """NotInstalled where something is missing that the language's reader needs. Cheap."""
    base = _base(language)
    if base in _PACKAGES:
        import_module(f"{__package__}.{_PACKAGES[base]}").check_installed()
    elif base not in _RULES:
        espeak.check_installed()

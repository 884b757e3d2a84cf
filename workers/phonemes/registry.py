"""The languages, and what reads each."""

from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from steadyvoice.workers.phonemes import clauses, espeak, program
from steadyvoice.workers.phonemes.reading import Reader, Reading

_RULES: Final = {"es": "spanish", "it": "italian", "pt-br": "portuguese", "fr": "french"}
"""Each has ``rules(region)``. Imported at first use."""
_PACKAGES: Final = {"ja": ("japanese", ("pyopenjtalk",)), "zh": ("chinese", ("jieba", "pypinyin"))}
"""Each has ``words``, and needs these modules."""
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
        return partial(_by_words, import_module(f"{__package__}.{_PACKAGES[base][0]}").words)
    return program.reader(program.voice(language))


def has_rules(language: str) -> bool:
    """language: BCP 47. Whether it needs nothing that is not in this package."""
    return _base(language) in _RULES


def _by_rules(rules: clauses.Rules, text: str) -> Reading:
    return clauses.read(text, rules)


def _by_words(words: clauses.Spans, text: str) -> Reading:
    return clauses.read(text, list, words)


def is_readable(language: str) -> bool:
    """Whether nothing is missing that the language's reader needs."""
    base = _base(language)
    if base in _PACKAGES:
        return all(find_spec(module) is not None for module in _PACKAGES[base][1])
    return base in _RULES or espeak.is_installed()

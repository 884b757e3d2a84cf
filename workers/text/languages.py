"""The languages that have rules: English, which the front end knows itself, and the others by name."""

from functools import cache
from importlib import import_module
from typing import Final

from steadyvoice.workers.text.rules import RuleSet

_MODULES: Final = {"es": "spanish", "fr": "french", "de": "german", "it": "italian"}
"""Each has ``rules(region)``. Imported at first use, so that English speech does not wait for them."""
WITH_RULES: Final = frozenset({"en", *_MODULES})


def base(language: str) -> str:
    """ "en" of "en-US"."""
    return language.partition("-")[0].lower()


@cache
def rules(language: str) -> RuleSet | None:
    """language: BCP 47. None where the language has none, and for English, whose rules have further settings."""
    if (name := _MODULES.get(base(language))) is None:
        return None
    rule_set: RuleSet = import_module(f"{__package__}.{name}").rules(language.partition("-")[2].upper())
    return rule_set

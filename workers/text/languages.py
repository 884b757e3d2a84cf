"""The languages that have rules."""

from functools import cache
from importlib import import_module
from typing import Final

from steadyvoice.ipc.language_names import base
from steadyvoice.workers.text import english
from steadyvoice.workers.text.rules import RuleSet

_MODULES: Final = {
    "es": "spanish",
    "fr": "french",
    "de": "german",
    "it": "italian",
    "pt": "portuguese",
    "ja": "japanese",
    "zh": "chinese",
}
"""Each has ``rules(region)``, as English. Imported at first use, so that English speech does not wait for them."""
WITH_RULES: Final = frozenset({"en", *_MODULES})


@cache
def rules(language: str, *, names_signs: bool = False) -> RuleSet | None:
    """language: BCP 47. None where the language has none. names_signs: see ``english.rules``."""
    tag, region = base(language), language.partition("-")[2].upper()
    if tag == "en":
        return english.rules(region, names_signs=names_signs)
    if (name := _MODULES.get(tag)) is None:
        return None
    rule_set: RuleSet = import_module(f"{__package__}.{name}").rules(region)
    return rule_set

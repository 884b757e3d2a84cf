"""The languages that have rules, and which of them a text is in."""

from functools import cache
from importlib import import_module
from typing import Final

from steadyvoice.workers.text import detection, english
from steadyvoice.workers.text.rules import RuleSet

_MODULES: Final = {"es": "spanish", "fr": "french", "de": "german", "it": "italian"}
"""Each has ``rules(region)``, as English. Imported at first use, so that English speech does not wait for them."""


@cache
def rules(language: str) -> RuleSet | None:
    """language: BCP 47. None where the language has none."""
    tag, _, region = language.partition("-")
    if tag.lower() == "en":
        return english.rules(region.upper())
    if (name := _MODULES.get(tag.lower())) is None:
        return None
    rule_set: RuleSet = import_module(f"{__package__}.{name}").rules(region.upper())
    return rule_set


def unread(text: str, voice: str, before: str) -> str:
    """The language of a segment that the voice does not read: clearly another one than its own; "" where it reads it.

    voice: BCP 47. before: the result for the segment before, which a short segment continues.
    """
    own = voice.partition("-")[0].lower()
    return detection.detected(text, own, before) if own == "en" or own in _MODULES else ""

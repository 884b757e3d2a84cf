"""Roman numerals by their context."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

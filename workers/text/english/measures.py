"""Numbers with a unit."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

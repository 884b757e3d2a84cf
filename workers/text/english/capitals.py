"""Words in capitals, initials, single letters."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

"""Signs, Greek letters and other characters that have a name."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

"""Cardinals, ordinals, decimals, signs, leading zeros."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

"""Amounts of money."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

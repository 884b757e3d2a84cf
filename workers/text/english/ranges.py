"""Ranges and arithmetic."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

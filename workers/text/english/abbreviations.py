"""Abbreviations and titles."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

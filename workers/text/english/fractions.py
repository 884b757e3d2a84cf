"""Fractions, ratios, scores, x of y."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

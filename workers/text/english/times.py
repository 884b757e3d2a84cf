"""Times of day and durations."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

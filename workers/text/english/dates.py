"""Dates, years, decades."""

from steadyvoice.workers.text.rules import Rule


def rules(*, day_first: bool) -> tuple[Rule, ...]:
    """day_first: 3/4/2025 is the third of April."""
    return ()

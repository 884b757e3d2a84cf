"""Serial numbers, versions, codes of letters and digits."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

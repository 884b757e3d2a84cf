"""Addresses of mail, web, files and machines; handles and hashtags."""

from steadyvoice.workers.text.rules import Rule

RULES: tuple[Rule, ...] = ()

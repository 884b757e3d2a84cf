"""Characters in the form in which the rules know them: composed, and without compatibility variants."""

from steadyvoice.workers.text.traced import Traced


def composed(text: Traced) -> Traced:
    return text

"""The rules of English, in order of precedence: what is most specific comes first."""

from functools import cache

from steadyvoice.workers.text.english import (
    abbreviations,
    addresses,
    capitals,
    dates,
    fractions,
    key_names,
    measures,
    money,
    numbers,
    places,
    punctuation,
    ranges,
    roman,
    serials,
    symbols,
    telephone,
    times,
)
from steadyvoice.workers.text.rules import RuleSet


@cache
def rules(region: str, *, names_signs: bool = False) -> RuleSet:
    """region: of the voice, the order of day and month in 3/4/2025; empty: US.

    names_signs: signs of programs and formulas have a name where they would be silent.
    """
    return RuleSet(
        (
            *addresses.RULES,
            *key_names.RULES,
            *places.RULES,
            *dates.rules(day_first=region not in ("", "US")),
            *times.RULES,
            *money.RULES,
            *measures.RULES,
            *telephone.RULES,
            *serials.RULES,
            *ranges.RULES,
            *fractions.RULES,
            *roman.RULES,
            *numbers.RULES,
            *abbreviations.RULES,
            *capitals.RULES,
            *(punctuation.SOME_RULES if names_signs else symbols.RULES),
        )
    )

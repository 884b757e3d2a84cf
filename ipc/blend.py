"""Names of blended voices, such as ``heart+michael:0.3``: voices of one engine, with weights. Pure functions."""

import re
from collections.abc import Sequence
from typing import Final

_PART: Final = re.compile(r"([^+:]+)(?::(\d*\.?\d+))?")
_MOST: Final = 5
"""Voices in a blend."""


class BadBlend(ValueError):
    """Says in one phrase what is wrong with a blend's name."""


def weights(name: str) -> dict[str, float]:
    """The share of each voice in the blend; they sum to 1. BadBlend.

    Voices without a weight share equally what the others leave of 1. If they leave nothing, or all have a weight, the
    weights are divided by their sum; a voice without one then counts as much as 1.
    """
    found: dict[str, float | None] = {}
    for part in name.split("+"):
        match = _PART.fullmatch(part)
        if match is None:
            raise BadBlend(f"{part!r} is not a voice, or a voice, a colon and a weight such as 0.3")
        if match[1] in found:
            raise BadBlend(f"it names {match[1]!r} twice")
        found[match[1]] = float(match[2]) if match[2] else None
    if len(found) > _MOST:
        raise BadBlend(f"it has more than {_MOST} voices")
    given = sum(weight for weight in found.values() if weight is not None)
    others = sum(weight is None for weight in found.values())
    each = (1 - given) / others if others and given < 1 else 1.0
    total = given + others * each
    if total <= 0:
        raise BadBlend("its weights are all 0")
    return {voice: (each if weight is None else weight) / total for voice, weight in found.items()}


def full_name(name: str, voices: Sequence[str]) -> str:
    """The blend with full voice names and all weights, as engines get it. BadBlend.

    voices: full names; ``heart`` is short for the only one that ends in ``_heart``.
    """
    return "+".join(f"{_full(voice, voices)}:{weight:.4g}" for voice, weight in weights(name).items())


def first_voice(name: str) -> str:
    """The first voice of a blend, or the name itself."""
    return name.split("+")[0].partition(":")[0]


def _full(voice: str, voices: Sequence[str]) -> str:
    if voice in voices:
        return voice
    fitting = [each for each in voices if each.endswith(f"_{voice}")]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise BadBlend(f"{voice!r} may be {' or '.join(fitting)}")
    raise BadBlend(f"no voice that can be blended is called {voice!r}")

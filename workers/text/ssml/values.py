"""Values of SSML attributes. None where a value is not valid or says nothing."""

import math
from typing import Final

from steadyvoice.workers.text.patterns import lazy

MAX_PAUSE_S: Final = 10.0
_NUMBER: Final = r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}"
_TIME: Final = lazy(rf"\+?({_NUMBER})\s*(ms|s)")
_VALUE: Final = lazy(rf"([+-]?)({_NUMBER})\s*(%|[A-Za-z]*)")
_STRENGTHS: Final = {"none": 0.0, "x-weak": 0.0, "weak": 0.1, "medium": 0.3, "strong": 0.6, "x-strong": 1.0}
_RATES: Final = {"x-slow": 0.5, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
_VOLUMES: Final = {
    "silent": 0.0,
    "x-soft": 0.25,
    "soft": 0.5,
    "medium": 1.0,
    "default": 1.0,
    "loud": 1.4,
    "x-loud": 2.0,
}
_PITCHES: Final = {"x-low": -6.0, "low": -3.0, "medium": 0.0, "default": 0.0, "high": 3.0, "x-high": 6.0}


def pause_s(time: str | None, strength: str | None) -> float:
    """Seconds of a ``break``. A valid time is stronger than a strength."""
    if found := _TIME.fullmatch((time or "").strip()):
        return min(float(found[1]) / (1000 if found[2] == "ms" else 1), MAX_PAUSE_S)
    return _STRENGTHS.get((strength or "").strip(), _STRENGTHS["medium"])


def rate(value: str) -> float | None:
    """A factor: "fast", "1.5", "150%", "+50%"."""
    return _RATES.get(value.strip(), _factor(value, {"%": 100.0, "": 1.0}))


def volume(value: str) -> float | None:
    """A factor: "loud", "50" and "50%" of 100, "+20%", "-6dB"."""
    if found := _VALUE.fullmatch(value.strip()):
        sign, number, unit = found.groups()
        if unit.lower() == "db":
            return 10 ** (min(float(sign + number), 100.0) / 20)
    return _VOLUMES.get(value.strip(), _factor(value, {"%": 100.0, "": 100.0}))


def _factor(value: str, whole: dict[str, float]) -> float | None:
    """whole: by unit, the value that changes nothing. A value with a sign is a change."""
    found = _VALUE.fullmatch(value.strip())
    if found is None or found[3] not in whole:
        return None
    factor = float(found[2]) / whole[found[3]]
    return max(0.0, 1 + float(f"{found[1]}1") * factor) if found[1] else factor


def semitones(value: str) -> float | None:
    """Semitones up: "high", "+2st", "-10%", "120%". Hertz depend on the voice: None."""
    if value.strip() in _PITCHES:
        return _PITCHES[value.strip()]
    found = _VALUE.fullmatch(value.strip())
    if found is None:
        return None
    sign, number, unit = found.groups()
    if unit == "st":
        return float(sign + number)
    factor = _factor(value, {"%": 100.0}) or 0.0
    return 12 * math.log2(factor) if factor > 0 else None

"""G.711: one byte a sample, by mu-law or A-law. Pure."""

from collections.abc import Callable
from functools import cache
from typing import Final

_MULAW_BIAS: Final = 132
_MULAW_MAX: Final = 32635


@cache
def table(compand: Callable[[int], int]) -> bytes:
    """The byte of each sample, where a negative index counts from the end."""
    return bytes([*map(compand, range(1 << 15)), *map(compand, range(-1 << 15, 0))])


def mulaw(sample: int) -> int:
    """ITU-T G.711, mu-law."""
    size = min(abs(sample), _MULAW_MAX) + _MULAW_BIAS
    exponent = size.bit_length() - 8
    sign = 0x80 if sample < 0 else 0
    return ~(sign | exponent << 4 | size >> exponent + 3 & 0x0F) & 0xFF


def alaw(sample: int) -> int:
    """ITU-T G.711, A-law."""
    size = (sample if sample >= 0 else ~sample) >> 3
    exponent = max(size.bit_length() - 5, 0)
    code = size >> 1 if exponent == 0 else exponent << 4 | size >> exponent & 0x0F
    return code ^ (0xD5 if sample >= 0 else 0x55)

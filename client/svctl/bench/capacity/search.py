"""The largest load that holds, by bisection: pure."""

from collections.abc import Callable
from math import inf, sqrt
from typing import Final

_STEP: Final = 1.25
"""From the first load to the next one."""
_LEAST: Final = 1 / 16
"""Of the first load: below it, nothing holds."""


def largest(holds: Callable[[float], bool], start: float, precision: float, most: float = inf) -> float:
    """The largest value found to hold; one larger by the factor ``precision`` does not. 0: none holds.

    start: the first value, where the answer is expected. most: no larger value is tried.
    """
    low, high, at = 0.0, inf, min(start, most)
    while True:
        if holds(at):
            low = at
        else:
            high = at
        if high == inf:
            if low >= most:
                return low
            at = min(low * _STEP, most)
        elif not low:
            at = high / _STEP
            if at < start * _LEAST:
                return 0.0
        elif high <= low * precision:
            return low
        else:
            at = sqrt(low * high)

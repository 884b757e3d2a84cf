"""The axis of a figure."""

from math import log10
from typing import Final

from steadyvoice.client.svctl.bench.statistics import percentile

_LOG_FROM: Final = 12.0
"""Ratio of the largest to the smallest value from which the axis is logarithmic."""


class Axis:
    """From values to places: the values between the smallest and the largest p99, the others at the edge."""

    def __init__(self, distributions: list[list[float]]) -> None:
        """distributions: of each the values, ascending."""
        lowest = min(values[0] for values in distributions)
        highest = max(percentile(values, 99) for values in distributions)
        self.is_log = lowest > 0 and highest / lowest > _LOG_FROM
        if not self.is_log:
            lowest = min(0.0, lowest)
        if highest <= lowest:
            highest = lowest + 1
        self._low, self._high = self._scale(lowest), self._scale(highest)

    def _scale(self, value: float) -> float:
        return log10(value) if self.is_log else value

    def share(self, value: float) -> float:
        """From 0 at the left end to 1 at the right."""
        share = (self._scale(value) - self._low) / (self._high - self._low)
        return min(1.0, max(0.0, share))

    def ticks(self) -> list[float]:
        """Round values inside."""
        if self.is_log:
            powers = range(int(self._low) - 1, int(self._high) + 2)
            steps = (1, 2, 5) if self._high - self._low < 3 else (1,)
            found = [step * 10.0**power for power in powers for step in steps]
            return [value for value in found if self._low <= log10(value) <= self._high]
        rough = (self._high - self._low) / 5
        power = 10.0 ** int(f"{rough:e}".partition("e")[2])
        step = next(one for factor in (1, 2, 5, 10) if (one := factor * power) >= rough)
        first = int(self._low / step)
        return [value for at in range(first, first + 8) if self._low <= (value := at * step) <= self._high]

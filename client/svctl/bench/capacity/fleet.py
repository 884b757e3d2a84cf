"""How many machines a number of listeners needs: pure."""

from math import ceil
from typing import Final, NamedTuple

PEAKS: Final = (10**3, 10**4, 10**5, 10**6)
"""Streams at the same time."""
USED: Final = 0.8
"""Share of a machine's streams that it is given: arrivals are not even, and the knee is sudden."""
ZONES: Final = 3
"""Failure domains of the last column."""


class Fleet(NamedTuple):
    """Machines for so many streams at the same time."""

    peak: int
    machines: int
    """That carry the peak."""
    one_lost: int
    """So many that the peak is carried when one of them is lost."""
    zone_lost: int
    """The same when all in one of three equal zones are lost."""
    gateway_cores: float | None
    """Processor cores for the gateways of all, which are not in the others; None: not measured."""


def fleet(peak: int, streams: float, gateway_core: float | None = None) -> Fleet:
    """streams: that a machine holds. gateway_core: share of a core that a gateway takes for a stream."""
    machines = ceil(peak / (USED * streams))
    a_zone = ceil(machines / (ZONES - 1))
    cores = None if gateway_core is None else round(peak * gateway_core / USED, 1)
    return Fleet(peak, machines, machines + 1, a_zone * ZONES, cores)

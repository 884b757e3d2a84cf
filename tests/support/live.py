"""Simulated clocks for live sound: readings of a capture device that are late, and never early."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live.clock import ClockController

COPY_MARGIN = 128


@dataclass
class Heard:
    """What a controller did, second by second."""

    off_ppm: list[float] = field(default_factory=list)
    """The ratio's deviation from the truth."""
    reported: list[tuple[float, float]] = field(default_factory=list)
    """ppm and its standard deviation."""
    excursion: float = 0.0
    """The most frames by which what was handed on left the sink's clock, from the third second on."""
    corrections: int = 0
    copied: bool = True
    """All the time."""

    def within(self, ppm: float) -> int:
        """The last second in which the ratio was further off."""
        return max((at for at, off in enumerate(self.off_ppm, 1) if abs(off) > ppm), default=0)


def simulated(
    ppm: float,
    jitter_s: float,
    seconds: float,
    *,
    late: float = 0.0,
    sink_ppm: float = 0.0,
    sink_jitter_s: float = 0.0,
    starved: Sequence[tuple[float, float, float]] = (),
) -> Heard:
    """A device that is ``ppm`` faster than a sink, which is ``sink_ppm`` faster than the monotonic clock.

    Readings are late by half-normal jitter; of the device's, a share of ``late`` by 10 ms more. starved: (from, to,
    seconds by which all are late).
    """
    drawn, start_ns = random.Random(1), 10**12
    sink_rate = SINK_RATE * (1 + sink_ppm * 1e-6)
    device_rate = sink_rate * (1 + ppm * 1e-6)
    controller, heard = ClockController(0.0), Heard()
    captured, handed, applied, at = 0, 0.0, False, 0.0
    while at < seconds:
        captured += LIVE_BLOCK
        true = captured / device_rate
        lateness = abs(drawn.gauss(0, jitter_s)) + (0.01 if drawn.random() < late else 0.0)
        lateness += max((by for start, end, by in starved if start <= true < end), default=0.0)
        at = max(at, true + lateness)
        handed += LIVE_BLOCK * (controller.ratio if applied else 1.0)
        position = (at - abs(drawn.gauss(0, sink_jitter_s))) * sink_rate
        handed += controller.transferred(start_ns + int(at * 1e9), LIVE_BLOCK, position)
        if not applied and abs(controller.parted) > COPY_MARGIN:
            applied, heard.copied = True, False
            controller.apply()
        if true > 2:
            heard.excursion = max(heard.excursion, abs(handed - true * sink_rate))
        if at >= len(heard.off_ppm) + 1:
            heard.off_ppm.append((1 / controller.ratio - 1) * 1e6 - ppm)
            heard.reported.append((controller.ppm, controller.ppm_sd))
    heard.corrections = controller.corrections
    return heard

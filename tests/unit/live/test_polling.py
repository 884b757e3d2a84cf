"""Looking for blocks of a device that gives frames period by period: seldom, and soon after they arrive."""

import random

import pytest

from steadyvoice.workers.live.polling import Polling

SECOND, RATE, BLOCK = 1_000_000_000, 48000, 512


@pytest.mark.parametrize("period", [1, 64, 127, 128, 255, 480, 512, 1279])
@pytest.mark.parametrize("wakes_late_s", [0.00005, 0.001])
def test_looks(period: int, wakes_late_s: float) -> None:
    """wakes_late_s: on average, of this process. ``captured_ns`` is not known better than from the reading."""
    drawn, polling = random.Random(1), Polling()
    now, read, pending, looks, blocks = 0, 0, 0, 0, 0
    latest: list[float] = []
    polling.opened(now)
    while now < 20 * SECOND:
        looks += 1
        there = now * RATE // SECOND // period * period
        begins = False
        if there > read:
            polling.arrived(now, there - read)
            polling.captured_ns = -(-there * SECOND // RATE)
            pending, read = pending + there - read, there
            begins, made, pending = pending >= BLOCK, pending // BLOCK, pending % BLOCK
            blocks += made
            if begins and now > 2 * SECOND:
                latest.append(now / SECOND - there / RATE)
        now += int((polling.sleep_s(now, BLOCK - pending, begins=begins) + abs(drawn.gauss(0, wakes_late_s))) * SECOND)
    assert blocks == pytest.approx(20 * RATE / BLOCK, abs=3)
    assert looks / blocks < 3.5
    assert min(latest) < 0.0002
    assert sorted(latest)[len(latest) // 2] < 0.0005 + 2 * wakes_late_s

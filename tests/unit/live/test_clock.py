"""The ratio of two clocks, from late readings."""

import random

import pytest
from support.live import simulated

from steadyvoice.workers.live.clock import ClockController

SECOND = 1_000_000_000
BLOCK, RATE = 512, 48000


@pytest.mark.parametrize("ppm", [100, -300])
@pytest.mark.parametrize(("jitter_s", "late", "sure"), [(0.0002, 0.0, 1), (0.002, 0.0, 2), (0.0005, 0.05, 1)])
def test_the_ratio_is_found(ppm: float, jitter_s: float, late: float, sure: float) -> None:
    """Also where 5 % of all blocks are 10 ms late. sure: ppm."""
    heard = simulated(ppm, jitter_s, 240, late=late)
    assert heard.within(20) <= 35
    assert heard.within(5) <= 70
    assert heard.excursion <= 256
    assert heard.corrections == 0
    assert all(abs(reported - ppm) <= sure and sd <= sure for reported, sd in heard.reported[100:])


@pytest.mark.parametrize("ppm", [0, 900, -900])
def test_other_drifts(ppm: float) -> None:
    heard = simulated(ppm, 0.0002, 120)
    assert heard.within(5) <= 70
    assert heard.excursion <= 256


def test_a_sink_with_a_late_clock_of_its_own() -> None:
    heard = simulated(100, 0.002, 200, sink_ppm=-80, sink_jitter_s=0.0005)
    assert heard.within(5) <= 70
    assert heard.excursion <= 256


@pytest.mark.parametrize("ppm", [0, 100, -300])
@pytest.mark.parametrize("seed", range(6))
def test_it_recovers_from_a_process_that_did_not_run_in_time(ppm: float, seed: int) -> None:
    """In the first 50 s, for up to 4 s at a time, all readings are late."""
    drawn, at = random.Random(seed), 0.0
    starved = []
    while at < 50:
        start = at + drawn.uniform(1, 6)
        at = start + drawn.uniform(0.3, 4)
        starved.append((start, at, drawn.choice([0.001, 0.003, 0.005, 0.02, 0.06])))
    heard = simulated(ppm, 0.0002, 250, starved=starved)
    assert heard.within(20) <= 110
    assert heard.within(5) <= 240


def test_readings_that_are_late_for_seconds_are_no_drift() -> None:
    """Not enough to give up copying, if they are late by less than 128 frames."""
    starved = [(at, at + 3, 0.001 + at % 3 / 2000) for at in range(3, 60, 7)]
    assert simulated(0, 0.0002, 100, starved=starved).copied


@pytest.mark.long
@pytest.mark.parametrize("ppm", [100, -300])
def test_nothing_drifts_in_eight_hours(ppm: float) -> None:
    """What was handed on stays where it was after the first minutes."""
    short, whole = simulated(ppm, 0.0002, 600), simulated(ppm, 0.0002, 8 * 3600)
    assert whole.excursion <= short.excursion + 32
    assert whole.corrections == 0


class Device:
    """One that is exact, and its controller."""

    def __init__(self, *, handed: int = 0) -> None:
        self.controller = ClockController(0.0, handed)
        self.at_ns, self.heard = SECOND, 0.0
        self.corrections: list[int] = []

    def run(self, blocks: int, *, captured: int = BLOCK, played: int = BLOCK) -> None:
        for _ in range(blocks):
            self.at_ns += BLOCK * SECOND // RATE
            self.heard += played
            if (missing := self.controller.transferred(self.at_ns, captured, self.heard)) != 0:
                self.corrections.append(missing)


def test_exact_clocks_are_one() -> None:
    device = Device()
    device.run(6000)
    assert device.controller.ppm == pytest.approx(0, abs=0.1)
    assert device.controller.parted == pytest.approx(0, abs=1)
    assert device.corrections == []


@pytest.mark.parametrize("late", [0, 100, 70_000])
def test_a_device_that_starts_late_is_not_padded(late: int) -> None:
    device = Device()
    device.heard = late
    device.run(400)
    assert device.corrections == []
    assert device.controller.error(device.heard) == pytest.approx(0, abs=1)


def test_old_frames_at_the_start_are_dropped() -> None:
    device = Device()
    device.controller.transferred(device.at_ns, 24000, 0.0)
    device.run(400)
    assert device.corrections == [-24000]


@pytest.mark.parametrize(
    ("lost", "correction"),
    [(600, 600), (5000, 5000), (48000, 24576), (-600, -600), (-48000, -48000), (500, None), (-500, None), (200, None)],
)
def test_a_stall_is_corrected_once(lost: int, correction: int | None) -> None:
    """lost: frames that the device did not capture; below 0: that the sink did not play. Both clocks go on as before.

    A block or less is left as it is, and none of them moves the ratio.
    """
    device = Device()
    device.run(7000)
    device.heard += lost
    device.at_ns += abs(lost) * SECOND // RATE
    device.run(7000)
    assert device.corrections == ([correction] if correction else [])
    assert device.controller.corrections == len(device.corrections)
    assert device.controller.slips == (correction is None)
    assert (1 / device.controller.ratio - 1) * 1e6 == pytest.approx(0, abs=0.5)


def test_many_small_losses_are_made_up_for_together() -> None:
    device = Device()
    device.run(400)
    for _ in range(12):
        device.heard += 100
        device.run(400)
    assert sum(device.corrections) == pytest.approx(1200, abs=512)
    assert abs(device.controller.error(device.heard)) <= 512


def test_a_block_that_is_late_is_no_stall() -> None:
    """40 ms late, the others behind it: nothing is lost."""
    device = Device()
    device.run(400)
    device.at_ns += 40 * SECOND // 1000
    device.heard += 40 * RATE // 1000
    device.controller.transferred(device.at_ns, BLOCK, device.heard)
    device.controller.transferred(device.at_ns, 40 * RATE // 1000 - BLOCK, device.heard)
    device.run(400)
    assert device.corrections == []


def test_a_replacement_knows_where_zero_is() -> None:
    device = Device(handed=10 * BLOCK)
    device.heard = 10 * BLOCK + 2400
    device.run(400)
    assert device.corrections == [2400]


def test_when_a_frame_was_captured_does_not_depend_on_when_it_was_read() -> None:
    device = Device()
    device.run(400)
    late_ns, late = SECOND // 100, RATE // 100
    at_ns, heard = device.at_ns + BLOCK * SECOND // RATE, device.heard + BLOCK
    device.controller.transferred(at_ns + late_ns, BLOCK, heard + late)
    captured = device.controller.captured_ns(at_ns + late_ns, heard + late)
    assert captured == pytest.approx(at_ns, abs=SECOND // RATE)

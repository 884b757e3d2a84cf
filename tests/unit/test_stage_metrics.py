"""The words in which each stage counts what it does."""

import os
from collections.abc import Iterator

import pytest

from steadyvoice.ipc import stage_metrics
from steadyvoice.ipc.live_protocol import LIVE_DEVICE_LANE
from steadyvoice.ipc.shared_state import STAGES
from steadyvoice.ipc.stage_metrics import MetricsBlock, StageMetrics


@pytest.fixture
def block() -> Iterator[MetricsBlock]:
    fd = stage_metrics.create()
    yield MetricsBlock(fd)
    os.close(fd)


def seen(stage: StageMetrics) -> tuple[object, ...]:
    """All that the stage has counted."""
    counts = [each.counts for each in (stage.hop, stage.block, stage.jitter, stage.ahead)]
    rings = [stage.times_full(target, 0) for target in range(STAGES)]
    lanes = [stage.times_full(1, lane) for lane in range(1, LIVE_DEVICE_LANE + 1)]
    return counts, stage.sound_s, rings, lanes


def test_no_two_things_share_a_word(block: MetricsBlock) -> None:
    untouched = seen(block.stage(3))
    for number in (2, 4):
        stage = block.stage(number)
        for at, each in enumerate((stage.hop, stage.block, stage.jitter, stage.ahead)):
            each.observe(0)
            each.observe(10**12 + at)
        stage.made_sound(1_500_000_000)
        for target in range(STAGES):
            stage.found_full(target, 0)
        for lane in range(1, LIVE_DEVICE_LANE + 1):
            stage.found_full(1, lane)
        counts, sound_s, rings, lanes = seen(stage)
        assert counts == [[1, *[0] * 104, 1]] * 4
        assert sound_s == 1.5
        assert (set(rings), set(lanes)) == ({1}, {1})
    assert seen(block.stage(3)) == untouched


def test_a_number_that_another_stage_gets_counts_from_0(block: MetricsBlock) -> None:
    untouched = seen(block.stage(5))
    for number in (5, 6):
        block.stage(number).hop.observe(1000)
        block.stage(number).made_sound(1)
    block.clear(5)
    assert seen(block.stage(5)) == untouched
    assert sum(block.stage(6).hop.counts) == 1


@pytest.mark.parametrize(("ready", "counted"), [(0, 0), (900, 1), (1100, 1)])
def test_a_block_of_the_first_stage_has_waited_for_none(block: MetricsBlock, ready: int, counted: int) -> None:
    stage = block.stage(0)
    stage.took(1000, ready)
    assert sum(stage.hop.counts) == counted

"""Containment of one plugin: each fault is dry in its own block, without a step, and is named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.live_plugins import BLOCK, FAULTS, Faulty, Samples

from steadyvoice.ipc.errors import Stopping
from steadyvoice.workers.plugins.delay import DelayLine
from steadyvoice.workers.plugins.guard import LATE_BLOCKS, LATE_WINDOW, Guarded, level_fault
from steadyvoice.workers.plugins.plugin import Plugin

SECOND = 10**9
SAID = {
    "raises": "ValueError: no luck (live_plugins.py, line ",
    "exits": "SystemExit: 3 (live_plugins.py, line ",
    "nothing": "process returned nothing, not an array",
    "a list": "process returned list, not an array",
    "two rows": "process returned the shape (2, 256), not (512,)",
    "short": "process returned the shape (511,), not (512,)",
    "doubles": "process returned float64, not float32; end it with .astype(np.float32)",
    "whole": "process returned int16, not float32; end it with .astype(np.float32)",
    "nan": "process returned NaN or infinity",
    "infinity": "process returned NaN or infinity",
    "overflow": "its output exploded: a peak of +770 dB full scale",
    "explosion": "its output exploded: a peak of +32 dB full scale",
}
"""How the reason of each fault begins."""


def tone(blocks: int, hz: float = 300.0) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(blocks * BLOCK) / 48000)).astype(np.float32)


def played(guarded: Guarded, sound: Samples) -> Samples:
    given = sound.reshape(-1, BLOCK)
    before = given.copy()
    out = np.concatenate([guarded.process(block).copy() for block in given])
    assert np.array_equal(given, before)  # the input stays as it is
    return out


def faulty(fault: str, at: int) -> Guarded:
    plugin = Faulty()
    plugin.fault, plugin.at, plugin.blocks = fault, at, 0
    plugin.open(48000, BLOCK)
    return Guarded(plugin, plugin.latency, BLOCK, SECOND)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_dry_from_its_own_block_on(fault: str) -> None:
    guarded, sound = faulty(fault, 5), tone(12)
    out = played(guarded, sound)
    late = np.concatenate((np.zeros(300, np.float32), sound))[: len(sound)]
    assert np.array_equal(out[: 5 * BLOCK], -late[: 5 * BLOCK])
    assert np.array_equal(out[5 * BLOCK + 240 :], late[5 * BLOCK + 240 :])  # as late as the wet signal was
    assert guarded.problem.startswith(SAID[fault])
    assert np.abs(np.diff(out)).max() < 0.06  # the tone's own steps are up to 0.02
    assert guarded.latency == 300


@given(at=st.integers(0, 6), hz=st.floats(20, 1000), fault=st.sampled_from(sorted(FAULTS)))
def test_a_fade_has_no_step(at: int, hz: float, fault: str) -> None:
    out = played(faulty(fault, at), tone(8, hz))
    steepest = 0.5 * 2 * np.pi * hz / 48000
    assert np.abs(np.diff(out)).max() < 2 * steepest + 1 / 80  # both signals, and a fade of 240 samples


def test_control_flow_of_the_stage_is_no_fault() -> None:
    class Stops:
        def process(self, block: Samples) -> Samples:
            raise Stopping

    running = [0]
    guarded = Guarded(Stops(), 0, BLOCK, SECOND, number=7, running=running)
    with pytest.raises(Stopping):
        guarded.process(np.zeros(BLOCK, np.float32))
    assert running == [0]


def test_the_plugin_that_runs_is_marked() -> None:
    running, seen = [0], []

    class Looks:
        def process(self, block: Samples) -> Samples:
            seen.append(running[0])
            return block

    Guarded(Looks(), 0, BLOCK, SECOND, number=7, running=running).process(np.zeros(BLOCK, np.float32))
    assert (seen, running) == ([7], [0])


@pytest.mark.parametrize(
    ("peak", "loudest", "explodes"),
    [
        (0.9, 0.0, False), (1.0, 0.0, False), (1.9, 0.0, False), (2.1, 0.0, True),
        (5.0, 0.2, False), (5.0, 0.1, True), (30.0, 1.0, False),
        (32.0, 1.0, True), (32.0, 20.0, True),
    ],
)  # fmt: skip
def test_explosion(peak: float, loudest: float, explodes: bool) -> None:
    block = np.zeros(BLOCK, np.float32)
    block[100] = -peak
    assert bool(level_fault(block, lambda: loudest)) == explodes


def test_loudness_of_the_input_is_remembered_for_a_while() -> None:
    """An echo is no explosion, because its input has been loud before."""

    class Echo:
        def __init__(self) -> None:
            self.before = np.zeros(BLOCK, np.float32)

        def process(self, block: Samples) -> Samples:
            out, self.before = self.before * 4, block.copy()
            return np.asarray(out, np.float32)

    guarded = Guarded(Echo(), 0, BLOCK, SECOND)
    for level in (1.0, 0.0, 0.0):
        guarded.process(np.full(BLOCK, level, np.float32))
    assert not guarded.problem


class Counted:
    def process(self, block: Samples) -> Samples:
        return -block


@pytest.mark.parametrize(
    ("late", "bypassed_after"),
    [((0, 1, 2), 2), ((5, 50, 104), 104), ((5, 50, 105), None), ((0, 1, 100, 101), None), ((3, 103, 104, 105), 105)],
)
def test_too_slow_on_average(late: tuple[int, ...], bypassed_after: int | None) -> None:
    guarded = Guarded(Counted(), 0, BLOCK, SECOND)
    block = np.full(BLOCK, 0.5, np.float32)
    for at in range(120):
        assert bool(guarded.problem) == (bypassed_after is not None and at > bypassed_after)
        out = guarded.process(block)
        assert out[-1] == (0.5 if guarded.problem else -0.5)
        if bypassed_after is not None and at == bypassed_after + 1:
            assert np.abs(np.diff(np.concatenate(([-0.5], out)))).max() < 0.01  # a fade
        if at in late:
            guarded.count_late()
    if bypassed_after is not None:
        assert guarded.problem.startswith(f"too slow: {LATE_BLOCKS} of the last {LATE_WINDOW} blocks took longer than")


def test_its_own_time_counts() -> None:
    guarded = Guarded(Counted(), 0, BLOCK, budget_ns=0)
    for _ in range(LATE_BLOCKS):
        assert not guarded.problem
        guarded.process(np.zeros(BLOCK, np.float32))
    assert guarded.problem.startswith("too slow")
    assert guarded.times.count == LATE_BLOCKS
    p50, p99 = guarded.times.percentiles_us(50, 99)
    assert 0 < p50 <= p99


def test_a_plugin_may_return_its_own_or_a_constant_array() -> None:
    constant = np.full(BLOCK, 0.25, np.float32)

    class Own:
        def process(self, block: Samples) -> Samples:
            return constant

    guarded: Plugin = Guarded(Own(), 0, BLOCK, SECOND)
    out = guarded.process(np.zeros(BLOCK, np.float32))
    out[:] = 0
    assert (constant == 0.25).all()


@given(delay=st.integers(0, 3000), blocks=st.integers(1, 12), skipped=st.integers(0, 5))
def test_delay_line(delay: int, blocks: int, skipped: int) -> None:
    line = DelayLine(delay, BLOCK)
    sound = np.arange(1, blocks * BLOCK + 1, dtype=np.float32)
    wanted = np.concatenate((np.zeros(delay, np.float32), sound))
    out = np.empty(BLOCK, np.float32)
    for at, block in enumerate(sound.reshape(-1, BLOCK)):
        line.write(block)
        if at >= skipped:
            line.read(out)
            assert np.array_equal(out, wanted[at * BLOCK : (at + 1) * BLOCK])

"""Which samples of the loudspeaker stand beside those of the microphone."""

from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scene import histories, ns

from steadyvoice.ipc.sample_history import SampleHistory
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.listening.aligned import LEAD_NS, MAX_BEHIND, AlignedReader
from steadyvoice.workers.listening.decimator import SINK_HOP, Samples

LEAD = LEAD_NS * SINK_RATE // 1_000_000_000
MS = 1_000_000


class Devices:
    """Sample ``n`` of the microphone is -n, captured at ``ns(n)``. The loudspeaker plays n at about ``ns(n)``."""

    def __init__(self, capture: SampleHistory, playback: SampleHistory) -> None:
        self.capture, self.playback = capture, playback
        self.reader = AlignedReader(capture, playback)

    def capture_until(self, sample: int, late_ns: int = 0) -> None:
        numbers = -np.arange(self.capture.written, sample, dtype=np.float32)
        for start in range(0, len(numbers), 512):
            part = numbers[start : start + 512]
            self.capture.write(part.data, ns(self.capture.written + len(part)) + late_ns)

    def play(self, first: int, last: int, late_ns: int = 0) -> None:
        for start in range(first, last, 512):
            part = np.arange(start, min(start + 512, last), dtype=np.float32)
            self.playback.write(part.data, ns(start + len(part)) + late_ns)

    def next(self, now: int) -> tuple[Samples, Samples] | None:
        """Near and far end, as the sample numbers above."""
        hop = self.reader.next(ns(now))
        return None if hop is None else (hop.near, hop.far)


@pytest.fixture
def devices() -> Iterator[Devices]:
    with ExitStack() as stack:
        yield Devices(*stack.enter_context(histories()))


def numbers(first: int) -> Samples:
    return np.arange(first, first + SINK_HOP, dtype=np.float32)


def test_nothing_is_there_before_10_ms_are_captured(devices: Devices) -> None:
    devices.capture_until(SINK_HOP - 1)
    assert devices.reader.next() is None
    devices.capture_until(SINK_HOP)
    assert devices.reader.next() is not None
    assert devices.reader.next() is None


def test_without_playback_the_far_end_is_silent(devices: Devices) -> None:
    devices.capture_until(2 * SINK_HOP)
    for start in (0, SINK_HOP):
        hop = devices.reader.next(ns(2 * SINK_HOP))
        assert hop is not None
        np.testing.assert_array_equal(hop.near, -numbers(start))
        assert not hop.far.any()
        assert hop.until_ns == ns(start + SINK_HOP)


def test_the_far_end_is_heard_later(devices: Devices) -> None:
    devices.play(0, 48_000)
    devices.capture_until(SINK_HOP * 20)
    for start in range(0, SINK_HOP * 20, SINK_HOP):
        near, far = devices.next(SINK_HOP * 20) or pytest.fail("it is there")
        np.testing.assert_array_equal(near, -numbers(start))
        np.testing.assert_array_equal(far, numbers(start + LEAD))


def test_the_output_is_waited_for_until_the_sample_is_heard(devices: Devices) -> None:
    devices.play(0, SINK_HOP)
    devices.capture_until(SINK_HOP)
    assert devices.next(SINK_HOP - 1) is None
    late = devices.next(SINK_HOP)
    assert late is not None, "the device has nothing more to play"
    assert not late[1].any()


def test_what_was_played_before_a_break_is_not_heard_after_it(devices: Devices) -> None:
    devices.play(1, 4_801)
    devices.capture_until(24_000)
    while devices.next(24_000) is not None:
        pass
    devices.play(24_240, 40_000)
    devices.capture_until(24_960)
    _, far = devices.next(24_960) or pytest.fail("it is there")
    silent = 240 - LEAD if LEAD < 240 else 0
    np.testing.assert_array_equal(far[silent:], numbers(24_000 + LEAD)[silent:])
    assert not far[:silent].any()


@given(st.lists(st.integers(-4 * MS, 4 * MS), min_size=1, max_size=100), st.integers(-4 * MS, 4 * MS))
def test_jitter_of_the_clocks_does_not_move_the_far_end(capture_ns: list[int], playback_ns: int) -> None:
    with histories() as both:
        devices = Devices(*both)
        first: float | None = None
        for number, late_ns in enumerate(capture_ns, 1):
            devices.play(devices.playback.written, number * SINK_HOP + 1_600, playback_ns)
            devices.capture_until(number * SINK_HOP, late_ns)
            near, far = devices.next(number * SINK_HOP + 1_600) or pytest.fail("it is there")
            if number > 30:
                distance = float(far[-1] + near[-1])
                first = distance if first is None else first
                assert distance == first
        assert devices.reader.realigned == 0


@pytest.mark.parametrize(
    ("moved_ms", "realigned"),
    [(2, 0), (12, 1), (30, 1), (-30, 1), (100, 1), (-100, 1)],
    ids=["small", "slowly", "more", "back", "at once", "back at once"],
)
def test_a_changed_delay_of_the_device_is_followed(devices: Devices, moved_ms: int, realigned: int) -> None:
    far = near = numbers(0)
    for number in range(1, 400):
        end = number * SINK_HOP
        played = devices.playback.written
        devices.play(played, played + SINK_HOP if played else 6_400, moved_ms * MS if number > 100 else 0)
        devices.capture_until(end)
        near, far = devices.next(end) or pytest.fail("it is there")
    wanted = LEAD - moved_ms * SINK_RATE // 1000
    assert abs(far[-1] + near[-1] - wanted) <= 8 * SINK_RATE // 1000
    assert (devices.reader.realigned > 0) == realigned


def test_a_late_reader_jumps_and_counts(devices: Devices) -> None:
    devices.capture_until(SINK_HOP)
    assert devices.next(SINK_HOP) is not None
    devices.capture_until(100_000)
    near, _ = devices.next(100_000) or pytest.fail("it is there")
    assert -near[0] == 100_000 - SINK_RATE // 10
    assert devices.reader.lost == 100_000 - SINK_RATE // 10 - SINK_HOP
    assert devices.reader.lost > MAX_BEHIND

"""A sentence that is made slower than real time begins as late as it must, and no later."""

import pytest

from steadyvoice.workers.prebuffer import Prebuffer, RealTimeFactor


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def make(
    buffer: Prebuffer, clock: Clock, seconds: float, factor: float, ahead: float = 0.0, unplayed: float = 0.0
) -> float:
    """A sentence arrives in tenths of a second; return how long the first of them was buffered."""
    buffered = 0.0
    buffer.released(ahead)
    for at in range(round(seconds * 10)):
        if at:
            clock.now += 0.1 * factor
        buffer.arrived(0.1, seconds)
        buffered = buffered or buffer.wait_s
    buffer.segment_done(unplayed)
    return buffered


@pytest.mark.parametrize("factor", [1.2, 1.5, 3.0])
def test_buffered_as_long_as_the_sentence_needs(factor: float) -> None:
    clock = Clock()
    buffer = Prebuffer(RealTimeFactor(), 60.0, clock)
    assert make(buffer, clock, 4.0, factor) == 0, "nothing was measured yet"
    assert make(buffer, clock, 6.0, factor) == pytest.approx((1.1 * factor - 1) * 6.0)
    assert make(buffer, clock, 6.0, factor, ahead=0.5) == pytest.approx((1.1 * factor - 1) * 6.0 - 0.5)
    assert buffer.wait_s == 0, "all of it has arrived"


def test_nothing_is_buffered_when_faster_than_real_time() -> None:
    clock = Clock()
    buffer = Prebuffer(RealTimeFactor(), 60.0, clock)
    for _ in range(3):
        assert make(buffer, clock, 4.0, 0.9) == 0


@pytest.mark.parametrize(
    ("blocks", "shortfall"),
    [
        ([(0.0, 0.12), (0.3, 0.48), (0.6, 2.0)], 0.18),  # the first block plays for 0.12 s, and the next one takes 0.3
        ([(0.0, 0.36), (0.3, 0.48), (0.6, 2.0)], 0.0),
        ([(0.0, 0.36), (0.3, 0.1), (0.7, 2.0)], 0.24),
    ],
)
def test_what_was_missing_after_the_first_block_is_buffered_before_it(
    blocks: list[tuple[float, float]], shortfall: float
) -> None:
    """In the third utterance, because one may have been delayed by another program."""
    factor, waits = RealTimeFactor(), []
    for _ in range(3):
        clock = Clock()
        buffer = Prebuffer(factor, 2.0, clock)
        for at, seconds in blocks:
            clock.now = 100.0 + at
            buffer.arrived(seconds, 3.0)
            if not at:
                waits.append(buffer.wait_s)
        buffer.segment_done(0.0)
    assert waits == pytest.approx([0.0, 0.0, shortfall])


def test_a_sentence_after_another_one_needs_no_buffer() -> None:
    clock, factor = Clock(), RealTimeFactor()
    for _ in range(3):
        factor.shortfall.learn(0.3)
    buffer = Prebuffer(factor, 2.0, clock)
    buffer.released(0.5)
    buffer.arrived(0.1, 3.0)
    assert buffer.wait_s == 0


def test_a_pause_of_the_listener_is_not_slowness() -> None:
    """The stages wait because the listener has plenty left to play."""
    clock = Clock()
    buffer = Prebuffer(RealTimeFactor(), 60.0, clock)
    make(buffer, clock, 4.0, 20.0, unplayed=1.9)
    assert make(buffer, clock, 4.0, 0.5) == 0


def test_slowness_is_forgotten() -> None:
    clock = Clock()
    buffer = Prebuffer(RealTimeFactor(), 60.0, clock)
    make(buffer, clock, 4.0, 2.0)
    for _ in range(8):
        make(buffer, clock, 4.0, 0.5)
    assert make(buffer, clock, 4.0, 0.5) == 0


def test_no_longer_than_the_lookahead() -> None:
    clock = Clock()
    buffer = Prebuffer(RealTimeFactor(), 2.0, clock)
    make(buffer, clock, 4.0, 2.0)
    assert make(buffer, clock, 60.0, 2.0) == pytest.approx(4.0)

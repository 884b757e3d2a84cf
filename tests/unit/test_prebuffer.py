"""A sentence that is made more slowly than it plays is begun as late as it must be, and no later."""

import pytest

from steadyvoice.workers.prebuffer import Pace, Prebuffer


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def make(
    buffer: Prebuffer, clock: Clock, seconds: float, pace: float, ahead: float = 0.0, untaken: float = 0.0
) -> float:
    """A sentence, a tenth of a second after the other; return how long its first was held back."""
    held = 0.0
    buffer.gave(ahead)
    for at in range(round(seconds * 10)):
        if at:
            clock.now += 0.1 * pace
        buffer.came(0.1, seconds)
        held = held or buffer.wait
    buffer.over(untaken)
    return held


@pytest.mark.parametrize("pace", [1.2, 1.5, 3.0])
def test_held_back_as_long_as_it_takes(pace: float) -> None:
    clock = Clock()
    buffer = Prebuffer(Pace(), 60.0, clock)
    assert make(buffer, clock, 4.0, pace) == 0, "nobody knows yet"
    assert make(buffer, clock, 6.0, pace) == pytest.approx((1.1 * pace - 1) * 6.0)
    assert make(buffer, clock, 6.0, pace, ahead=0.5) == pytest.approx((1.1 * pace - 1) * 6.0 - 0.5)
    assert buffer.wait == 0, "all of it is there"


def test_who_is_quick_enough_is_never_held_back() -> None:
    clock = Clock()
    buffer = Prebuffer(Pace(), 60.0, clock)
    for _ in range(3):
        assert make(buffer, clock, 4.0, 0.9) == 0


def test_a_pause_of_the_listener_is_not_slowness() -> None:
    """Nothing comes because nothing is taken: the listener has plenty."""
    clock = Clock()
    buffer = Prebuffer(Pace(), 60.0, clock)
    make(buffer, clock, 4.0, 20.0, untaken=1.9)
    assert make(buffer, clock, 4.0, 0.5) == 0


def test_slowness_is_forgotten() -> None:
    clock = Clock()
    buffer = Prebuffer(Pace(), 60.0, clock)
    make(buffer, clock, 4.0, 2.0)
    for _ in range(8):
        make(buffer, clock, 4.0, 0.5)
    assert make(buffer, clock, 4.0, 0.5) == 0


def test_no_longer_than_can_be_made_ahead() -> None:
    clock = Clock()
    buffer = Prebuffer(Pace(), 2.0, clock)
    make(buffer, clock, 4.0, 2.0)
    assert make(buffer, clock, 60.0, 2.0) == pytest.approx(4.0)

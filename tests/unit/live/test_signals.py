"""Sample i of a signal is a function of i, wherever a block begins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.workers.live import signals
from steadyvoice.workers.live.signals import Signal

ALL = [signals.silence, signals.sweep, signals.tone(440), signals.tone(997.5), signals.noise(0), signals.noise(7)]


@given(st.sampled_from(ALL), st.integers(0, 2**40), st.integers(0, 2000), st.integers(0, 2000))
def test_blocks_make_no_difference(signal: Signal, start: int, first: int, second: int) -> None:
    parts = [signal(start, first), signal(start + first, second)]
    np.testing.assert_array_equal(np.concatenate(parts), signal(start, first + second))


@pytest.mark.parametrize("signal", ALL)
def test_level(signal: Signal) -> None:
    made = signal(0, 480_000)
    assert made.dtype == np.float32
    assert np.abs(made).max() <= signals.PEAK


def test_noise_is_white_and_of_its_seed() -> None:
    made, other = signals.noise(1)(0, 100_000), signals.noise(2)(0, 100_000)
    for against in (other, np.roll(made, 1), np.roll(made, 512)):
        assert abs(np.corrcoef(made, against)[0, 1]) < 0.02
    assert np.std(made) == pytest.approx(0.5 / np.sqrt(12), rel=0.01)


def test_noise_is_splitmix64() -> None:
    """The published generator's first outputs for the seed 1234567."""
    bits = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    wanted = [(each >> 40) / 2**25 - 0.25 for each in bits]
    assert signals.noise(1234567)(0, 3).tolist() == wanted


def test_a_tone_has_its_frequency() -> None:
    spectrum = np.abs(np.fft.rfft(signals.tone(1000)(10**9, 48000)))
    assert int(spectrum.argmax()) == 1000

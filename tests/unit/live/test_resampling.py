"""A stream that is copied, and resampled from some block on."""

import numpy as np
import pytest
from numpy.typing import NDArray

from steadyvoice.workers.live import signals
from steadyvoice.workers.live.resampling import HELD, VariableResampler

RATE, BLOCK = 48000, 512


def through(sound: NDArray[np.float32], ratio: float, begin: int, block: int = BLOCK) -> NDArray[np.float64]:
    """The resampler begins with block ``begin``."""
    resampler, made = VariableResampler(), []
    for at in range(0, len(sound), block):
        if at == begin * block:
            resampler.begin()
        made.append(resampler.process(sound[at : at + block], ratio))
    return np.concatenate(made).astype(np.float64)


def residual_db(sound: NDArray[np.float64], hertz: float) -> float:
    """What is left of ``sound`` without its best fit by a sine of that frequency."""
    phase = 2 * np.pi * hertz / RATE * np.arange(len(sound))
    waves = np.stack([np.cos(phase), np.sin(phase)], 1)
    fit, *_ = np.linalg.lstsq(waves, sound, rcond=None)
    return float(20 * np.log10(np.std(sound - waves @ fit) / np.std(sound)))


def test_until_it_begins_every_bit_is_copied() -> None:
    sound = signals.noise(1)(0, 10 * BLOCK)
    np.testing.assert_array_equal(through(sound, 1.001, 99), sound)


@pytest.mark.parametrize("ppm", [100, -300, 1000])
def test_a_sine_stays_a_sine(ppm: float) -> None:
    ratio = 1 - ppm * 1e-6
    made = through(signals.tone(997)(0, 3 * RATE), ratio, 10)
    assert residual_db(made[12 * BLOCK :], 997 / ratio) <= -110


@pytest.mark.parametrize("ppm", [0, 100, -300, 1000])
@pytest.mark.parametrize("block", [64, 255, 512, 1279])
def test_the_change_is_not_heard(ppm: float, block: int) -> None:
    """No sample of a sine is further from its two neighbours than the curve of the sine asks for."""
    made = through(signals.tone(997)(0, 40 * block), 1 - ppm * 1e-6, 10, block)
    curve = 2 * np.cos(2 * np.pi * 997 / RATE)
    assert np.abs(made[2:] - curve * made[1:-1] + made[:-2]).max() < 2e-5 * max(1, abs(ppm) / 100)


@pytest.mark.parametrize("ppm", [100, -300])
def test_no_sample_is_lost_or_doubled(ppm: float) -> None:
    sound = signals.noise(1)(0, 4000 * BLOCK)
    ratio = 1 - ppm * 1e-6
    wanted = 10 * BLOCK + (len(sound) - 10 * BLOCK) * ratio - HELD
    assert len(through(sound, ratio, 10)) == pytest.approx(wanted, abs=2)


def test_it_begins_with_a_block_that_is_long_enough_for_a_fade() -> None:
    made = through(signals.tone(997)(0, 4000), 0.9999, 3, 32)
    assert len(made) == pytest.approx(4000 - HELD, abs=2)

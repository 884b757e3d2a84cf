"""Corrections of a stream: the right number of samples, and no step."""

import numpy as np
import pytest

from steadyvoice.workers.live.seams import Seams

TONE = np.sin(2 * np.pi * 100 / 48000 * np.arange(40_000)).astype(np.float32)
STEP = 0.05
"""The fades' slope and the tone's own; a cut would make one of up to 2."""


@pytest.mark.parametrize("frames", [1, 100, 511, 512, 5000, -1, -100, -511, -600, -5000])
@pytest.mark.parametrize("block", [64, 512, 1279])
def test_a_correction_is_exact_and_smooth(frames: int, block: int) -> None:
    seams, made = Seams(), []
    for at in range(0, len(TONE), block):
        if at == 10 * block:
            seams.correct(frames)
        made.append(seams.push(TONE[at : at + block]))
    whole = np.concatenate(made)
    assert len(whole) == len(TONE) + frames
    np.testing.assert_array_equal(whole[: 10 * block], TONE[: 10 * block])
    np.testing.assert_array_equal(whole[-10 * block :], TONE[-10 * block :])
    assert np.abs(np.diff(whole)).max() < STEP


def test_two_corrections_at_once() -> None:
    seams = Seams()
    seams.correct(1000)
    seams.correct(-400)
    assert len(seams.push(TONE)) == len(TONE) + 600


def test_after_silence_it_fades_in() -> None:
    seams = Seams()
    seams.fade_in()
    made = seams.push(np.ones(2000, np.float32))
    assert made[0] == 0
    assert np.abs(np.diff(made)).max() < 0.01
    assert made[240:].tolist() == [1.0] * 1760


def test_without_a_correction_the_same_samples_are_returned() -> None:
    assert Seams().push(TONE) is TONE


@pytest.mark.parametrize("skipped", [[5000], [100, 100], [128] * 40])
def test_skipped_samples_fade_out_over_the_next_ones(skipped: list[int]) -> None:
    seams, at = Seams(), 1000
    made = [seams.push(TONE[:at])]
    for count in skipped:
        seams.skip(TONE[at : at + count])
        at += count
    made.append(seams.push(TONE[at:]))
    whole = np.concatenate(made)
    assert len(whole) == len(TONE) - sum(skipped)
    assert np.abs(np.diff(whole)).max() < STEP

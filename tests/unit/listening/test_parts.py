"""Parts of the listener: resampling, the early sign, whether we speak."""

import numpy as np
import pytest

from steadyvoice.workers.listening.decimator import HOP, SINK_HOP, Decimator, Samples
from steadyvoice.workers.listening.far_end import FarEnd
from steadyvoice.workers.listening.loudness import Loudness, is_residual_echo


def sine(hertz: float, rate: int, count: int, at: float = 0.0) -> Samples:
    return np.sin(2 * np.pi * hertz * (np.arange(count) / rate - at)).astype(np.float32)


@pytest.mark.parametrize(("hertz", "error"), [(50, 1e-3), (1000, 1e-3), (5000, 1e-3), (7000, 3e-3)])
def test_speech_passes_the_decimator(hertz: float, error: float) -> None:
    decimator, wave = Decimator(), sine(hertz, 48_000, 10 * SINK_HOP)
    made = np.concatenate([decimator(wave[start : start + SINK_HOP]) for start in range(0, len(wave), SINK_HOP)])
    assert made.dtype == np.float32
    assert len(made) == 10 * HOP
    best = min(
        float(np.abs(made[HOP:] - sine(hertz, 16_000, len(made), late / 48_000)[HOP:]).max())
        for late in (45, 46, 47, 48)
    )
    assert best < error


@pytest.mark.parametrize("hertz", [9000, 11_000, 15_000, 23_000])
def test_what_16_khz_cannot_hold_is_removed(hertz: float) -> None:
    decimator, wave = Decimator(), sine(hertz, 48_000, 10 * SINK_HOP)
    made = [decimator(wave[start : start + SINK_HOP]) for start in range(0, len(wave), SINK_HOP)]
    assert np.abs(np.concatenate(made[1:])).max() < 1.2e-3


def noise(decibels: float, seed: int = 0) -> Samples:
    return (np.random.default_rng(seed).standard_normal(HOP) * 10 ** (decibels / 20)).astype(np.float32)


@pytest.mark.parametrize(
    ("room_db", "sound_db", "is_sign"),
    [(-80, -60, False), (-80, -50, True), (-50, -47, False), (-50, -40, True), (-30, -15, True), (-120, -120, False)],
)
def test_two_loud_hops_are_a_sign(room_db: float, sound_db: float, is_sign: bool) -> None:
    loudness = Loudness()
    assert not any([loudness.is_raised(noise(room_db, seed)) for seed in range(2000)][1000:])
    assert not loudness.is_raised(noise(sound_db))
    assert loudness.is_raised(noise(sound_db)) == is_sign


def test_a_lasting_noise_is_the_room() -> None:
    loudness = Loudness()
    raised = [loudness.is_raised(noise(-40, seed)) for seed in range(1500)]
    assert raised[1]
    assert not any(raised[1000:])


def test_residual_echo_is_known_by_its_level() -> None:
    near = noise(-30)
    assert is_residual_echo(0.09 * near, near + 0.5)
    assert not is_residual_echo(0.11 * near, near)


def test_we_speak_until_half_a_second_after_the_last_sound() -> None:
    far_end, sound, silence = FarEnd(), noise(-30), np.zeros(HOP, np.float32)
    far_end.add(silence)
    assert not far_end.has_echo
    for _ in range(500):
        assert not far_end.echo_is_known
        far_end.add(sound)
        assert far_end.has_echo
    assert far_end.echo_is_known
    assert not far_end.may_be_loud
    far_end.add(silence, has_moved=True)
    for hop in range(250):
        assert not far_end.echo_is_known
        assert far_end.may_be_loud == (hop < 30)
        far_end.add(sound)
    assert far_end.echo_is_known
    for _ in range(49):
        far_end.add(silence)
    assert far_end.has_echo
    far_end.add(silence)
    assert not far_end.has_echo
    assert far_end.echo_is_known


def test_a_room_without_sound_is_quiet() -> None:
    loudness = Loudness()
    for seed in range(600):
        loudness.is_raised(noise(-50, seed))
    assert loudness.is_quiet
    loudness.is_raised(noise(-42))
    quiet = []
    for seed in range(30):
        quiet.append(loudness.is_quiet)
        loudness.is_raised(noise(-50, seed))
    assert not any(quiet)
    assert loudness.is_quiet


def test_a_far_end_that_the_microphone_does_not_hear_has_no_echo() -> None:
    """As with headphones; where the device is opened again, this is found out again."""
    far_end, sound = FarEnd(), noise(-30)
    for _ in range(2):
        for _ in range(50):
            assert not far_end.echo_is_known
            far_end.add(sound, near_is_quiet=True)
        assert far_end.echo_is_known
        assert not far_end.may_be_loud
        far_end.add(sound, has_moved=True)


def test_a_far_end_that_is_heard_now_and_then_has_an_echo() -> None:
    far_end, sound = FarEnd(), noise(-30)
    for number in range(400):
        far_end.add(sound, near_is_quiet=number % 50 > 0)
    assert not far_end.echo_is_known

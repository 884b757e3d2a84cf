"""48 kHz mono float32 to device frames: the exact number of samples, no louder, rounded to the nearest value."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from steadyvoice.workers.playback.alsa import FLOAT_MONO, Format, Layout
from steadyvoice.workers.playback.fitting import CaptureFitting, Fitting, packed, unpacked
from steadyvoice.workers.playback.resampler import Resampler

RATES = [8000, 11025, 16000, 22050, 32000, 37000, 44099, 44100, 47952, 88200, 96000, 176400, 191999, 192000, 384000]


def tones(rate: float, samples: int, highest: float) -> NDArray[np.float64]:
    """Sines of up to nine tenths of ``highest``, in hertz."""
    time = np.arange(samples) / rate
    shares = (0.01, 0.3, 0.6, 0.9)
    sines = np.stack([0.2 * np.sin(2 * np.pi * share * highest * time + share) for share in shares])
    return np.asarray(sines.sum(axis=0), np.float64)


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate % 2 == 0 or rate % 25 == 0])
def test_resampled(rate: int) -> None:
    """Equal to tones made at the other rate, to 100 dB and without a shift."""
    resampler = Resampler(48000, rate)
    sound = tones(48000, 48000, min(rate, 48000) / 2).astype(np.float32)
    made = np.concatenate([resampler.push(sound[at : at + 113]) for at in range(0, len(sound), 113)])
    assert abs(len(made) - (48000 - resampler.delay) * rate / 48000) < 2
    wanted = tones(rate, len(made), min(rate, 48000) / 2)
    whole = slice(rate // 4, rate // 2)  # the tones' abrupt beginning is not band-limited
    assert np.std(made[whole] - wanted[whole]) < 1e-5 * np.std(wanted)


@pytest.mark.parametrize("rate", RATES)
def test_block_sizes_make_no_difference(rate: int) -> None:
    sound = tones(48000, 9000, min(rate, 48000) / 2).astype(np.float32)
    cuts = [0, *np.cumsum(np.random.default_rng(rate).integers(0, 300, 100)).clip(0, len(sound)).tolist(), len(sound)]
    one, many = Resampler(48000, rate), Resampler(48000, rate)
    pieces = [many.push(sound[start:end]) for start, end in pairwise(cuts)]
    np.testing.assert_array_equal(np.concatenate(pieces), one.push(sound))


@given(st.sampled_from(RATES), st.lists(st.integers(1, 5000), min_size=1, max_size=20))
def test_never_more_frames_than_fit(rate: int, free_frames: list[int]) -> None:
    fitting = Fitting(rate, FLOAT_MONO)
    for frames in free_frames:
        samples = fitting.samples(frames)
        assert samples >= (frames - 2) * 48000 // rate
        assert len(fitting.fit(np.zeros(samples, np.float32))) <= frames


def test_silence_is_silence_and_full_scale_is_not_louder() -> None:
    fitting = Fitting(44100, Layout(2, "f32"))
    square = np.sign(np.sin(np.arange(48000) / 20)).astype(np.float32)
    assert np.abs(fitting.fit(square)).max() == 1.0
    assert fitting.fit(np.zeros(48000, np.float32)).shape[1:] == (2,)
    assert not fitting.fit(np.zeros(480, np.float32)).any()


def test_48_khz_mono_float_is_not_copied() -> None:
    samples = np.ones(128, np.float32)
    assert Fitting(48000, FLOAT_MONO).fit(samples) is samples
    assert Fitting(48000, FLOAT_MONO).samples(128) == 128


@pytest.mark.parametrize(
    ("sample", "values"),
    [
        ("s16", {0.0: 0, 1.0: 32767, -1.0: -32768, 0.5: 16384, 1.4 / 32768: 1, -1.6 / 32768: -2, 2.0: 32767}),
        ("s24", {0.0: 0, 1.0: 8388607, -1.0: -8388608, 0.5: 4194304, -1.6 / 8388608: -2, -2.0: -8388608}),
        ("s32", {0.0: 0, 1.0: 2147483647, -1.0: -2147483648, 0.5: 1073741824, -2.0: -2147483648}),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_packed(sample: Format, values: dict[float, int], channels: int) -> None:
    frames = packed(np.array(list(values), np.float32), Layout(channels, sample))
    size = int(sample[1:]) // 8
    assert frames.flags.c_contiguous
    octets = frames.tobytes()
    numbers = [int.from_bytes(octets[at : at + size], "little", signed=True) for at in range(0, len(octets), size)]
    silent = [0] * max(0, channels - 2)
    assert numbers == [number for value in values.values() for number in [value] * min(channels, 2) + silent]


@pytest.mark.parametrize("format", ["f32", "s32", "s24", "s16"])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_what_was_packed_is_unpacked(format: Format, channels: int) -> None:
    """Both front channels have the sample, so their mean is the sample."""
    layout = Layout(channels, format)
    samples = np.linspace(-1, 0.99, 1001).astype(np.float32)
    made = unpacked(packed(samples, layout).tobytes(), layout)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, samples, atol=0 if format == "f32" else 2.0 ** (1 - int(format[1:])) + 1e-7)


def test_two_channels_are_averaged_and_others_left_out() -> None:
    frames = np.array([[0.5, 0.25, 0.9], [-1.0, 0.0, 0.9]], np.float32)
    assert unpacked(frames.tobytes(), Layout(3, "f32")).tolist() == [0.375, -0.5]


@pytest.mark.parametrize("rate", [44100, 16000, 96000])
def test_what_was_captured_at_another_rate(rate: int) -> None:
    fitting = CaptureFitting(rate, Layout(2, "f32"))
    mono = tones(rate, rate, min(rate, 48000) / 2).astype(np.float32)
    frames = np.repeat(mono, 2).tobytes()
    made = np.concatenate([fitting.fit(frames[at : at + 1024]) for at in range(0, len(frames), 1024)])
    wanted = tones(48000, len(made), min(rate, 48000) / 2)
    whole = slice(12_000, 36_000)
    assert np.std(made[whole] - wanted[whole]) < 1e-5 * np.std(wanted)

"""The pitch and formant shift: results, and independence of how the input is cut."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.converters import converter
from steadyvoice.workers.converters.shift import Shift
from steadyvoice.workers.engines.engine import Samples


def shifted(pcm: Samples, rate: int, pitch: float, formant: float, sizes: Sequence[int] = ()) -> Samples:
    stream = Shift().open("shift", rate, pitch, formant, lambda: 0.0)
    assert stream.rate == rate
    pieces = np.split(pcm, np.cumsum(np.asarray(sizes, int)))
    return np.concatenate([*(stream.process(piece) for piece in pieces), stream.finish()])


def vowel(rate: int, hertz: float, formant: float, seconds: float = 1.0) -> Samples:
    """The harmonics of a pitch under one resonance, 150 Hz wide."""
    t = np.arange(round(rate * seconds)) / rate
    sound: NDArray[np.float64] = np.zeros(len(t))
    for f in np.arange(hertz, min(0.45 * rate, 6000), hertz):
        sound += np.cos(2 * np.pi * f * t) / (1 + ((f - formant) / 150) ** 2)
    return np.asarray(sound * 0.3 / abs(sound).max(), np.float32)


def spectrum(pcm: Samples, rate: int) -> tuple[NDArray[np.floating], float]:
    """Magnitudes of the middle of a second, zero-padded eightfold; and hertz per bin."""
    middle = pcm[rate // 4 : rate // 4 + rate // 2]
    return np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 4 * rate)), 0.25


def strongest(magnitudes: NDArray[np.floating], low: float, high: float, width: float) -> float:
    """The frequency of the highest bin in [low, high]."""
    first = round(low / width)
    bins = magnitudes[first : round(high / width)]
    top = int(np.argmax(bins))
    before, here, after = np.log(bins[top - 1 : top + 2])
    return float((first + top + (before - after) / 2 / (before - 2 * here + after)) * width)


def cents(of: float, to: float) -> float:
    return float(1200 * np.log2(of / to))


SOUND = np.concatenate(
    (
        np.random.default_rng(5).uniform(-0.1, 0.1, 1500).astype(np.float32),
        vowel(24000, 130, 700, 0.12),
        np.zeros(700, np.float32),
        vowel(24000, 310, 1500, 0.1),
        np.random.default_rng(6).uniform(-1, 1, 900).astype(np.float32),
    )
)


@pytest.mark.parametrize("rate", [22050, 48000])
@pytest.mark.parametrize(("hertz", "pitch"), [(80, 7), (110, -3), (110, 12), (200, 3), (200, -12), (440, -7.5)])
def test_pitch_moves_by_the_ratio(rate: int, hertz: float, pitch: float) -> None:
    magnitudes, width = spectrum(shifted(vowel(rate, hertz, 3 * hertz), rate, pitch, 0), rate)
    wanted = hertz * 2 ** (pitch / 12)
    multiple = max(1, round(3 * hertz / wanted))  # the strongest harmonic
    found = strongest(magnitudes, (multiple - 0.5) * wanted, (multiple + 0.5) * wanted, width) / multiple
    assert abs(cents(found, wanted)) < 3
    between = [magnitudes[round((k + 0.5) * wanted / width)] for k in range(1, 4)]
    assert max(between) < 0.02 * magnitudes.max()  # there is no other pitch


@pytest.mark.parametrize(("pitch", "formant"), [(0.01, 0), (5, 0), (-5, 0), (0, 4), (0, -4), (4, 3), (-4, -3)])
def test_formants_move_independently_of_the_pitch(pitch: float, formant: float) -> None:
    rate, hertz, resonance = 24000, 90.0, 1400.0
    magnitudes, width = spectrum(shifted(vowel(rate, hertz, resonance), rate, pitch, formant), rate)
    new = hertz * 2 ** (pitch / 12)
    harmonics = np.arange(1, 60)
    power = np.array(
        [magnitudes[round((k - 0.3) * new / width) : round((k + 0.3) * new / width)].max() for k in harmonics]
    )
    top = int(np.argmax(power))
    near = slice(max(0, top - 3), top + 4)
    centre = float((power[near] ** 2 @ harmonics[near]) / (power[near] ** 2).sum()) * new
    assert centre == pytest.approx(resonance * 2 ** (formant / 12), rel=0.04)


def test_a_sine_is_followed() -> None:
    sine = (0.5 * np.sin(2 * np.pi * 220 * np.arange(48000) / 48000)).astype(np.float32)
    magnitudes, width = spectrum(shifted(sine, 48000, 4, 0), 48000)
    assert abs(cents(strongest(magnitudes, 100, 400, width), 220 * 2 ** (4 / 12))) < 3


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 1700), max_size=40), st.sampled_from([(-6, 0), (3, -2), (24, 12), (-24, -12), (0, 3)]))
def test_chunked_is_whole(sizes: list[int], shift: tuple[float, float]) -> None:
    whole = shifted(SOUND, 24000, *shift)
    assert len(whole) == len(SOUND)
    np.testing.assert_allclose(shifted(SOUND, 24000, *shift, sizes), whole, atol=1e-4)


@pytest.mark.parametrize("length", [0, 1, 2, 119, 120, 121, 500, 7001])
def test_output_and_input_have_equal_lengths(length: int) -> None:
    for size in (1, 64, 7001):
        assert len(shifted(SOUND[:length], 24000, 5, 1, [size] * (length // size))) == length


def test_samples_are_returned_during_the_input() -> None:
    stream = Shift().open("shift", 24000, 5, 0, lambda: 0.0)
    voice = vowel(24000, 150, 600)
    assert sum(len(stream.process(piece)) for piece in np.split(voice, 100)) > len(voice) - 24000 * 0.03


def test_each_utterance_has_its_own_state() -> None:
    streams = [Shift().open("shift", 24000, pitch, 0, lambda: 0.0) for pitch in (4, 4, -4)]
    parts: list[list[Samples]] = [[], [], []]
    for piece in np.split(SOUND[:6000], 20):
        for part, stream in zip(parts, streams, strict=True):
            part.append(stream.process(piece))
    sounds = [np.concatenate([*part, stream.finish()]) for part, stream in zip(parts, streams, strict=True)]
    np.testing.assert_array_equal(sounds[0], sounds[1])
    np.testing.assert_array_equal(sounds[0], shifted(SOUND[:6000], 24000, 4, 0))
    np.testing.assert_array_equal(sounds[2], shifted(SOUND[:6000], 24000, -4, 0))


def test_unvoiced_sound_keeps_its_place() -> None:
    sound = np.zeros(24000, np.float32)
    sound[9001] = 0.8
    np.testing.assert_allclose(shifted(sound, 24000, 7, 0), sound, atol=1e-4)


@pytest.mark.parametrize("pitch", [-7, 7])
def test_begin_and_end_of_a_voice_keep_their_place(pitch: float) -> None:
    sound = np.concatenate((np.zeros(9600), vowel(48000, 180, 700, 0.3), np.zeros(9600)), dtype=np.float32)
    there = np.flatnonzero(np.abs(shifted(sound, 48000, pitch, 0)) > 0.02)
    assert abs(there[0] - 9600) < 48000 / 100
    assert abs(there[-1] - (9600 + 14400)) < 48000 / 100


def test_a_shift_of_zero_changes_nothing() -> None:
    stream = Shift().open("shift", 24000, 0, 0, lambda: 0.0)
    for piece in np.split(SOUND, [1, 700, 700]):
        np.testing.assert_array_equal(stream.process(piece), piece)
    assert not len(stream.finish())


def test_silence_stays_silence() -> None:
    assert not shifted(np.zeros(30000, np.float32), 48000, -12, 5).any()


@pytest.mark.parametrize(("pitch", "formant"), [(-24, -12), (-24, 12), (24, -12), (24, 12)])
@pytest.mark.parametrize("rate", [8000, 48000])
def test_the_loudest_sound_at_the_furthest_shift(rate: int, pitch: float, formant: float) -> None:
    voice = vowel(rate, 67, 500, 0.4)
    sound = np.concatenate((voice / abs(voice).max(), np.random.default_rng(1).uniform(-1, 1, rate // 5)))
    out = shifted(sound.astype(np.float32), rate, pitch, formant, [200] * 30)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1
    assert out.std() > 0.2 * sound.std()


def test_loudness_is_constant() -> None:
    voice = vowel(24000, 150, 600)
    for pitch in (-6, -3, 3, 6):
        loud = shifted(voice, 24000, pitch, 0)[6000:18000].std() / voice[6000:18000].std()
        assert 0.7 < loud < 1.4, pitch


def test_it_is_found_and_refuses_other_names() -> None:
    family = converter.load("shift")
    family.warmup()
    assert [(c.name, c.installed) for c in family.converters()] == [("shift", True)]
    with pytest.raises(NotInstalled, match="alto"):
        family.open("alto", 24000, 0, 0, lambda: 0.0)

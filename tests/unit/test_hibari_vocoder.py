"""Hibari's vocoder in chunks, compared with its package."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.hibari import SENTENCE, speak

from steadyvoice.workers.engines.engine import Samples
from steadyvoice.workers.engines.hibari import HibariGenerator
from steadyvoice.workers.engines.hibari.dsp import BINS, DIM, HOP, HibariVocoder


class Replay:
    """Predefined noise: by frames for the vocoder, by bins for the package."""

    def __init__(self, noise: Samples) -> None:
        self.noise, self.at = noise, 0

    def standard_normal(self, size: tuple[int, int], dtype: type[np.float32]) -> Samples:
        if size[1] == 2 * BINS:
            self.at += size[0]
            return self.noise[self.at - size[0] : self.at].copy()
        return self.noise.view(np.complex64).T.copy(order="C").view(np.float32)


def synthetic(n: int, seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    frames = rng.standard_normal((n, DIM), dtype=np.float32)
    frames[:, :BINS] -= 3
    frames[:, 2 * BINS : 4 * BINS] -= 4
    frames[:, -1] = np.where(rng.random(n) < 0.7, rng.uniform(60, 400, n), 0)
    return frames


def sound(vocoder: HibariVocoder, chunks: Sequence[Samples]) -> Samples:
    return np.concatenate([*(vocoder.push(chunk) for chunk in chunks), vocoder.finish()])


def replaying(noise: Samples) -> HibariVocoder:
    return HibariVocoder(lambda: Replay(noise))


def package_sound(frames: Samples, noise: Samples) -> Samples:
    from hibari import dsp

    parts = [np.ascontiguousarray(frames[:, i * BINS : (i + 1) * BINS].T) for i in range(5)]
    made: Samples = dsp.synth(*parts, frames[:, -1], Replay(noise))
    return made


def noise(n: int) -> Samples:
    return np.random.default_rng(7).standard_normal((n, 2 * BINS), dtype=np.float32)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(1, 60), cuts=st.lists(st.integers(0, 60), max_size=12), seed=st.integers(0, 99))
def test_chunked_equals_whole(n: int, cuts: list[int], seed: int) -> None:
    frames = synthetic(n, seed)
    whole = sound(HibariVocoder(), [frames])
    chunked = sound(HibariVocoder(), np.split(frames, sorted(min(cut, n) for cut in cuts)))
    assert whole.dtype == np.float32
    assert len(whole) == n * HOP
    np.testing.assert_allclose(chunked, whole, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 40])
def test_synthetic_frames_sound_as_in_the_package(n: int) -> None:
    frames, drawn = synthetic(n, n), noise(n)
    expected = package_sound(frames, drawn)
    np.testing.assert_allclose(sound(replaying(drawn), [frames]), expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(sound(replaying(drawn), np.split(frames, n)), expected, rtol=0, atol=1e-6)


def test_spoken_frames_sound_as_in_the_package(generator: HibariGenerator) -> None:
    chunks = speak(generator, SENTENCE)
    frames = np.concatenate(chunks)
    drawn = noise(len(frames))
    heard = sound(replaying(drawn), chunks)
    assert np.abs(heard).max() > 0.05
    np.testing.assert_allclose(heard, package_sound(frames, drawn), rtol=0, atol=1e-5)


def test_a_vocoder_is_reset_after_each_segment() -> None:
    frames = synthetic(20, 1)
    vocoder = HibariVocoder()
    first = sound(vocoder, [frames])
    np.testing.assert_array_equal(sound(vocoder, [frames]), first)
    assert len(vocoder.finish()) == 0
    assert len(vocoder.push(frames[:0])) == 0


def test_a_vocoder_keeps_no_reference_to_its_input() -> None:
    frames = synthetic(30, 2)
    expected = sound(HibariVocoder(), [frames])
    slot, vocoder, heard = np.empty((10, DIM), np.float32), HibariVocoder(), []
    for chunk in np.split(frames, 3):
        slot[:] = chunk
        heard.append(vocoder.push(slot))
        slot[:] = np.nan
    np.testing.assert_allclose(np.concatenate([*heard, vocoder.finish()]), expected, rtol=0, atol=1e-6)

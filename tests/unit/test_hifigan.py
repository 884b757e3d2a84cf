"""XTTS-v2's HiFi-GAN, against numbers that upstream computed with the same weights (docs/models.md)."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.vocoders import TINY_HIFIGAN as TINY
from support.vocoders import hifigan_weights, rows
from torch import Tensor

from steadyvoice.workers.engines.engine import Downstream
from steadyvoice.workers.engines.xtts.vocoder import SAMPLES, HifiganDecoder
from steadyvoice.workers.networks.hifigan import Hifigan, Latents

pytestmark = pytest.mark.usefixtures("one_processor")
FIXTURE = Path(__file__).parents[1] / "fixtures" / "hifigan.json"
FRAMES, EVERY = 11, 7
HIFIGAN = Hifigan(hifigan_weights(), "cpu", TINY)
LATENTS, SPEAKER = rows(30, TINY.latents), rows(1, TINY.speaker)[0]


@cache
def decoder() -> HifiganDecoder:
    """It runs a window of each size first, which takes longer than most tests."""
    return HifiganDecoder(HIFIGAN)


@cache
def whole(latents: Tensor) -> Tensor:
    made = Latents().push(latents, ends=True)
    return HIFIGAN(HIFIGAN.state(SPEAKER), made, len(made), begins=True, ends=True)


def test_it_equals_upstream() -> None:
    """In float64, idiap/coqui-ai-TTS 7cde79e, HifiDecoder.inference: largest error 1.3e-7, of 0.72."""
    got = whole(LATENTS[:FRAMES])
    assert len(got) == int(4 * FRAMES * 24000 / 22050) * TINY.samples
    np.testing.assert_allclose(got[::EVERY], json.loads(FIXTURE.read_text()), atol=1e-6)


@settings(max_examples=6)
@given(st.lists(st.integers(0, 20), max_size=8), st.floats(0, 1))
def test_a_vocoder_equals_the_whole_at_any_cuts(sizes: list[int], ahead_s: float) -> None:
    vocoder = decoder().vocoder(SPEAKER, Downstream(lambda: ahead_s))
    latents, expected = LATENTS.numpy(), whole(LATENTS)
    for _ in range(2):  # no state is kept between segments
        parts = [vocoder.push(part.copy()) for part in np.split(latents, np.cumsum(sizes).clip(max=len(latents)))]
        parts.append(vocoder.finish())
        pcm = np.concatenate(parts)
        assert len(pcm) == len(latents) * SAMPLES
        np.testing.assert_allclose(pcm[: len(expected)], expected, atol=2e-6)
        assert not pcm[len(expected) :].any()
    assert not len(vocoder.finish())


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_segment_of_few_latents(count: int) -> None:
    vocoder = decoder().vocoder(SPEAKER, Downstream())
    pcm = np.concatenate([*(vocoder.push(each) for each in LATENTS[:count].numpy()[:, None]), vocoder.finish()])
    expected = whole(LATENTS[:count])
    np.testing.assert_allclose(pcm[: len(expected)], expected, atol=2e-6)


def test_a_vocoder_buffers_a_second_at_most() -> None:
    vocoder = decoder().vocoder(SPEAKER, Downstream(lambda: 1e9))
    given_, made = 0, 0
    for latent in LATENTS.numpy()[:, None]:
        made += len(vocoder.push(latent))
        given_ += SAMPLES
        assert given_ - made <= TINY.rate
    assert made


def test_speakers_differ() -> None:
    made = Latents().push(LATENTS[:8], ends=True)
    one, other = (HIFIGAN(HIFIGAN.state(each), made, len(made)) for each in (SPEAKER, -SPEAKER))
    assert abs(one - other).max() > 0.1

"""HiFT, against numbers that upstream computed with the same weights (docs/models.md)."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.vocoders import TINY, hift_weights, rows
from torch import Tensor

from steadyvoice.workers.engines.chatterbox.vocoder import LOOKAHEAD, HiftDecoder
from steadyvoice.workers.engines.engine import Downstream
from steadyvoice.workers.networks.hift import Hift
from steadyvoice.workers.networks.hift_source import normal

pytestmark = pytest.mark.usefixtures("one_processor")
FIXTURE = Path(__file__).parents[1] / "fixtures" / "hift.json"
FRAMES, EVERY, SEED = 24, 7, 5
KINDS = {"chatterbox": False, "cosyvoice2": True}
HIFTS = {by_frame: Hift(hift_weights(), "cpu", TINY, by_frame=by_frame, seed=SEED) for by_frame in (False, True)}
MEL = rows(64, TINY.mels)


@cache
def decoder(by_frame: bool) -> HiftDecoder:
    """It runs a window of each size first, which takes longer than most tests."""
    return HiftDecoder(HIFTS[by_frame], fades_in=False)


@cache
def whole(hift: Hift, mel: Tensor) -> Tensor:
    return hift(hift.state(), mel, len(mel), begins=True, ends=True)


def chunked(hift: Hift, mel: Tensor, lookahead: int, size: int) -> Tensor:
    state, made, at = hift.state(), [], 0
    while at + size + lookahead < len(mel):
        made.append(hift(state, mel[at : at + size + lookahead], size, begins=not at))
        at += size
    made.append(hift(state, mel[at:], len(mel) - at, begins=not at, ends=True))
    return torch.cat(made)


@pytest.mark.parametrize("kind", KINDS)
def test_it_equals_upstream(kind: str) -> None:
    """In float64, resemble-ai/chatterbox 5de7a54 and FunAudioLLM/CosyVoice ace7c47: largest error 2.8e-6, of 0.99.

    The source's first phases and noise were ours.
    """
    got = whole(HIFTS[KINDS[kind]], MEL[:FRAMES])
    assert len(got) == FRAMES * TINY.samples
    np.testing.assert_allclose(got[::EVERY], json.loads(FIXTURE.read_text())[kind], atol=1e-5)


@pytest.mark.parametrize("by_frame", [False, True])
@pytest.mark.parametrize(("lookahead", "error"), [(21, 2e-6), (14, 2e-6), (LOOKAHEAD, 5e-5), (10, 5e-4), (8, 1.5e-3)])
def test_windows_with_a_lookahead(lookahead: int, error: float, *, by_frame: bool) -> None:
    """Without an error but rounding where no frame later than the lookahead has an effect (``exact``)."""
    hift = HIFTS[by_frame]
    assert hift.exact == 21
    got = chunked(hift, MEL, lookahead, 9)
    np.testing.assert_allclose(got, whole(hift, MEL), atol=error)
    assert abs(got).max() > 0.3


@pytest.mark.parametrize("count", [1, 2, 3, 11])
def test_a_segment_of_few_frames(count: int) -> None:
    hift = HIFTS[False]
    np.testing.assert_allclose(chunked(hift, MEL[:count], 14, 1), whole(hift, MEL[:count]), atol=2e-6)


@settings(max_examples=6)
@given(st.lists(st.integers(0, 30), max_size=8), st.booleans(), st.floats(0, 1))
def test_a_vocoder_equals_the_whole_at_any_cuts(sizes: list[int], by_frame: bool, ahead_s: float) -> None:
    hift = HIFTS[by_frame]
    vocoder = decoder(by_frame).vocoder(Downstream(lambda: ahead_s))
    mel = MEL.numpy()
    for _ in range(2):  # no state is kept between segments
        parts = [vocoder.push(part.copy()) for part in np.split(mel, np.cumsum(sizes).clip(max=len(mel)))]
        parts.append(vocoder.finish())
        np.testing.assert_allclose(np.concatenate(parts), whole(hift, MEL), atol=5e-5)
    assert not len(vocoder.finish())


def test_a_vocoder_buffers_a_second_at_most() -> None:
    """Also while the listener has much left to play, and input comes in single frames."""
    vocoder = decoder(False).vocoder(Downstream(lambda: 1e9))
    given_, made = 0, 0
    for frame in MEL.numpy()[:, None]:
        made += len(vocoder.push(frame))
        given_ += TINY.samples
        assert given_ - made <= TINY.rate
    assert made


def test_chatterbox_fades_in() -> None:
    """A segment's first 20 ms are silent, as upstream's ``trim_fade``."""
    hift = HIFTS[False]
    vocoder = HiftDecoder(hift, fades_in=True).vocoder(Downstream())
    pcm = np.concatenate((vocoder.push(MEL.numpy()), vocoder.finish()))
    plain = whole(hift, MEL).numpy()
    assert not pcm[:480].any()
    np.testing.assert_allclose(pcm[720], plain[720] * (1 - np.cos(np.pi * 240 / 479)) / 2, atol=1e-6)
    np.testing.assert_allclose(pcm[960:], plain[960:], atol=5e-5)


def test_noise_is_normal_and_a_function_of_its_number() -> None:
    noise = normal(torch.arange(200_000), 7)
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01
    assert abs((noise[1:] * noise[:-1]).mean()) < 0.01
    assert (noise.abs() > 3).float().mean() < 0.004
    assert torch.equal(normal(torch.arange(1000, 1100), 7), noise[1000:1100])
    assert abs((normal(torch.arange(200_000), 8) * noise).mean()) < 0.01


def test_the_phase_does_not_drift() -> None:
    """After 500 frames in windows of other sizes, the samples still differ by rounding only."""
    hift = HIFTS[False]
    mel = MEL.repeat(8, 1)
    one, other = chunked(hift, mel, 21, 37), chunked(hift, mel, 21, 250)
    np.testing.assert_allclose(one, other, atol=2e-6)

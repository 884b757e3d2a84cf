"""Soprano's decoder, against numbers that upstream's code computed with the same weights (docs/models.md)."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from steadyvoice.workers.engines.engine import Downstream
from steadyvoice.workers.engines.soprano.decoder import SAMPLES, SIZE, Decoder, SopranoVocoder, Stream, shapes

FIXTURE = Path(__file__).parents[1] / "fixtures" / "soprano_decoder.json"
WIDTH, FRAMES, EVERY = 12, 9, 97
KERNELS = (1, 3)  # v1.1's and v1.0's


def tiny_weights(kernel: int) -> dict[str, torch.Tensor]:
    dice = np.random.RandomState(kernel)
    weights = {}
    for name, shape in shapes(WIDTH, kernel).items():
        drawn = dice.standard_normal(shape).astype(np.float32)
        weights[name] = torch.from_numpy(1 + 0.3 * drawn if name.endswith("norm.weight") else 0.3 * drawn)
    weights["head.istft.window"] = torch.hann_window(SIZE)
    return weights


def tiny_frames(count: int = FRAMES) -> NDArray[np.float32]:
    return np.random.RandomState(9).standard_normal((count, 512)).astype(np.float32)


@pytest.fixture(params=KERNELS)
def decoder(request: pytest.FixtureRequest) -> Decoder:
    return Decoder(tiny_weights(request.param), "cpu")


@pytest.mark.parametrize("kernel", KERNELS)
def test_it_equals_upstream(kernel: int) -> None:
    expected = json.loads(FIXTURE.read_text())[str(kernel)]
    got = Decoder(tiny_weights(kernel), "cpu")(tiny_frames())
    assert len(got) == (FRAMES - 1) * SAMPLES
    np.testing.assert_allclose(got[::EVERY], expected, atol=1e-5)


@pytest.mark.parametrize("sizes", [[1] * 40, [5, 4, 4, 4, 23], [2, 38], [0, 39, 0, 1]])
def test_chunked_equals_whole(decoder: Decoder, sizes: list[int]) -> None:
    frames = tiny_frames(40)
    stream = Stream(decoder)
    parts = [stream.push(part) for part in np.split(frames, np.cumsum(sizes)[:-1])]
    parts.append(stream.push(frames[:0], end=True))
    np.testing.assert_allclose(np.concatenate(parts), decoder(frames), atol=1e-6)


def test_a_window_with_four_frames_beside_it_equals_the_whole(decoder: Decoder) -> None:
    frames = tiny_frames(30)
    whole = decoder(frames)
    window = decoder(frames[10:22])
    inner = slice(4 * SAMPLES, 7 * SAMPLES)
    np.testing.assert_allclose(window[inner], whole[14 * SAMPLES : 17 * SAMPLES], atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_segment_of_few_frames(decoder: Decoder, count: int) -> None:
    assert len(decoder(tiny_frames(count))) == (count - 1) * SAMPLES


def test_a_vocoder_gives_2048_samples_per_frame(decoder: Decoder) -> None:
    frames = tiny_frames(21)
    vocoder = SopranoVocoder(decoder, Downstream())
    for segment in range(2):  # no state is kept between segments
        parts = [vocoder.push(frame) for frame in frames[:, None]]
        parts.append(vocoder.finish())
        pcm = np.concatenate(parts)
        assert len(pcm) == len(frames) * SAMPLES
        np.testing.assert_allclose(pcm[:-SAMPLES], decoder(frames), atol=1e-6)
        assert not pcm[-SAMPLES:].any()
        assert not len(vocoder.finish())
        assert not any(map(len, parts[:5]))
        assert len(parts[5]) or segment  # sound comes with the sixth frame, where nothing is there to be heard before


def test_frames_are_not_kept(decoder: Decoder) -> None:
    """The pipeline writes the next frames into the same memory."""
    frames, vocoder = tiny_frames(7), SopranoVocoder(decoder, Downstream())
    slot, parts = np.empty((1, 512), np.float32), []
    for frame in frames:
        slot[:] = frame
        parts.append(vocoder.push(slot))
        slot[:] = np.nan
    parts.append(vocoder.finish())
    np.testing.assert_allclose(np.concatenate(parts)[:-SAMPLES], decoder(frames), atol=1e-6)

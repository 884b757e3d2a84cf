"""The encoders of the HTTP gateway: every sample arrives, in any division into blocks, and nothing after the last."""

import io
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from support.matrix import quick

from steadyvoice.gateways.http.encoding.codecs import CODECS
from steadyvoice.gateways.http.encoding.messages import Opening

RATE = 24_000
DELAYS = {"mp3": 1105, "aac": 1024}
"""Samples of silence that each decoder puts first, which its format has no place to announce in a stream."""
FRAMES = {"mp3": 576, "aac": 1024}

Pcm = NDArray[np.int16]


def sweep(samples: int) -> Pcm:
    """A rising tone that is loud to its last sample."""
    at = np.arange(samples) / RATE
    return (9000 * np.sin(2 * np.pi * (200 + 150 * at) * at)).astype(np.int16)


def encoded(format: str, pcm: Pcm, block: int) -> bytes:
    codec = CODECS[format](Opening(format, RATE, 64))
    parts = [codec.encode(pcm[at : at + block].tobytes()) for at in range(0, len(pcm), block)]
    return b"".join([*parts, codec.finish()])


def decoded(data: bytes) -> tuple[Pcm, int]:
    """Samples and rate, by a decoder of another project."""
    resampler, parts, rate = av.AudioResampler("s16", "mono"), [], 0
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(audio=0):
            rate = frame.sample_rate
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate(parts), rate


def similarity(one: NDArray[Any], other: NDArray[Any]) -> float:
    one, other = one.astype(float), other.astype(float)
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


BLOCKS = quick(2, [480, 97, 1, 4097, 100_000])
LENGTHS = quick(3, [24_001, 1_153, 12_000, 24_000, 71_999])


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("samples", LENGTHS)
def test_flac_is_the_same_samples(samples: int, block: int) -> None:
    pcm = sweep(samples)
    result, rate = decoded(encoded("flac", pcm, block))
    assert rate == RATE
    assert np.array_equal(result, pcm)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("samples", LENGTHS)
def test_opus_has_the_same_length_and_the_same_end(samples: int, block: int) -> None:
    result, rate = decoded(encoded("opus", sweep(samples), block))
    assert rate == 48_000  # always, for a decoder of Opus
    assert len(result) == 2 * samples
    assert similarity(result[::2][-600:], sweep(samples)[-600:]) > 0.9


@pytest.mark.parametrize("format", ["mp3", "aac"])
@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("samples", LENGTHS)
def test_mp3_and_aac_have_all_samples_after_their_delay_and_then_silence(samples: int, block: int, format: str) -> None:
    pcm, delay = sweep(samples), DELAYS[format]
    result, rate = decoded(encoded(format, pcm, block))
    assert rate == RATE
    assert delay + samples <= len(result) < delay + samples + 2 * FRAMES[format]
    assert similarity(result[delay : delay + samples], pcm) > 0.98
    after = result[delay + samples :].astype(float)
    assert np.abs(after[200:]).max(initial=0) < 300  # 3 % of the tone


@pytest.mark.parametrize("format", sorted(CODECS))
@pytest.mark.parametrize("samples", [0, 1, 100])
def test_a_stream_of_a_few_samples_or_none_is_encoded_too(format: str, samples: int) -> None:
    assert samples == 0 or encoded(format, sweep(samples), 480)
    if format in ("flac", "opus") and samples:
        result, rate = decoded(encoded(format, sweep(samples), 480))
        assert len(result) == samples * rate // RATE


@pytest.mark.parametrize(("format", "most"), [("mp3", 960), ("flac", 1_440), ("opus", 1_920), ("aac", 2_400)])
def test_audio_comes_out_after_a_few_hundredths_of_a_second(format: str, most: int) -> None:
    """most: samples, 20 ms at a time."""
    codec, headers = CODECS[format](Opening(format, RATE, 64)), 900
    out = b""
    for at in range(0, most, 480):
        out += codec.encode(sweep(most)[at : at + 480].tobytes())
    assert len(out) > (headers if format == "opus" else 86 if format == "flac" else 0)


@pytest.mark.parametrize("bit_rate", [32, 64, 128])
def test_opus_at_the_bit_rates_that_other_protocols_ask_for(bit_rate: int) -> None:
    codec = CODECS["opus"](Opening("opus", 48_000, bit_rate))
    noise = np.random.default_rng(1).integers(-9000, 9000, 480_000).astype(np.int16)
    data = codec.encode(noise.tobytes()) + codec.finish()
    assert abs(len(data) / 10 / (bit_rate * 125) - 1) < 0.15


@pytest.mark.parametrize(("rate", "bit_rate"), [(8_000, 1), (44_100, 33), (8_000, 512), (48_000, 512)])
def test_mp3_takes_the_nearest_bit_rate_that_it_has(rate: int, bit_rate: int) -> None:
    codec = CODECS["mp3"](Opening("mp3", rate, bit_rate))
    result, got = decoded(codec.encode(sweep(rate).tobytes()) + codec.finish())
    assert got == rate
    assert len(result) >= rate


@pytest.mark.parametrize(("rate", "bit_rate"), [(22_050, 32), (44_100, 128)])
def test_mp3_at_the_rates_that_other_protocols_ask_for(rate: int, bit_rate: int) -> None:
    codec = CODECS["mp3"](Opening("mp3", rate, bit_rate))
    data = codec.encode(sweep(rate).tobytes()) + codec.finish()
    result, got = decoded(data)
    assert got == rate
    assert len(result) >= rate
    assert abs(len(data) - bit_rate * 125) < 1_000

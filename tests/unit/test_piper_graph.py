"""Piper's graph, cut in two: both halves together are the whole, and windows of the second are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.piper import RATE, model

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.engine import Downstream
from steadyvoice.workers.engines.hibari.acoustic import session
from steadyvoice.workers.engines.piper import graph
from steadyvoice.workers.engines.piper.model import DIM, Decoder, Encoder, Latents, Scales
from steadyvoice.workers.engines.piper.model import encoder as load_encoder
from steadyvoice.workers.engines.piper.vocoder import PiperVocoder

IDS = [1, 0, *(each for i in range(3, 40) for each in (i, 0)), 2]
QUIET = Scales(0.0, 1.0, 0.0)
DRAWN = Scales(0.667, 1.0, 0.8)
Halves = tuple[Encoder, Decoder]


def halves(file: Path) -> Halves:
    parts = graph.cut(file)
    assert parts.flow
    return Encoder(session(parts.text), session(parts.flow)), Decoder(session(parts.vocoder))


def every(latents: Latents) -> NDArray[np.float32]:
    return latents.frames(0, latents.count)


def saved(path: Path, proto: Any) -> Path:
    path.write_bytes(proto.SerializeToString())
    return path


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("one") / "one.onnx", model())


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("three") / "three.onnx", model(12, speakers=3))


def whole(file: Path, scales: Scales, speaker: int | None = None) -> NDArray[np.float32]:
    """The samples of the published graph."""
    feed = {"input": np.array([IDS]), "input_lengths": np.array([len(IDS)]), "scales": np.array(scales, np.float32)}
    feed |= {} if speaker is None else {"sid": np.array([speaker])}
    samples: NDArray[np.float32] = session(file).run(None, feed)[0].reshape(-1)
    return samples


def test_both_halves_are_the_whole(one: Path) -> None:
    """Without noise, since the published graph draws other noise at every call."""
    encoder, decoder = halves(one)
    latents = encoder(IDS, QUIET, 0)
    assert len(latents.durations) == len(IDS)
    assert sum(latents.durations) == latents.count
    frames = every(latents)
    assert frames.shape == (latents.count, DIM)
    expected = whole(one, QUIET)
    assert expected.std() > 0.01
    np.testing.assert_allclose(decoder(frames, 0), expected, atol=1e-6)


def test_each_speaker_has_a_voice(three: Path) -> None:
    encoder, decoder = halves(three)
    voices = [decoder(every(encoder(IDS, QUIET, speaker)), speaker) for speaker in range(3)]
    for speaker, samples in enumerate(voices):
        np.testing.assert_allclose(samples, whole(three, QUIET, speaker), atol=1e-6)
    frames = every(encoder(IDS, QUIET, 0))
    assert np.abs(decoder(frames, 0) - decoder(frames, 1)).max() > 1e-3, "the decoder itself has a speaker"


def test_noise_is_drawn_once_and_for_all(one: Path) -> None:
    first, again = halves(one)[0], halves(one)[0]
    latents, quiet = first(IDS, DRAWN, 0), first(IDS, QUIET, 0)
    assert latents.durations != quiet.durations
    assert np.abs(latents.frames(0, 10) - quiet.frames(0, 10)).max() > 0.1
    for encoder in (first, again):
        np.testing.assert_array_equal(every(encoder(IDS, DRAWN, 0)), every(latents))


def test_noise_lasts_for_any_text(one: Path) -> None:
    """More frames than the table of random numbers has."""
    encoder, _ = halves(one)
    latents = encoder(IDS * 8, DRAWN._replace(length=4.0), 0)
    assert latents.count == sum(latents.durations) > graph.NOISE_FRAMES
    assert latents.frames(graph.NOISE_FRAMES, latents.count).std() > 0.1


@pytest.mark.parametrize("size", [1, 7, 32])
def test_windows_of_the_flow_are_the_whole(three: Path, size: int) -> None:
    """It is given a mask [1, 1, T] and, where there are several speakers, the speaker's values [1, n, 1]."""
    latents = halves(three)[0](IDS, DRAWN, 2)
    assert sorted(each.shape[2] for each in latents._given.values()) == [1, latents.count]
    windows = [latents.frames(at, min(at + size, latents.count)) for at in range(0, latents.count, size)]
    np.testing.assert_allclose(np.concatenate(windows), every(latents), atol=2e-6)


def test_a_graph_without_a_flow_to_cut(tmp_path: Path) -> None:
    """Its latents are those of a graph with one: here the noise is subtracted, which is not the known form."""
    proto = model()
    drawn = [node for node in proto.graph.node if node.op_type == "RandomNormalLike"][-1]
    product = next(node for node in proto.graph.node if drawn.output[0] in node.input)
    sum_of = next(node for node in proto.graph.node if product.output[0] in node.input)
    sum_of.op_type = "Sub"
    parts = graph.cut(saved(tmp_path / "x.onnx", proto))
    assert not parts.flow
    encoder, decoder = Encoder(session(parts.text)), Decoder(session(parts.vocoder))
    expected = whole(tmp_path / "x.onnx", QUIET)
    np.testing.assert_allclose(decoder(every(encoder(IDS, QUIET, 0)), 0), expected, atol=1e-6)
    loaded = load_encoder(tmp_path / "x.onnx")
    np.testing.assert_array_equal(every(loaded(IDS, DRAWN, 0)), every(encoder(IDS, DRAWN, 0)))


def test_length_is_the_rate(one: Path) -> None:
    encoder, _ = halves(one)
    normal, slow = (encoder(IDS, DRAWN._replace(length=length), 0).count for length in (1.0, 2.0))
    assert 1.7 * normal < slow < 2.1 * normal


@pytest.mark.parametrize("stages", [((8, 16), (8, 16), (4, 8)), ((8, 16), (8, 16), (2, 4), (2, 4))], ids=len)
def test_chunked_is_the_whole(tmp_path: Path, stages: tuple[tuple[int, int], ...]) -> None:
    """With exactly the context that the decoder needs, and no less."""
    encoder, decoder = halves(saved(tmp_path / "x.onnx", model(8, stages=stages)))
    frames = every(encoder(IDS, DRAWN, 0))
    expected = decoder(frames, 0)

    def chunked(size: int, ahead: float) -> NDArray[np.float32]:
        vocoder = PiperVocoder(decoder, 0, RATE, Downstream(lambda: ahead))
        parts = [vocoder.push(frames[at : at + size]) for at in range(0, len(frames), size)]
        return np.concatenate([*parts, vocoder.finish()])

    for size, ahead in ((1, 0.0), (7, 0.0), (21, 0.0), (21, 9.0), (len(frames), 9.0)):
        np.testing.assert_allclose(chunked(size, ahead), expected, atol=2e-6)
    decoder.context -= 3
    assert np.abs(chunked(7, 0.0) - expected).max() > 1e-4


def test_a_vocoder_begins_again_after_each_segment(one: Path) -> None:
    encoder, decoder = halves(one)
    frames = every(encoder(IDS, DRAWN, 0))
    vocoder = PiperVocoder(decoder, 0, RATE, Downstream())
    first = np.concatenate((vocoder.push(frames[:50]), vocoder.finish()))
    assert len(first) == 50 * 256
    np.testing.assert_allclose(np.concatenate((vocoder.push(frames[:50]), vocoder.finish())), first, atol=2e-6)
    assert len(vocoder.finish()) == 0
    assert len(vocoder.push(frames[:1])) == 0
    assert len(vocoder.finish()) == 256


def without(kind: str) -> Callable[[Any], object]:
    def change(proto: Any) -> None:
        for node in proto.graph.node:
            if node.op_type == kind:
                node.op_type = "Identity"
                del node.input[1:], node.attribute[:]

    return change


def renamed(proto: Any) -> None:
    proto.graph.input[0].name = "tokens"
    for node in proto.graph.node:
        node.input[:] = ["tokens" if name == "input" else name for name in node.input]


def drawing(kind: str) -> Callable[[Any], object]:
    def change(proto: Any) -> None:
        for node in proto.graph.node:
            if node.op_type == "RandomNormalLike":
                node.op_type = kind

    return change


def noisy_decoder(proto: Any) -> None:
    [node for node in proto.graph.node if node.op_type == "LeakyRelu"][-1].op_type = "RandomNormalLike"


def elsewhere(proto: Any) -> None:
    weight = proto.graph.initializer[0]
    weight.data_location = 1
    entry = weight.external_data.add()
    entry.key, entry.value = "location", "../../../etc/passwd"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (without("ConvTranspose"), "no upsampling layer"),
        (without("Conv"), "no convolution before its first upsampling"),
        (renamed, "it takes input_lengths, scales, tokens in place of input"),
        (drawing("RandomUniformLike"), "random numbers by RandomUniformLike"),
        (noisy_decoder, "its decoder draws random numbers"),
        (elsewhere, "its weights are in another file"),
    ],
)
def test_another_graph_is_refused(tmp_path: Path, change: Callable[[Any], object], why: str) -> None:
    proto = model()
    change(proto)
    file = saved(tmp_path / "x.onnx", proto)
    with pytest.raises(BadModelFile, match=why) as refused:
        graph.cut(file)
    assert str(refused.value).startswith(f"{file} is not a model of Piper")


def test_another_frame_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModelFile, match="a frame has 64 samples; supported are models with 256"):
        graph.cut(saved(tmp_path / "x.onnx", model(stages=((8, 16), (8, 16)))))


@pytest.mark.parametrize("content", [b"", b"\x08\x08garbage", bytes(5000), b"<html>"])
def test_what_is_no_graph_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(BadModelFile, match=r"x\.onnx is not a model of Piper"):
        graph.cut(tmp_path / "x.onnx")

"""RVC's networks compared with upstream's numbers, and its stream with the conversion in one piece.

rvc_upstream.npz was made from rvc_tiny.pth and rvc_tiny.safetensors by RVC-Project's code at 4338f12 and
transformers 4.57.6 (docs/models.md): the architecture as published, in sizes of a few numbers.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from steadyvoice.workers.converters.rvc import checkpoint, loading, rmvpe
from steadyvoice.workers.converters.rvc.content import ContentShape, Past
from steadyvoice.workers.converters.rvc.f0 import SwiftF0, coarse
from steadyvoice.workers.converters.rvc.model import Machine, Model
from steadyvoice.workers.converters.rvc.source import Source
from steadyvoice.workers.converters.rvc.stream import BLOCKS, RvcStream
from steadyvoice.workers.converters.rvc.synth import Synth

Samples = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]
FILES = Path(__file__).parents[1] / "fixtures"
CPU = Machine(torch.device("cpu"), torch.float32)
FRAMES, HEAD, LENGTH = 60, 34, 20


@pytest.fixture(scope="module", autouse=True)
def _inference() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.inference_mode():
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def upstream() -> Arrays:
    with np.load(FILES / "rvc_upstream.npz") as numbers:
        return dict(numbers)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A tiny voice of 8 kHz, and a content encoder that is small but as wide as a voice needs it."""
    small = ContentShape(filter=32, layers=1, conv=16, positions=16)
    file = tmp_path_factory.mktemp("content") / "model.safetensors"
    checkpoint.make_random_content(file, shape=small)
    content = loading.content(file, shape=small)
    file.unlink()
    return Model(content, loading.voice(FILES / "rvc_tiny.pth"), CPU)


def wave(*size: int) -> Samples:
    i = np.arange(np.prod(size))
    return np.asarray(np.sin(i * 0.7 + np.sin(i * 0.11) * 3), np.float32).reshape(size)


def pitch() -> Samples:
    return np.where(np.arange(FRAMES) % 20 < 14, 150 + 5 * np.arange(FRAMES), 0).astype(np.float32)


def near(a: NDArray[Any], b: NDArray[Any], most: float) -> None:
    assert a.shape == b.shape
    assert np.abs(a - b).max() < most


def source(synth: Synth, noise: np.random.Generator | None = None) -> Source:
    mix = synth.dec.m_source.l_linear
    return Source(synth.shape.rate, synth.shape.hop, float(mix.weight), float(mix.bias), noise)


def test_content_is_upstreams(upstream: Arrays) -> None:
    content = loading.content(FILES / "rvc_tiny.safetensors", shape=ContentShape(16, 32, 2, 2, 8, 16, 4))
    near(content.frames(CPU.to_tensor(wave(6400)))[0].numpy(), upstream["content"], 1e-5)


def test_the_cache_replaces_earlier_input(model: Model) -> None:
    """Except for the loudness of input that had not arrived yet."""
    sound, frame = voice(2.0), 320
    whole = model.content(sound, Past(0))[50:]
    past = Past(60)
    model.content(sound[: 70 * frame], past)
    past.settle(50, 69)  # the encoder looks 8 frames ahead
    assert past.cached == 19
    off, alone = (np.abs(model.content(sound[50 * frame :], known) - whole).mean() for known in (past, Past(0)))
    assert off < 0.2 * alone
    past.settle(20, 49)
    assert past.length == 60


@pytest.mark.parametrize("part", [False, True])
def test_synthesiser_is_upstreams(upstream: Arrays, part: bool) -> None:
    synth = loading.voice(FILES / "rvc_tiny.pth", trim=False)
    noise, f0 = wave(8, FRAMES), pitch()
    if part:
        noise, f0 = noise[:, HEAD - 24 :], f0[HEAD : HEAD + LENGTH]
    z = synth.latents(CPU.to_tensor(wave(FRAMES, 768)), CPU.to_tensor(np.arange(FRAMES) * 4 + 1), CPU.to_tensor(noise))
    z = z[:, :, 24 : 24 + LENGTH] if part else z
    name = "part" if part else "whole"
    near(z[0].numpy(), upstream[f"z_{name}"], 1e-4)
    sound = synth.dec(z, CPU.to_tensor(source(synth).push(f0)[None]))
    near(sound[0].numpy(), upstream[name], 1e-5)


def test_source_is_upstreams_however_it_is_cut(upstream: Arrays) -> None:
    synth = loading.voice(FILES / "rvc_tiny.pth")
    near(source(synth).push(pitch()), upstream["source"], 1e-5)
    whole = source(synth, np.random.default_rng(3)).push(pitch())
    cut = source(synth, np.random.default_rng(3))
    near(np.concatenate([cut.push(part) for part in np.split(pitch(), [1, 20, 20, 47])]), whole, 1e-6)


def test_coarse_pitch_is_upstreams(upstream: Arrays) -> None:
    assert (coarse(upstream["hz"]) == upstream["coarse"]).all()


def test_rmvpes_bands_and_hertz_are_upstreams(upstream: Arrays) -> None:
    bands = rmvpe._log_mel(torch.from_numpy(wave(3200))).numpy()
    near(np.exp(bands), np.exp(upstream["mel"]), 1e-5)  # the logarithm of a quiet band shows the FFT's rounding
    salience = np.abs(wave(40, 360)) ** 8
    salience[3] = 0.01
    salience[4, 0] = salience[5, 359] = 2
    near(rmvpe.hertz(salience), upstream["hertz"], 0.01)


def test_both_spellings_of_the_weight_norm(tmp_path: Path) -> None:
    shape = ContentShape(16, 32, 2, 2, 8, 16, 4)
    state = loading.read(FILES / "rvc_tiny.safetensors")
    stem = "encoder.pos_conv_embed.conv."
    for written, read in (("weight_g", "original0"), ("weight_v", "original1")):
        state[stem + written] = state.pop(f"{stem}parametrizations.weight.{read}")
    state["final_proj.weight"] = torch.zeros(4, 16)
    torch.save({f"hubert.{key}": value for key, value in state.items()}, tmp_path / "pytorch_model.bin")
    old = loading.content(tmp_path / "pytorch_model.bin", shape=shape)
    new = loading.content(FILES / "rvc_tiny.safetensors", shape=shape)
    sound = CPU.to_tensor(wave(3200))
    assert torch.equal(old.frames(sound), new.frames(sound))


def test_decoding_a_block_gives_the_samples_of_the_whole() -> None:
    whole = loading.voice(FILES / "rvc_tiny.pth", trim=False)
    block = loading.voice(FILES / "rvc_tiny.pth")
    z, excitation = CPU.to_tensor(wave(8, FRAMES)), CPU.to_tensor(source(whole).push(pitch())[None])
    margin, hop = block.dec.margin, block.shape.hop
    made = block.dec(z[:, :, : 20 + 2 * margin], excitation[:, :, : (20 + 2 * margin) * hop])
    near(made.numpy(), whole.dec(z, excitation)[:, margin * hop : (margin + 20) * hop].numpy(), 1e-5)
    narrow = z.clone()
    narrow[:, :, 20 + 2 * margin :] = 9  # inputs further away have no influence
    assert torch.equal(made, block.dec(narrow[:, :, : 20 + 2 * margin], excitation[:, :, : (20 + 2 * margin) * hop]))


def voice(seconds: float, rate: int = 16000, hertz: float = 140) -> Samples:
    """A moving pitch with overtones and a little noise."""
    at = np.arange(round(seconds * rate)) / rate
    turns = hertz * at + 4 * np.sin(2 * np.pi * 0.7 * at)
    tones = sum(np.sin(2 * np.pi * turns * k) / k for k in range(1, 9))
    noise = np.random.default_rng(1).standard_normal(len(at))
    return np.asarray(0.1 * tones * (1.2 + np.sin(2 * np.pi * 2 * at)) + 0.003 * noise, np.float32)


def convert(
    model: Model,
    pcm: Samples,
    rate: int = 16000,
    step: int = 1600,
    shift: float = 0.0,
    blocks: tuple[int, ...] = BLOCKS,
) -> Samples:
    stream = RvcStream(model, SwiftF0(), rate, shift, lambda: 0.0, blocks)
    pieces = [stream.process(pcm[i : i + step]) for i in range(0, len(pcm), step)]
    return np.concatenate([*pieces, stream.finish()])


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_equal_the_whole_except_for_the_encoders_view(model: Model, block: int) -> None:
    """The error at a seam is no larger than between seams, and both are near the conversion in one piece."""
    pcm = voice(3.3)
    whole = convert(model, pcm, step=len(pcm), blocks=(332,))
    made = convert(model, pcm, blocks=(block,))
    assert len(made) == len(whole)
    error, hop = made - whole, model.shape.hop
    loudness = np.sqrt(np.mean(whole**2))
    assert np.sqrt(np.mean(error**2)) < 0.25 * loudness
    seams = np.arange(block * hop, len(made) - hop, block * hop)
    steps = np.abs(np.diff(made))
    assert max(steps[s - 2 : s + 2].max() for s in seams) < 1.2 * np.abs(np.diff(whole)).max()
    around = np.mean([np.mean(error[s - hop : s + hop] ** 2) for s in seams])
    between = np.mean([np.mean(error[s - hop : s + hop] ** 2) for s in seams - block * hop // 2])
    assert around < 4 * between + (0.05 * loudness) ** 2


def test_with_equal_latents_blocks_equal_the_whole(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """No block changes the latents or the excitation of the one before it: one decoding makes the same samples."""
    asked: list[tuple[Samples, Samples]] = []
    decode = model.decode

    def recorded(z: Samples, excitation: Samples) -> Samples:
        asked.append((z, excitation))
        return decode(z, excitation)

    monkeypatch.setattr(model, "decode", recorded)
    made = convert(model, voice(2.0), blocks=(48,))
    known, hop = 2 * model.margin, model.shape.hop
    z = np.concatenate([asked[0][0], *(z[:, known:] for z, _ in asked[1:])], 1)
    excitation = np.concatenate([asked[0][1], *(source[known * hop :] for _, source in asked[1:])])
    near(decode(z, excitation)[: len(made)], made, 1e-5)


def test_the_sound_does_not_depend_on_the_pieces(model: Model) -> None:
    pcm = voice(1.5, 24000)
    one = convert(model, pcm, 24000, step=1200, blocks=(48,))
    assert (one == convert(model, pcm, 24000, step=1200, blocks=(48,))).all()
    near(convert(model, pcm, 24000, step=777, blocks=(48,)), one, 1e-4)


@pytest.mark.parametrize(("samples", "rate"), [(0, 16000), (1, 24000), (161, 44100), (6401, 16000), (47999, 22050)])
def test_output_has_the_length_of_the_input(model: Model, samples: int, rate: int) -> None:
    made = convert(model, voice(samples / rate, rate), rate, step=1000)
    assert len(made) == round(samples * model.shape.rate / rate)
    assert np.isfinite(made).all()


def test_a_voice_with_an_odd_margin_speaks(model: Model, tmp_path: Path) -> None:
    """Such as one of 32 kHz."""
    values = checkpoint.config(32000)
    values[2:7], values[13], values[16] = [8, 8, 16, 2, 1], 32, 4
    checkpoint.make_random(tmp_path / "model.pth", values=values)
    odd = Model(model._content, loading.voice(tmp_path / "model.pth"), CPU)
    assert odd.margin % 2
    pcm = voice(1.1)
    made = convert(odd, pcm, blocks=(24,))
    assert len(made) == 2 * len(pcm)
    assert np.sqrt(np.mean((made - convert(odd, pcm, blocks=(96,))) ** 2)) < 0.25 * np.sqrt(np.mean(made**2))


def test_output_is_aligned_with_the_input(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames of a tone have its pitch, and the silence before and after has none, as the source shows."""
    at = np.arange(32000)
    pcm = np.where((at >= 12800) & (at < 22400), voice(2.0, hertz=200), 0).astype(np.float32)
    f0 = SwiftF0()(pcm)
    voiced = np.flatnonzero(f0)
    assert abs(voiced[0] - 80) <= 3
    assert abs(voiced[-1] - 139) <= 3
    assert np.abs(f0[85:135] - 200).max() < 40
    heard: list[Samples] = []
    stream = RvcStream(model, SwiftF0(), 16000, 12.0, lambda: 0.0)
    push = stream._source.push

    def recorded(f0: Samples) -> Samples:
        heard.append(f0)
        return push(f0)

    monkeypatch.setattr(stream._source, "push", recorded)
    stream.process(pcm)
    stream.finish()
    frames = np.concatenate(heard)[model.margin :]  # the first frames precede the utterance
    octave = np.flatnonzero(frames[:200])
    assert abs(octave[0] - 80) <= 3
    assert abs(octave[-1] - 139) <= 3
    assert np.abs(frames[85:135] - 2 * f0[85:135]).max() < 20


def test_blocks_grow_with_the_listeners_buffer(model: Model) -> None:
    pcm, hop = voice(4.0), model.shape.hop
    stream = RvcStream(model, SwiftF0(), 16000, 0.0, lambda: 9.0)
    made = [len(stream.process(pcm[i : i + 800])) // hop for i in range(0, len(pcm), 800)]
    sizes = [size for size in made if size]
    assert sizes[0] == BLOCKS[0]
    assert sizes[-1] == BLOCKS[-1]

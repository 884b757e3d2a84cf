"""Soprano as an engine: text to frames to sound, and where it stops."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from support.matrix import quick
from tokenizers import Tokenizer

from steadyvoice.ipc.errors import BadModelFile, DeviceUnavailable, NotInstalled
from steadyvoice.workers import optional
from steadyvoice.workers.engines import engine
from steadyvoice.workers.engines.soprano import FILES, Soprano
from steadyvoice.workers.engines.soprano.checkpoint import Prompt, check
from steadyvoice.workers.engines.soprano.lm import Config, LanguageModel
from steadyvoice.workers.engines.soprano.random_checkpoint import CONFIG, make_random, tokenizer_json
from steadyvoice.workers.engines.soprano.speaking import ROWS, Speaker
from steadyvoice.workers.engines.soprano.speech import Sampling, longest
from steadyvoice.workers.networks import device
from steadyvoice.workers.networks.matrix import EXACT

pytestmark = pytest.mark.usefixtures("one_processor")

SMALL = replace(CONFIG, vocab=400, layers=2, head_dim=8, ffn=12)
FORKED = Config(
    vocab=300, hidden=300, layers=1, heads=1, kv_heads=1, head_dim=2, ffn=2, positions=9, theta=1e4, eps=1e-6, stop=3
)
TEXT = "Hello there, how do you do?"


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data = tmp_path_factory.mktemp("data")
    make_random(data / "voices" / "small", "1.0", config=SMALL)
    yield data
    shutil.rmtree(data)


@pytest.fixture
def small(voices: Path, monkeypatch: pytest.MonkeyPatch) -> Soprano:
    monkeypatch.setenv("STEADYVOICE_DATA", str(voices))
    return Soprano("cpu")


def counting(after: dict[int, int], second: dict[int, int] | None = None) -> Speaker:
    """A trivial model: after token i, after[i] (else i + 1) is the most likely token, and second[i] the next one."""
    weights = {name: torch.zeros(shape) for name, shape in FORKED.shapes.items()}
    weights["model.embed_tokens.weight"] = torch.eye(300)
    weights["model.norm.weight"] = torch.full((300,), 20.0)
    for token in range(300):
        weights["lm_head.weight"][after.get(token, (token + 1) % 300), token] = 1
    for token, other in (second or {}).items():
        weights["lm_head.weight"][other, token] = 0.9
    model = LanguageModel(FORKED, weights, "cpu", EXACT, ROWS)
    return Speaker(model, Tokenizer.from_str(tokenizer_json(300)), Prompt([3, 1], [2]), Sampling())


def said(speaker: Speaker, text: str) -> list[int]:
    """The token that each frame is the hidden state of."""
    frames = list(speaker.speak(text))
    assert all(frame.shape == (1, 300) and frame.dtype == np.float32 for frame in frames)
    return [int(frame.argmax()) for frame in frames]


def heard(soprano: Soprano, text: str) -> NDArray[np.float32]:
    vocoder = soprano.vocoder("small", engine.Downstream())
    frames = soprano.generator().generate(text, "small", 1.0, more=False)
    return np.concatenate([*map(vocoder.push, frames), vocoder.finish()])


def test_a_frame_is_the_state_that_predicts_a_token(capfd: pytest.CaptureFixture[str]) -> None:
    """The prompt's last state predicts the first token; the state that predicts the stop token is no frame."""
    assert said(counting({2: 40, 44: 3}), "hi.") == [2, 40, 41, 42, 43]
    assert capfd.readouterr().err == ""


def test_it_may_say_nothing() -> None:
    assert said(counting({2: 3}), "hi.") == []


def test_earlier_tokens_are_less_likely() -> None:
    """Token 1 is in the prompt, 40 was generated: 1 / 1.2 is less than 0.9."""
    assert said(counting({2: 1, 41: 40, 42: 3}, {2: 40, 41: 42}), "hi.") == [2, 40, 41]


def test_implausibly_long_speech_is_cut(capfd: pytest.CaptureFixture[str]) -> None:
    assert said(counting({2: 40}), "hi.") == [2, *range(40, 69)]
    assert capfd.readouterr().err == "soprano: no end after 30 frames, the most for its length (3 characters)\n"
    assert longest("x" * 300) == 512


def test_a_sustained_sound_is_cut(capfd: pytest.CaptureFixture[str]) -> None:
    frames = said(counting({2: 40, 45: 45}), "x" * 200)
    assert frames == [2, *range(40, 45), *[45] * 18]
    assert "a sound was held for 17 frames; cut after 24" in capfd.readouterr().err


def test_two_texts_by_turns_do_not_disturb_each_other(small: Soprano) -> None:
    generator = small.generator()
    texts = ("Hello there.", "And another one, which is longer.")
    alone = [np.concatenate(list(generator.generate(text, "small", 1.0, more=False))) for text in texts]
    one, other = (generator.generate(text, "small", 1.0, more=False) for text in texts)
    turns = list(zip(one, other, strict=False))
    for i, frames in enumerate(alone):
        np.testing.assert_array_equal(np.concatenate([turn[i] for turn in turns]), frames[: len(turns)])
    assert len(turns) > 10


def test_an_interrupted_text_leaves_no_state(small: Soprano) -> None:
    generator = small.generator()
    expected = list(generator.generate(TEXT, "small", 1.0, more=False))
    broken = generator.generate("Something else altogether.", "small", 1.0, more=False)
    next(broken)
    assert isinstance(broken, Generator)
    broken.close()
    np.testing.assert_array_equal(list(generator.generate(TEXT, "small", 1.0, more=False)), expected)


def test_what_cannot_be_read_is_silent(small: Soprano) -> None:
    assert list(small.generator().generate("\u65e5\u672c\u8a9e", "small", 1.0, more=False)) == []


def test_sound_is_as_long_as_its_frames_and_can_be_heard(small: Soprano) -> None:
    frames = list(small.generator().generate(TEXT, "small", 1.0, more=False))
    pcm = heard(small, TEXT)
    assert len(pcm) == sum(map(len, frames)) * small.spec.samples_per_frame
    assert np.isfinite(pcm).all()
    assert np.abs(pcm).max() < 1
    assert pcm.std() > 0.01


def test_voices_are_the_checkpoints_in_the_store(small: Soprano, voices: Path) -> None:
    (voices / "voices" / "piper").mkdir()
    (voices / "voices" / "piper" / "config.json").touch()
    assert small.voices() == [engine.Voice("small", "en-US", 32000, "Apache-2.0")]


def test_a_machine_without_voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    soprano = engine.load("soprano")
    assert soprano.voices() == []
    generator = soprano.generator()
    generator.warmup()
    with pytest.raises(NotInstalled, match="'heart' of soprano is not installed"):
        list(generator.generate("Hi.", "heart", 1.0, more=False))
    with pytest.raises(NotInstalled, match=r"'\.\./x' of soprano is not installed"):
        soprano.vocoder("../x", engine.Downstream())


def test_a_damaged_voice_does_not_prevent_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    (tmp_path / "voices" / "torn").mkdir(parents=True)
    for name in ("config.json", "decoder.pth"):
        (tmp_path / "voices" / "torn" / name).touch()
    generator = Soprano("cpu").generator()
    generator.warmup()
    assert "has no file model.safetensors" in capfd.readouterr().err
    with pytest.raises(BadModelFile):
        next(generator.generate("Hi.", "torn", 1.0, more=False))


def spoil(path: Path, file: str) -> dict[str, Callable[[], object]]:
    whole = (path / file).read_bytes()

    def remake(make: Callable[[Path], None]) -> None:
        (path / file).unlink()
        make(path / file)

    return {
        "cut": lambda: (path / file).write_bytes(whole[: len(whole) // 2]),
        "empty": lambda: (path / file).write_bytes(b""),
        "random": lambda: (path / file).write_bytes(os.urandom(5000)),
        "missing": (path / file).unlink,
        "folder": lambda: remake(Path.mkdir),
        "fifo": lambda: remake(os.mkfifo),
        "json": lambda: (path / file).write_text("[" * 100_000),
    }


@pytest.mark.parametrize(
    "ways", quick(1, [["cut", "missing", "json"], ["empty", "random", "folder", "fifo"]]), ids=" ".join
)
def test_each_damaged_voice_costs_itself(
    ways: list[str], tmp_path: Path, voices: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    names = ["small"]
    shutil.copytree(voices / "voices/small", tmp_path / "voices/small")
    for file in FILES:
        for way in ways:
            name = f"{file.partition('.')[0]}-{way}"
            shutil.copytree(voices / "voices/small", tmp_path / "voices" / name)
            spoil(tmp_path / "voices" / name, file)[way]()
            names.append(name)
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    soprano = Soprano("cpu")
    soprano.generator().warmup()
    for name in names:  # as the vocoder does
        optional.attempt(f"voice {name} of soprano", partial(soprano.vocoder, name, engine.Downstream()))
    assert [voice.name for voice in soprano.voices() if voice.installed] == ["small"]
    assert {voice.name for voice in soprano.voices()} == set(names)
    said = sorted(line.split(" is left out: ")[0] for line in capfd.readouterr().err.splitlines())
    assert said == sorted(f"voice {name} of soprano" for name in names[1:])


def test_torch_is_loaded_with_a_voice_only(voices: Path) -> None:
    """A machine without a voice of Soprano does not load torch."""
    code = (
        "import sys; from steadyvoice.workers.engines import engine; soprano = engine.load('soprano');"
        "soprano.voices(); soprano.generator(); sys.exit('torch' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], env={"STEADYVOICE_DATA": str(voices)}, check=False).returncode == 0
    )


def test_a_device_that_does_not_exist() -> None:
    with pytest.raises(DeviceUnavailable, match="there is no device 'cuda:99' here"):
        device.place("cuda:99")


def test_sampling() -> None:
    logits = torch.tensor([2.0, 1.9, -1.0, -5.0])
    nothing, first = torch.zeros(4, dtype=torch.bool), torch.tensor([True, False, False, True])
    assert Sampling().pick(logits, nothing, None) == 0
    assert Sampling().pick(logits, first, None) == 1  # 2 / 1.2 < 1.9
    assert Sampling().pick(-logits, torch.tensor([False, False, False, True]), None) == 3
    assert Sampling().pick(torch.tensor([-1.0, -1.1]), torch.tensor([True, False]), None) == 1  # -1.2 < -1.1
    dice = torch.Generator().manual_seed(0)
    drawn = [Sampling(temperature=1.0, top_p=0.9).pick(logits, nothing, dice) for _ in range(300)]
    assert set(drawn) == {0, 1}  # chances are .511, .462, .025, .0005: the second crosses .9
    assert 0.4 < drawn.count(0) / 300 < 0.65
    narrow = Sampling(temperature=1.0, top_p=0.5)
    assert {narrow.pick(logits, nothing, dice) for _ in range(50)} == {0}


def test_the_full_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Random weights of the published size speak, and stop by the text's length."""
    path = tmp_path / "voices" / "small"
    make_random(path)
    assert check(path) == "Soprano v1.1, 79.7 M + 30.4 M parameters"
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    pcm = heard(Soprano("cpu"), "Hi")
    shutil.rmtree(path)
    assert len(pcm) == longest("hi.") * 2048
    assert np.isfinite(pcm).all()
    assert np.abs(pcm).max() < 1
    assert pcm.std() > 0.01
    assert "no end after 30 frames" in capfd.readouterr().err

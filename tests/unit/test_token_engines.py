"""The generators of CosyVoice2 and XTTS-v2: published directories, and frames of a text."""

import pickle
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.cosyvoice import CosyVoice2, lm
from steadyvoice.workers.engines.cosyvoice import checkpoint as cosy_checkpoint
from steadyvoice.workers.engines.cosyvoice import random_checkpoint as cosy_random
from steadyvoice.workers.engines.text_tokens import QWEN2, byte_pairs
from steadyvoice.workers.engines.xtts import Xtts, gpt
from steadyvoice.workers.engines.xtts import checkpoint as xtts_checkpoint
from steadyvoice.workers.engines.xtts import random_checkpoint as xtts_random
from steadyvoice.workers.networks.decoder_lm import DecoderShape
from steadyvoice.workers.networks.gpt2_lm import Gpt2Shape

pytestmark = pytest.mark.usefixtures("one_processor")

COSY = replace(
    lm.SHAPE, layers=DecoderShape(2, 16, 4, 2, 4, 24, 1e6, 1e-6, has_qkv_bias=True), text_vocab=500, speech=300
)
XTTS = replace(gpt.SHAPE, layers=Gpt2Shape(2, 16, 2), text_vocab=300, codes=200)
ENGINES = [(CosyVoice2, "cosy", 1), (Xtts, "xtts", 16)]


@pytest.fixture(autouse=True)
def voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lm, "SHAPE", COSY)
    monkeypatch.setattr(gpt, "SHAPE", XTTS)
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    cosy_random.make_random(tmp_path / "voices" / "cosy", COSY)
    xtts_random.make_random(tmp_path / "voices" / "xtts", {"hifigan_decoder.x": torch.zeros(2)}, XTTS)
    for name in ("flow.pt", "hift.pt"):
        (tmp_path / "voices" / "cosy" / name).touch()
    return tmp_path / "voices"


def frames(engine: type[CosyVoice2 | Xtts], voice: str, text: str) -> Iterator[np.ndarray[Any, Any]]:
    return engine("cpu").generator().generate(text, voice, 1.0, more=False)


@pytest.mark.parametrize(("engine", "voice", "dim"), ENGINES)
def test_equal_texts_have_equal_frames(engine: type[CosyVoice2 | Xtts], voice: str, dim: int) -> None:
    assert [each.name for each in engine("cpu").voices()] == [voice]
    generator = engine("cpu").generator()
    assert len(list(islice(generator.generate("Something else.", voice, 1.0, more=False), 4))) == 4
    said = list(generator.generate("Hello you.", voice, 1.0, more=False))
    assert {each.shape for each in said} == {(1, dim)}
    assert {each.dtype for each in said} == {np.dtype("f4")}
    np.testing.assert_array_equal(np.concatenate(said), np.concatenate(list(frames(engine, voice, "Hello you."))))


def test_speech_is_as_long_as_the_text_allows(voices: Path) -> None:
    """With random weights, of which the stop is never drawn: 20 for each token, and three for each letter."""
    tokens = len(byte_pairs(voices / "cosy" / "CosyVoice-BlankEN", QWEN2, 500)("Hello you."))
    assert len(list(frames(CosyVoice2, "cosy", "Hello you."))) == 20 * tokens
    assert len(list(frames(Xtts, "xtts", "Hello you."))) == 80


@pytest.mark.parametrize(("engine", "voice", "file"), [(CosyVoice2, "cosy", "hift.pt"), (Xtts, "xtts", "model.pth")])
def test_a_missing_file_is_named(engine: type[CosyVoice2 | Xtts], voice: str, file: str, voices: Path) -> None:
    (voices / voice / file).unlink()
    with pytest.raises(BadModelFile, match=f"has no file {file}"):
        next(frames(engine, voice, "Hi."))


def test_checked_directories_are_described(voices: Path) -> None:
    assert cosy_checkpoint.check(voices / "cosy") == "CosyVoice2, 0 M"
    assert xtts_checkpoint.check(voices / "xtts") == "XTTS-v2, 0 M"


def test_random_files_have_the_published_tensors(voices: Path) -> None:
    cosy = torch.load(voices / "cosy" / "llm.pt", weights_only=True)
    assert {name: tuple(tensor.shape) for name, tensor in cosy.items()} == COSY.tensors | COSY.unused
    xtts = torch.load(voices / "xtts" / "model.pth", weights_only=True)["model"]
    expected = XTTS.tensors | XTTS.unused | XTTS.cloning | {"hifigan_decoder.x": (2,)}
    assert {name: tuple(tensor.shape) for name, tensor in xtts.items()} == expected


def test_a_voice_without_prompt_tokens_is_refused(voices: Path) -> None:
    said = torch.load(voices / "cosy" / "spk2info.pt", weights_only=True)
    said["random"]["prompt_text"] = torch.full((1, 3), 500)
    torch.save(said, voices / "cosy" / "spk2info.pt")
    with pytest.raises(BadModelFile, match='"prompt_text" has tokens that the model does not know'):
        cosy_checkpoint.lm_voice(voices / "cosy", COSY)
    torch.save({}, voices / "cosy" / "spk2info.pt")
    with pytest.raises(BadModelFile, match="has no voice"):
        cosy_checkpoint.lm_voice(voices / "cosy", COSY)


def test_latents_of_another_shape_are_refused(voices: Path) -> None:
    torch.save({"a": {"gpt_cond_latent": torch.zeros(1, 32, 3)}}, voices / "xtts" / "speakers_xtts.pth")
    with pytest.raises(BadModelFile, match='"gpt_cond_latent" of the first voice has not the shape'):
        xtts_checkpoint.voice(voices / "xtts", XTTS)


@pytest.mark.parametrize(("name", "is_read"), [("XttsConfig", True), ("Other", False)])
def test_the_configuration_beside_the_weights_is_not_read(
    voices: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_read: bool
) -> None:
    """The published file has objects of Coqui's classes: of these no code runs, and others are refused."""
    for module in ("TTS", "TTS.tts", "TTS.tts.configs", "TTS.tts.configs.xtts_config"):
        monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
    config = type(name, (), {"__module__": "TTS.tts.configs.xtts_config"})
    monkeypatch.setattr(sys.modules["TTS.tts.configs.xtts_config"], name, config, raising=False)
    made = config()
    made.languages = ["en"]
    whole = torch.load(voices / "xtts" / "model.pth", weights_only=True)
    torch.save({"config": made} | whole, voices / "xtts" / "model.pth", pickle_module=pickle)
    monkeypatch.undo()
    if is_read:
        assert len(xtts_checkpoint.language_model(voices / "xtts", XTTS)) == len(XTTS.tensors)
    else:
        with pytest.raises(BadModelFile, match="something else than plain tensors"):
            xtts_checkpoint.weights(voices / "xtts")


def test_a_truncated_file_is_refused(voices: Path) -> None:
    whole = (voices / "cosy" / "llm.pt").read_bytes()
    (voices / "cosy" / "llm.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadModelFile, match="may be truncated"):
        cosy_checkpoint.language_model(voices / "cosy", COSY)


def test_the_voice_for_the_vocoder(voices: Path) -> None:
    assert xtts_checkpoint.voice(voices / "xtts", XTTS)[1].shape == (512,)

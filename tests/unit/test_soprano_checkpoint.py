"""Soprano's published files: random weights pass, and each damaged file is refused in one line."""

import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.soprano import FILES, checkpoint
from steadyvoice.workers.engines.soprano.random_checkpoint import CONFIG, make_random, tokenizer_json

SMALL = replace(CONFIG, vocab=300, layers=2, head_dim=4, ffn=6)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("soprano") / "small"
    make_random(path, "1.0", config=SMALL)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """Links: a test that changes a file replaces it."""
    for file in whole.iterdir():
        os.link(file, tmp_path / file.name)
    return tmp_path


def put(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def refused(path: Path, *words: str) -> None:
    with pytest.raises(BadModelFile) as raised:
        checkpoint.check(path)
    message = str(raised.value)
    assert "\n" not in message
    assert len(message) < 400
    for word in words:
        assert word in message


def test_random_weights_pass(whole: Path) -> None:
    assert checkpoint.check(whole) == "Soprano v1.0, 0.4 M + 14.5 M parameters"
    assert checkpoint.read_config(whole) == SMALL


def test_a_seed_makes_the_same_again(whole: Path, tmp_path: Path) -> None:
    make_random(tmp_path, "1.0", config=SMALL)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()
    (tmp_path / "decoder.pth").unlink()


def test_the_random_tokenizer_is_of_the_published_kind() -> None:
    tokens = Tokenizer.from_str(tokenizer_json(8192))
    assert tokens.get_vocab_size() == 8192
    names = ("[UNK]", "[TEXT]", "[START]", "[STOP]", "[0]", "[7999]")
    assert [tokens.token_to_id(name) for name in names] == [0, 1, 2, 3, 4, 8003]
    ids = tokens.encode("Hello there, 42.").ids
    assert 0 not in ids
    assert len(ids) < 16
    assert tokens.encode("[STOP][TEXT]hello[START]").ids == [3, 1, *tokens.encode("hello").ids, 2]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(copy: Path, name: str) -> None:
    (copy / name).unlink()
    refused(copy, f"has no file {name}")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0, 0.3, 0.98])
def test_a_truncated_file(copy: Path, name: str, kept: float) -> None:
    data = (copy / name).read_bytes()
    put(copy / name, data[: int(kept * len(data))])
    refused(copy, name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_something_else(copy: Path, name: str) -> None:
    put(copy / name, b"\xff\x00 <!DOCTYPE html> not found" * 50)
    refused(copy, name)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "llama"}, "model_type"),
        ({"hidden_size": "512"}, "\"hidden_size\" is '512'"),
        ({"num_hidden_layers": 10**12}, '"num_hidden_layers" is 1000000000000'),
        ({"num_hidden_layers": 100_000}, "more than 256"),
        ({"num_hidden_layers": 3}, 'no tensor "model.layers.2.'),
        ({"head_dim": None}, '"head_dim" is None'),
        ({"head_dim": 5}, "odd"),
        ({"num_key_value_heads": 3}, "no multiple"),
        ({"intermediate_size": 7}, '"model.layers.0.mlp.gate_proj.weight" is 6 x 512, 7 x 512 is expected'),
        ({"hidden_size": 256}, "which the decoder does not take"),
        ({"rope_theta": float("nan")}, '"rope_theta" is nan'),
        ({"rope_theta": None, "rope_parameters": {"rope_theta": -1}}, '"rope_theta"'),
        ({"rms_norm_eps": float("inf")}, '"rms_norm_eps" is inf'),
        ({"eos_token_id": 300}, '"eos_token_id" is 300'),
        ({"tie_word_embeddings": True}, "tie_word_embeddings"),
        ({"attention_bias": True}, "attention_bias"),
        ({"vocab_size": 200}, "tokens, the model knows 200"),
    ],
)
def test_a_wrong_configuration(copy: Path, changes: dict[str, Any], words: str) -> None:
    config = json.loads((copy / "config.json").read_text())
    put(copy / "config.json", json.dumps(config | changes).encode())
    refused(copy, words)


def test_a_configuration_of_a_newer_transformers(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config["rope_parameters"] = {"rope_theta": config.pop("rope_theta"), "rope_type": "default"}
    put(copy / "config.json", json.dumps(config).encode())
    assert checkpoint.read_config(copy) == SMALL


def test_a_tokenizer_without_the_marks(copy: Path) -> None:
    put(copy / "tokenizer.json", tokenizer_json(300).replace("[START]", "[BEGIN]").encode())
    refused(copy, "tokenizer.json has no token [START]")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda weights: weights.pop("model.norm.weight"), 'no tensor "model.norm.weight"'),
        (lambda weights: weights.update({"x" * 999: torch.zeros(1)}), "is no tensor of a Soprano model"),
        (lambda weights: weights.update({"model.norm.weight": torch.zeros(2, 2)}), "is 2 x 2, 512 is expected"),
        (lambda weights: weights.update({"model.norm.weight": torch.zeros(512, dtype=torch.int64)}), "I64"),
    ],
)
def test_wrong_tensors_of_the_model(copy: Path, change: Callable[[dict[str, Any]], Any], words: str) -> None:
    weights = load_file(copy / "model.safetensors")
    change(weights)
    (copy / "model.safetensors").unlink()
    save_file(weights, copy / "model.safetensors")
    refused(copy, "model.safetensors", words)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1, 2], "is not a mapping"),
        ({"decoder.embed.weight": 3}, "is not a mapping"),
        ({}, "of neither Soprano v1.0 nor v1.1"),
        ({"decoder.embed.weight": torch.zeros(600, 512, 1)}, "600 x 512 x 1, of neither"),
        ({"decoder.embed.weight": torch.zeros(768, 512, 1)}, 'no tensor "decoder.embed.bias"'),
        ({"decoder.embed.weight": torch.zeros(768, 80, 1)}, "768 x 80 x 1, 768 x 512 x 1 is expected"),
    ],
)
def test_wrong_tensors_of_the_decoder(copy: Path, weights: dict[str, torch.Tensor], words: str) -> None:
    (copy / "decoder.pth").unlink()
    torch.save(weights, copy / "decoder.pth")
    refused(copy, "decoder.pth", words)


class Evil:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._marker),)


@pytest.mark.parametrize("save", [torch.save, lambda what, file: file.write_bytes(pickle.dumps(what))])
def test_a_pickle_that_would_run_code_runs_none(copy: Path, save: Callable[[object, Path], object]) -> None:
    (copy / "decoder.pth").unlink()
    save({"decoder.embed.weight": Evil(copy / "ran")}, copy / "decoder.pth")
    refused(copy, "decoder.pth")
    assert not (copy / "ran").exists()

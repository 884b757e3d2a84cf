"""Published Soprano checkpoints: what is in one, whether a directory is one, and one of random weights.

A directory with config.json (Qwen3's, as transformers writes it), model.safetensors, tokenizer.json and decoder.pth:
80 M parameters of language model, and a decoder of which v1.0 and v1.1 differ in width and first kernel. All of that is
data: nothing in it is run, decoder.pth being read by torch's reader of plain tensors.
"""

import json
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.soprano import FILES, decoder
from steadyvoice.workers.engines.soprano.lm import Config

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

_KEYS = {
    "vocab": "vocab_size",
    "hidden": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "head_dim": "head_dim",
    "ffn": "intermediate_size",
    "positions": "max_position_embeddings",
}
_MOST = 1 << 20  # of any of them: a number beyond it is a broken file, not a model
_MOST_LAYERS = 256
_VERSIONS = {768: "1.1", 512: "1.0"}


class Prompt(NamedTuple):
    """Tokens around a text."""

    before: list[int]
    after: list[int]


def check(path: Path) -> str:
    """What lies there, for a person: "Soprano v1.1, 79.7 M + 30.4 M parameters". Raises BadModelFile."""
    config = read_config(path)
    tokenizer(path, config)
    model = sum(_size(shape) for shape in _model_shapes(path, config).values())
    weights = decoder_weights(path)
    width = len(weights["decoder.norm.weight"])
    millions = [count / 1e6 for count in (model, sum(tensor.numel() for tensor in weights.values()))]
    return f"Soprano v{_VERSIONS[width]}, {millions[0]:.1f} M + {millions[1]:.1f} M parameters"


def read_config(path: Path) -> Config:
    """The language model's shape. Raises BadModelFile."""
    for name in FILES:
        if not (path / name).is_file():
            raise BadModelFile(f"{path} has no file {name}; a Soprano checkpoint is {', '.join(FILES)}")
    file = path / "config.json"
    try:
        said = json.loads(file.read_bytes())
    except ValueError as error:
        raise BadModelFile(f"{file} is not JSON: {_line(error)}") from error
    if not isinstance(said, dict) or said.get("model_type") != "qwen3":
        raise BadModelFile(f'{file} is not of a Soprano model: its "model_type" is not "qwen3"')
    for key in _KEYS.values():
        if type(said.get(key)) is not int or not 0 < said[key] <= _MOST:
            raise BadModelFile(f'{file}: "{key}" is {said.get(key)!r}, not a number from 1 to {_MOST}')
    rope = said.get("rope_parameters")  # transformers 5 writes it there
    rope = rope if isinstance(rope, dict) else {}
    others: dict[str, Any] = {
        "rope_theta": said.get("rope_theta", rope.get("rope_theta")),
        "rms_norm_eps": said.get("rms_norm_eps"),
    }
    stop: object = said.get("eos_token_id")
    for key, number in others.items():
        if not isinstance(number, int | float) or not 0 < number <= _MOST:
            raise BadModelFile(f'{file}: "{key}" is {number!r}, not a number above 0')
    if type(stop) is not int or not 0 <= stop < said["vocab_size"]:
        raise BadModelFile(f'{file}: "eos_token_id" is {stop!r}, not the number of a token')
    sizes = {name: said[key] for name, key in _KEYS.items()}
    config = Config(**sizes, theta=others["rope_theta"], eps=others["rms_norm_eps"], stop=stop)
    wrong = {
        f'"num_hidden_layers" is more than {_MOST_LAYERS}': config.layers > _MOST_LAYERS,
        f'"hidden_size" is {config.hidden}, which the decoder does not take': config.hidden != decoder.INPUT,
        '"head_dim" is odd': config.head_dim % 2,
        '"num_attention_heads" is no multiple of "num_key_value_heads"': config.heads % config.kv_heads,
        '"tie_word_embeddings" is true': said.get("tie_word_embeddings"),
        '"attention_bias" is true': said.get("attention_bias"),
    }
    for what, is_so in wrong.items():
        if is_so:
            raise BadModelFile(f"{file}: {what}")
    return config


def tokenizer(path: Path, config: Config) -> tuple["Tokenizer", Prompt]:
    """The text's tokenizer and what stands around a text. Raises BadModelFile."""
    from tokenizers import Tokenizer

    file = path / "tokenizer.json"
    try:
        tokens = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing more special
        raise BadModelFile(f"{file} cannot be read as a tokenizer: {_line(error)}") from error
    if tokens.get_vocab_size() > config.vocab:
        raise BadModelFile(f"{file} has {tokens.get_vocab_size()} tokens, the model knows {config.vocab}")
    marks = []
    for name in ("[STOP]", "[TEXT]", "[START]"):
        token = tokens.token_to_id(name)
        if token is None:
            raise BadModelFile(f"{file} has no token {name}")
        marks.append(token)
    tokens.no_padding()
    tokens.no_truncation()
    return tokens, Prompt(marks[:2], marks[2:])


def model_weights(path: Path, config: Config) -> dict[str, "Tensor"]:
    """All of model.safetensors. Raises BadModelFile."""
    from safetensors.torch import load_file

    _model_shapes(path, config)
    return load_file(path / "model.safetensors")


def decoder_weights(path: Path) -> dict[str, "Tensor"]:
    """All of decoder.pth. Raises BadModelFile."""
    import torch

    file = path / "decoder.pth"
    try:
        with warnings.catch_warnings(action="ignore"):  # of files as torch does not write them
            weights = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise BadModelFile(f"{file} holds something else than plain tensors, which is not run or read") from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        raise BadModelFile(f"{file} cannot be read; it may be truncated: {_line(error)}") from error
    if not isinstance(weights, Mapping) or not all(isinstance(each, torch.Tensor) for each in weights.values()):
        raise BadModelFile(f"{file} is not a mapping of names to tensors")
    embed = weights.get("decoder.embed.weight", torch.empty(0))
    width = embed.shape[0]
    if embed.dim() != 3 or width not in _VERSIONS or embed.shape[2] not in (1, 3):
        raise BadModelFile(f'{file}: "decoder.embed.weight" is {_shape(embed.shape)}, of neither Soprano v1.0 nor v1.1')
    _compare(file, {name: tuple(each.shape) for name, each in weights.items()}, decoder.shapes(width, embed.shape[2]))
    if not all(each.is_floating_point() for each in weights.values()):
        raise BadModelFile(f"{file}: its tensors are not of floating-point numbers")
    return dict(weights)


def _model_shapes(path: Path, config: Config) -> dict[str, tuple[int, ...]]:
    from safetensors import SafetensorError, safe_open

    file = path / "model.safetensors"
    try:
        with safe_open(file, "pt") as tensors:
            parts = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118  (no mapping)
            found = {name: tuple(part.get_shape()) for name, part in parts.items()}
            kinds = {part.get_dtype() for part in parts.values()}
    except (SafetensorError, OSError) as error:
        raise BadModelFile(f"{file} cannot be read; it may be truncated: {_line(error)}") from error
    _compare(file, found, config.shapes)
    if not kinds <= {"F32", "F16", "BF16"}:
        raise BadModelFile(f"{file}: its tensors are {', '.join(sorted(kinds))}, not F32, F16 or BF16")
    return found


def _compare(file: Path, found: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]) -> None:
    for name, shape in wanted.items():
        if name not in found:
            raise BadModelFile(f'{file} has no tensor "{name}"')
        if found[name] != shape:
            raise BadModelFile(f'{file}: "{name}" is {_shape(found[name])}, {_shape(shape)} is expected')
    for name in found:
        if name not in wanted:
            raise BadModelFile(f'{file}: "{name[:80]}" is no tensor of a Soprano model')


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for side in shape:
        size *= side
    return size


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]

"""Load models from RVC's published files, without executing code in the files."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.converters.rvc import meaning
from steadyvoice.workers.converters.rvc.content import Content, ContentShape
from steadyvoice.workers.converters.rvc.rmvpe import Rmvpe
from steadyvoice.workers.converters.rvc.shape import Shape
from steadyvoice.workers.converters.rvc.synth import Synth
from steadyvoice.workers.networks.weight_norm import folded

State = dict[str, Tensor]


def voice(path: Path, data: dict[str, Any] | None = None, *, trim: bool = True) -> Synth:
    """The synthesiser of a published ``.pth``, its first speaker, float32, for inference. BadModelFile."""
    data = read(path) if data is None else data
    state, config = data.get("weight"), data.get("config")
    if not isinstance(state, dict) or not isinstance(config, list | tuple):
        raise BadModelFile(f"{path} is no voice of RVC: its weights or its config are missing; take another copy")
    judgement = judge(data)
    if judgement.fault:
        raise BadModelFile(f"{path}: {judgement.fault}")
    try:
        shape = Shape.of(list(config))
        with torch.device("meta"):
            synth = Synth(shape, trim=trim)
        speak = _fold_speaker(folded({key: value for key, value in state.items() if not key.startswith("enc_q")}))
        _fill(synth, speak)
    except (KeyError, ValueError, TypeError, RuntimeError, IndexError, AttributeError) as error:
        raise BadModelFile(f"{path} is no whole voice of RVC v2: {_line(error)}; take another copy") from None
    return synth


def judge(data: dict[str, Any]) -> meaning.Judgement:
    """Judge a voice's file by its keys other than the weights."""
    keys = {key: value for key, value in data.items() if key != "weight"}
    table, config = data["weight"].get("emb_g.weight"), data["config"]
    rate = meaning.hertz(config[-1]) if config else 0
    return meaning.judge(keys, rate, len(table) if isinstance(table, Tensor) and table.dim() else 1)


def content(path: Path, data: dict[str, Any] | None = None, shape: ContentShape | None = None) -> Content:
    """The encoder of a ``model.safetensors`` or ``pytorch_model.bin`` in Hugging Face's layout. BadModelFile."""
    data = read(path) if data is None else data
    try:
        with torch.device("meta"):
            model = Content(shape)
        wanted = {key.removeprefix("hubert."): value for key, value in data.items() if isinstance(value, Tensor)}
        unused = ("final_proj.", "masked_spec_embed", "label_embs")
        _fill(model, {key: v for key, v in folded(wanted).items() if not key.startswith(unused)})
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise BadModelFile(f"{path} is no whole HuBERT base: {_line(error)}; take another copy") from None
    return model


def rmvpe(path: Path, data: dict[str, Any] | None = None) -> Rmvpe:
    """The pitch estimator of a published ``rmvpe.pt``. BadModelFile."""
    data = read(path) if data is None else data
    try:
        with torch.device("meta"):
            model = Rmvpe()
        _fill(model, {key: value for key, value in data.items() if not key.endswith("num_batches_tracked")})
    except (KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        raise BadModelFile(f"{path} is no whole RMVPE: {_line(error)}; take another copy") from None
    return model


def read(path: Path) -> dict[str, Any]:
    """Read tensors and plain values only; a file that contains code is refused, and no code runs. BadModelFile."""
    try:
        if not path.is_file():
            raise BadModelFile(f"{path} is not there, or no file; give the path of a checkpoint")
        if is_safetensors(path):
            from safetensors.torch import load_file

            return dict(load_file(path))
        with warnings.catch_warnings(action="ignore"):  # torch's remarks about a foreign pickle
            data = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise BadModelFile(
            f"{path} is damaged, or holds more than weights, which could run code here: it was not loaded; "
            "take a copy for inference, with weights only"
        ) from None
    except BadModelFile:
        raise
    except PermissionError:
        raise BadModelFile(f"{path} cannot be read by this user; chmod a+r it, and a+x the folders above it") from None
    except Exception as error:  # torch and safetensors have no common class for a damaged file
        raise BadModelFile(
            f"{path} cannot be read: {_line(error)}; it is cut short or damaged, copy it again"
        ) from None
    if not isinstance(data, dict):
        raise BadModelFile(f"{path} holds no checkpoint but a {type(data).__name__}; take another file")
    return data


def is_safetensors(path: Path) -> bool:
    """Whether the first bytes are the length of a JSON header and the header's beginning."""
    with path.open("rb") as file:
        head = file.read(9)
    return head[8:] == b"{" and head[4:8] == bytes(4)


def _line(error: Exception) -> str:
    text = str(error).strip().strip("'\"") or type(error).__name__
    return text.splitlines()[0].rstrip(".")[:160]


def _fill(model: nn.Module, state: State) -> None:
    """Assign exactly these weights to a model on the meta device. ValueError names the first fault."""
    needed = {key: value for key, value in model.state_dict().items() if not key.endswith("num_batches_tracked")}
    for key, wanted in needed.items():
        if key not in state:
            raise ValueError(f"{key} is missing")
        if state[key].shape != wanted.shape:
            raise ValueError(f"{key} is {list(state[key].shape)} where {list(wanted.shape)} belongs")
        if not state[key].is_floating_point():
            kind = str(state[key].dtype).removeprefix("torch.")
            raise ValueError(f"{key} is {kind} and no floating-point number; a quantised model is not supported")
        if not torch.isfinite(state[key]).all():
            raise ValueError(f"{key} holds what is no number")
    if unknown := sorted(state.keys() - needed.keys()):
        raise ValueError(f"{unknown[0]} has no place in it")
    weights = {key: value.float() for key, value in state.items()}
    counts = {key: torch.zeros((), dtype=torch.long) for key in model.state_dict().keys() - needed.keys()}
    model.load_state_dict(weights | counts, assign=True)
    model.requires_grad_(False).eval()


def _fold_speaker(state: State) -> State:
    """Add the first speaker's embedding, which only enters as sums, to the biases."""
    vector = state.pop("emb_g.weight")[0]
    weight, bias = state.pop("dec.cond.weight"), state.pop("dec.cond.bias")
    state["dec.conv_pre.bias"] = state["dec.conv_pre.bias"] + weight[:, :, 0] @ vector + bias
    for key in [key for key in state if key.endswith(".cond_layer.weight")]:
        stem = key.removesuffix("cond_layer.weight")
        added = state.pop(key)[:, :, 0] @ vector + state.pop(f"{stem}cond_layer.bias")
        layers = [name for name in state if name.startswith(f"{stem}in_layers.") and name.endswith("bias")]
        for name, part in zip(sorted(layers), added.chunk(len(layers)), strict=True):
            state[name] = state[name] + part
    return state

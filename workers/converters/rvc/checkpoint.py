"""RVC's published files: checks of them, and random ones in the same format and size."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.converters.rvc import loading, meaning
from steadyvoice.workers.converters.rvc.content import Content, ContentShape
from steadyvoice.workers.converters.rvc.shape import Shape
from steadyvoice.workers.converters.rvc.synth import Synth

_UPS = {
    32000: ([10, 8, 2, 2], [20, 16, 4, 4]),
    40000: ([10, 10, 2, 2], [16, 16, 4, 4]),
    48000: ([12, 10, 2, 2], [24, 20, 4, 4]),
}
_LOUDNESS = 0.1


class Found(NamedTuple):
    kind: str
    """voice, contentvec or rmvpe."""
    what: str
    """For people: "ContentVec", "RMVPE", or such as "RVC v2, 40 kHz, 1 speaker"."""
    notes: tuple[str, ...] = ()
    """Remarks for the user of a voice."""


def check(path: Path) -> Found:
    """Identify and check the file. BadModelFile where it is of no such kind, or incomplete."""
    data = loading.read(path)
    if "weight" in data and "config" in data:
        rate = loading.voice(path, data).shape.rate
        count = meaning.speakers(data, len(data["weight"]["emb_g.weight"]))
        what = f"RVC v2, {rate / 1000:g} kHz, {count} speaker{'s' * (count != 1)}"
        return Found("voice", what, loading.judge(data).notes)
    if any(key.endswith("encoder.layers.0.attention.q_proj.weight") for key in data):
        loading.content(path, data)
        return Found("contentvec", "ContentVec")
    if "fc.0.gru.weight_ih_l0" in data:
        loading.rmvpe(path, data)
        return Found("rmvpe", "RMVPE")
    raise BadModelFile(f"{path} is neither a voice nor a content encoder of RVC v2; take the file for inference")


def write_voice(source: Path, target: Path) -> str:
    """Write a voice in the published form from the weights in the safetensors file ``source``; return a note.

    config, sr, f0 and version come from the file's metadata (JSON), else from the published configuration that fits the
    upsampling kernels, which a check of all weights then confirms. BadModelFile.
    """
    from safetensors import safe_open

    tensors = {key.removeprefix("weight."): value for key, value in loading.read(source).items()}
    with safe_open(source, "pt") as file:
        about = {key: _plain(value) for key, value in (file.metadata() or {}).items()}
    note = ""
    if not isinstance(about.get("config"), list):
        note = "its config is not in the file; the published one that fits its weights is used"
        about |= {"config": config(_rate(source, tensors)), "version": about.get("version", "v2")}
    torch.save({"weight": tensors, "version": "v2", **about}, target)
    return note


def _plain(value: str) -> Any:
    """A value of safetensors' metadata, which holds strings only."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _rate(path: Path, tensors: dict[str, Tensor]) -> int:
    """Hertz of the published voice with these kernels."""
    shapes = {key: value.shape for key, value in tensors.items() if key.startswith("dec.ups.")}
    for rate, (_, kernels) in _UPS.items():
        stems = [f"dec.ups.{i}.weight" for i in range(len(kernels))]
        found = [next((s[-1] for k, s in shapes.items() if k in (stem, f"{stem}_v")), 0) for stem in stems]
        if found == kernels:
            return rate
    raise BadModelFile(f"{path} has the weights of a voice without its config and sr; take the .pth as RVC exports it")


def config(rate: int = 40000) -> list[Any]:
    """The published list for 32, 40 or 48 kHz."""
    rates, kernels = _UPS[rate]
    return [
        *(513 if rate == 32000 else 1025, 32, 192, 192, 768, 2, 6, 3, 0, "1"),
        *([3, 7, 11], [[1, 3, 5]] * 3, rates, 512, kernels, 109, 256, rate),
    ]


def make_random(path: Path, rate: int = 40000, seed: int = 0, *, values: list[Any] | None = None) -> None:
    """Write a voice of one speaker. values: another ``config`` than the published one."""
    values = config(rate) if values is None else values
    shape = Shape.of(values)
    random = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        sizes = {key: value.shape for key, value in Synth(shape).state_dict().items()}
    gin, hidden = shape.gin, shape.hidden
    sizes["emb_g.weight"] = torch.Size((1, gin))
    sizes |= {"dec.cond.weight": torch.Size((shape.initial, gin, 1)), "dec.cond.bias": torch.Size((shape.initial,))}
    for i in (0, 2, 4, 6):
        stem = f"flow.flows.{i}.enc.cond_layer"
        sizes |= {f"{stem}.weight": torch.Size((6 * hidden, gin, 1)), f"{stem}.bias": torch.Size((6 * hidden,))}
    state = {key: _weight(key, size, random) for key, size in sizes.items()}
    state["dec.conv_post.weight"] *= _LOUDNESS / _loudness(path, state, values)
    normed = ("dec.ups.", "dec.resblocks.", ".in_layers.", ".res_skip_layers.", ".cond_layer.")
    for key in [key for key in state if key.endswith(".weight") and any(part in key for part in normed)]:
        weight = state.pop(key)
        stem = key.removesuffix("weight")
        state |= {f"{stem}weight_g": weight.norm(dim=(1, 2), keepdim=True), f"{stem}weight_v": weight}
    weights = {key: value.half() for key, value in state.items()}
    about = {"info": "0epoch", "sr": f"{shape.rate // 1000}k", "f0": 1, "version": "v2"}
    torch.save({"weight": weights, "config": values, **about}, path)


def make_random_content(path: Path, seed: int = 0, *, shape: ContentShape | None = None) -> None:
    """Write a content encoder as ``model.safetensors`` holds it."""
    from safetensors.torch import save_file

    random = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        model = Content(shape)
    state = {key: _weight(key, value.shape, random) for key, value in model.state_dict().items()}
    stem = "encoder.pos_conv_embed.conv"
    weight = state.pop(f"{stem}.weight")
    stem += ".parametrizations.weight"
    state |= {f"{stem}.original0": weight.norm(dim=(0, 1), keepdim=True), f"{stem}.original1": weight}
    state["masked_spec_embed"] = torch.zeros(model.shape.size)
    save_file(state, path, {"format": "pt"})


def _weight(key: str, size: torch.Size, random: torch.Generator) -> Tensor:
    """Scaled so that a layer approximately preserves its input's variance."""
    if key.endswith(("gamma", "layer_norm.weight")):
        return torch.ones(size)
    if key.endswith(("bias", "beta")):
        return torch.zeros(size) if "cond" in key or "norm" in key else 0.05 * torch.randn(size, generator=random)
    fan = size[-1] if "emb" in key or len(size) < 2 else size[1:].numel()
    if ".ups." in key:
        fan = size[0] * 2
    gain = 0.3 if any(part in key for part in ("resblocks", "post", "enc_p.proj")) else 1.0
    weight: Tensor = torch.randn(size, generator=random) * (gain / fan**0.5)
    return weight


def _loudness(path: Path, state: dict[str, Tensor], values: list[Any]) -> float:
    """Approximate root mean square of the output before the last tanh."""
    synth = loading.voice(path, {"weight": dict(state), "config": values, "version": "v2"}, trim=False)
    random = torch.Generator().manual_seed(1)
    z = torch.randn(1, synth.shape.inter, 12, generator=random)
    source = 0.1 * torch.sin(torch.arange(12 * synth.shape.hop) * 0.03)
    with torch.inference_mode():
        return float(synth.dec(z, source[None, None]).atanh().square().mean().sqrt())

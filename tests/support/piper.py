"""A small voice of random weights with the structure of Piper's graphs, and a program in place of espeak-ng."""

import json
import os
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ALPHABET = ["_", "^", "$", " ", *".,;:!?", *string.ascii_lowercase, *"ɡɹɪʊʌəɛæɑɔʃʒθðŋˈˌːɐɚᵻ"]
SPEAKERS = ["ann", "bob", "cid"]
RATE = 22050
EACH_LETTER = 'while read -r line; do echo "$line" | tr A-Z a-z; done'
"""A program that says each letter as it is written: see ``program``."""
_STAGES = ((8, 16), (8, 16), (4, 8))
"""Stride and width of each upsampling layer."""


class _Graph:
    """A model as it grows, with random weights."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self._dice = np.random.default_rng(7)

    def constant(self, value: Any, kind: type = np.int64) -> str:
        from onnx import numpy_helper

        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def random(self, *shape: int, gain: float = 1.0) -> str:
        scale = gain / np.sqrt(max(1, int(np.prod(shape[1:]))))
        return self.constant(self._dice.standard_normal(shape) * scale, np.float32)

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def conv(self, at: str, before: int, after: int, width: int, dilation: int = 1, gain: float = 1.0) -> str:
        side = (width - 1) * dilation // 2
        return self(
            "Conv", at, self.random(after, before, width, gain=gain), self.random(after, gain=0.1),
            kernel_shape=[width], dilations=[dilation], pads=[side, side], strides=[1], group=1,
        )  # fmt: skip

    def up(self, at: str, before: int, after: int, stride: int, width: int) -> str:
        side = (width - stride) // 2
        return self(
            "ConvTranspose", at, self.random(before, after, width, gain=2.0), self.random(after, gain=0.1),
            kernel_shape=[width], strides=[stride], pads=[side, side], dilations=[1], group=1,
        )  # fmt: skip


def model(channels: int = 8, speakers: int = 1, stages: Sequence[tuple[int, int]] = _STAGES) -> Any:
    """The ModelProto."""
    from onnx import TensorProto, helper

    g = _Graph()
    one = g.constant([1])
    scale = [g("Gather", "scales", g.constant(i), axis=0) for i in range(3)]
    x = g("Transpose", g("Gather", g.random(256, channels), "input", axis=0), perm=[0, 2, 1])
    if speakers > 1:
        of = g("Unsqueeze", g("Gather", g.random(speakers, channels), "sid", axis=0), g.constant([2]))
        x = g("Add", x, of)
    x = g("Tanh", g.conv(x, channels, channels, 5))
    latents = _latents(g, x, channels, scale, one, of if speakers > 1 else "")
    z = g.conv(latents, channels, 16, 7)
    if speakers > 1:
        z = g("Add", z, g.conv(of, channels, 16, 1))
    width = 16
    for stride, kernel in stages:
        z = g.up(g("LeakyRelu", z, alpha=0.1), width, width // 2, stride, kernel)
        width //= 2
        z = g("Add", z, g.conv(g("LeakyRelu", z, alpha=0.1), width, width, 7, 3))
    sound = g("Tanh", g.conv(g("LeakyRelu", z, alpha=0.01), width, 1, 7))
    g.nodes.append(helper.make_node("Unsqueeze", [sound, one], ["output"]))
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    inputs += [helper.make_tensor_value_info("sid", TensorProto.INT64, [1])] if speakers > 1 else []
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1, 1, "time"])
    graph = helper.make_graph(g.nodes, "torch_jit", inputs, [output], g.weights)
    return helper.make_model(graph, producer_name="pytorch", opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def _latents(g: _Graph, x: str, channels: int, scale: list[str], one: str, of: str) -> str:
    """From the encoded phonemes [1, C, L], with their durations, to what the decoder takes [1, C, T]."""
    length = g("Slice", g("Shape", x), g.constant([2]), g.constant([3]))
    like = g("ConstantOfShape", g("Concat", g.constant([1, 2]), length, axis=0))
    noise = g("Mul", g("RandomNormalLike", like), scale[2])
    log_durations = g("Add", g.conv(x, channels, 1, 1, gain=0.3), g.conv(noise, 2, 1, 1, gain=0.3))
    raised = g("Exp", g("Add", log_durations, g.constant(1.0, np.float32)))
    durations = g("Ceil", g("Mul", raised, scale[1]))
    ends = g("CumSum", durations, g.constant(2))
    begins = g("Sub", ends, durations)
    total = g("Cast", g("ReduceMax", ends, keepdims=0), to=7)
    times = g("Cast", g("Range", g.constant(0), total, g.constant(1)), to=1)
    times = g("Unsqueeze", g("Unsqueeze", times, one), g.constant([0]))  # [1, T, 1]
    path = g("And", g("GreaterOrEqual", times, begins), g("Less", times, ends))
    path = g("Cast", path, to=1)  # [1, T, L]
    means = g("MatMul", path, g("Transpose", x, perm=[0, 2, 1]))
    means = g("Transpose", means, perm=[0, 2, 1])
    drawn = g("Add", means, g("Mul", g("RandomNormalLike", means), scale[0]))
    mask = g("ReduceMax", g("Cast", g("Less", times, ends), to=1), axes=[2], keepdims=1)
    mask = g("Transpose", mask, perm=[0, 2, 1])
    inner = g.conv(drawn, channels, channels, 5)
    if of:
        inner = g("Add", inner, g.conv(of, channels, channels, 1))
    return g("Mul", g("Add", drawn, g("Tanh", inner)), mask)


def about(speakers: int = 1, **more: Any) -> dict[str, Any]:
    """What the description says."""
    names = SPEAKERS[:speakers] if speakers > 1 else []
    return {
        "audio": {"sample_rate": RATE, "quality": "medium"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": {phoneme: [i] for i, phoneme in enumerate(ALPHABET)},
        "num_symbols": 256,
        "num_speakers": speakers,
        "speaker_id_map": {name: i for i, name in enumerate(names)},
        "language": {"code": "en_US", "family": "en"},
    } | more


def write(folder: Path, name: str = "small", speakers: int = 1, channels: int = 8, **more: Any) -> Path:
    """Write a voice's two files; return the model's."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.onnx"
    file.write_bytes(model(channels, speakers).SerializeToString())
    file.with_name(f"{file.name}.json").write_text(json.dumps(about(speakers, **more)))
    return file


def program(folder: Path, body: str) -> str:
    """An espeak-ng of this shell script, in front of the PATH that is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "espeak-ng"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"

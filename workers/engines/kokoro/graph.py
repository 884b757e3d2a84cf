"""The published ONNX graph, cut in parts that run on windows. Needs the onnx package, once, when a voice is added.

    acoustic: tokens [1, L] int64, style [1, 256], speed [1] -> features [1, 512, F], f0 [1, F], energy [1, F],
              durations [1, L]
    whole:    features, source [1, 300 F, 1], style -> audio [300 F], then the statistics of this clause
    coarse:   features, source, style, statistics [1, S, 1] -> middle [1, 256, 10 F]
    fine:     middle, source, style, statistics -> audio

F frames of 12.5 ms; durations are in units of two frames. ``acoustic`` has the text encoder, the prosody, and the
blocks of the decoder before its generator (hexgrad/kokoro, istftnet.py). ``whole`` is the generator, which has 19 of
20 operations. It cannot run on windows as it is, for three reasons:

- The phase of its sines begins at 0. So their sum is an input: source.py.
- It normalises each channel by its mean and variance over the clause (AdaIN, Huang and Belongie 2017).
- Each convolution rounds its input to 8 bits, by a scale from the smallest and largest value of the clause.

In ``coarse`` and ``fine`` the latter two, the statistics, are inputs, which statistics.py estimates. The generator's
first stage sees far and costs little, the second one sees 3 frames and costs most, so each has windows of its own.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.hibari.acoustic import session
from steadyvoice.workers.engines.kokoro import freezing
from steadyvoice.workers.engines.kokoro.source import HARMONICS, HOP

FEATURES, CHANNELS, STYLE = 512, 256, 256
COLUMNS = 10
"""Of ``middle`` in one frame."""
UNIT = 2
"""Frames in one unit of duration."""


class Parts(NamedTuple):
    acoustic: bytes
    whole: bytes
    coarse: bytes
    fine: bytes


def cut(source: Path) -> Parts:
    """BadModelFile where the file is not Kokoro's graph."""
    import onnx
    from onnx.utils import Extractor

    try:
        model = onnx.load(str(source))
    except Exception as error:  # protobuf has its own exception classes
        raise BadModelFile(f"{source} is no ONNX model, or damaged: {str(error)[:100]}") from error
    try:
        _rename(model, _seams(model))
        extractor = Extractor(model)
        acoustic = extractor.extract_model(["tokens", "style", "speed"], ["features", "f0", "energy", "durations"])
        whole = extractor.extract_model(["features", "source", "style"], ["audio"])
        windows = onnx.ModelProto()
        windows.CopyFrom(whole)
        freezing.report(whole.graph)
        freezing.freeze(windows.graph, _sizes(whole.SerializeToString()))
        extractor, given = Extractor(windows), ["source", "style", "statistics"]
        coarse = extractor.extract_model(["features", *given], ["middle"])
        fine = extractor.extract_model(["middle", *given], ["audio"])
    except (KeyError, StopIteration, ValueError) as error:
        raise BadModelFile(
            f"{source} is not Kokoro's graph, or of a version that cannot be cut at its decoder"
        ) from error
    return Parts(*(part.SerializeToString() for part in (acoustic, whole, coarse, fine)))


def mixer(source: Path) -> tuple[Frames, float]:
    """The weights [9] and the bias of the layer that mixes the harmonics of the source. BadModelFile."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(source)).graph
    values = {value.name: value for value in graph.initializer}
    scope = "m_source/l_linear/"
    names = [name for node in graph.node if scope in node.name for name in node.input if name in values]
    found = {array.size: array.ravel() for array in (numpy_helper.to_array(values[name]) for name in names)}
    if found.keys() != {1, HARMONICS}:
        raise BadModelFile(f"{source} is a Kokoro graph of another kind: its sines are mixed in another way")
    return found[HARMONICS].astype(np.float32), float(found[1][0])


def _sizes(whole: bytes) -> list[int]:
    """How many numbers each statistic has, from a run on eight frames."""
    frames = 8
    feed = {
        "features": np.zeros((1, FEATURES, frames), np.float32),
        "source": np.zeros((1, frames * HOP, 1), np.float32),
        "style": np.zeros((1, STYLE), np.float32),
    }
    return [statistic.size for statistic in session(whole).run(None, feed)[1:]]


def _seams(model: Any) -> dict[str, str]:
    """New names, by old name, of the inputs and of the tensors at which to cut. KeyError, StopIteration."""
    nodes = model.graph.node
    maker = {name: node for node in nodes for name in node.output}

    def node(kind: str, scope: str = "") -> Any:
        return next(each for each in nodes if each.op_type == kind and scope in each.name)

    def made(name: str, *kinds: str) -> str:
        """The tensor from which nodes of these kinds make this one."""
        while maker[name].op_type in kinds:
            name = maker[name].input[0]
        return name

    conv = next(n for n in nodes if n.op_type in ("Conv", "ConvInteger") and "/N_conv/" in n.name)
    durations = next(n for n in nodes if n.op_type == "Clip" and maker[n.input[0]].op_type == "Round")
    tokens, style, speed = (value.name for value in model.graph.input)
    return {
        tokens: "tokens",
        style: "style",
        speed: "speed",
        made(node("ConvTranspose", "generator/ups.0/").input[0], "LeakyRelu"): "features",
        made(node("ConvTranspose", "generator/ups.1/").input[0], "LeakyRelu"): "middle",
        node("Tanh", "m_source/l_tanh/").output[0]: "source",
        made(node("Resize", "generator/f0_upsamp/").input[0], "Unsqueeze"): "f0",
        made(conv.input[0], "DynamicQuantizeLinear", "Unsqueeze"): "energy",
        durations.output[0]: "durations",
        model.graph.output[0].name: "audio",
    }


def _rename(model: Any, names: dict[str, str]) -> None:
    from onnx import TensorProto, helper

    for node in model.graph.node:
        for each in (node.input, node.output):
            each[:] = [names.get(name, name) for name in each]
    for value in (*model.graph.input, *model.graph.output):
        value.name = names.get(value.name, value.name)
    del model.graph.value_info[:]  # shapes of one export, of which the extractor needs those of the seams only
    shapes: dict[str, list[int | str]] = {
        "features": [1, FEATURES, "frames"],
        "middle": [1, CHANNELS, "columns"],
        "source": [1, "samples", 1],
        "f0": [1, "frames"],
        "energy": [1, "frames"],
        "durations": [1, "ids"],
    }
    model.graph.value_info.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()
    )

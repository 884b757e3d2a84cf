"""A published Piper graph cut in three: phonemes to drawn latents, these to latents, and latents to samples.

A voice of Piper is VITS (Kim et al. 2021; jaywalnut310/vits, MIT) in one ONNX graph. It is cut before the first
convolution of the decoder, which is HiFi-GAN (Kong et al. 2020): convolutions only, so that it can run on windows.

    text:    input [1, L], input_lengths [1], scales [3], sid [1] -> drawn [1, C, T], mask [1, 1, T],
             durations [1, 1, L] in frames
    flow:    drawn [1, C, T], mask [1, 1, T] -> latents [1, C, T]
    vocoder: latents [1, C, T], sid [1] -> samples [1, 1, 1, 256 T]

The normalizing flow is convolutional, too. Where it is not found, its work is a part of the first graph.
``sid`` where the model has several speakers. The graph draws random numbers while it runs; in their place come fixed
ones, so that a text always gives the same latents. Names of tensors differ between exports and are not used, except
those of the inputs. Needs the onnx package.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.piper.published import HOP

INPUTS: Final = ("input", "input_lengths", "scales")
SPEAKER: Final = "sid"
CONTEXT: Final = "steadyvoice.context"
"""Key of the metadata of flow and vocoder: frames on each side of a window that their output depends on."""
_RANDOM: Final = ("RandomNormalLike",)
NOISE_FRAMES: Final = 2048
"""Random numbers per row, which repeat after so many frames: 24 seconds at 22,050 Hz."""


class Parts(NamedTuple):
    text: bytes
    flow: bytes
    """Empty where the first part has its work."""
    vocoder: bytes


def cut(file: Path) -> Parts:
    """The parts of a published model. OSError; BadModelFile where it has no such place."""
    import onnx

    try:
        model = onnx.load(str(file), load_external_data=False)
        return _cut(model, file)
    except (OSError, BadModelFile):
        raise
    except Exception as error:  # protobuf and onnx have no common class for a damaged file
        why = " ".join(str(error).split())[:200]
        raise BadModelFile(f"{file} is not a model of Piper: {why or type(error).__name__}") from error


def _cut(model: Any, file: Path) -> Parts:
    from onnx import TensorProto, helper
    from onnx.utils import Extractor

    graph = _Graph(model, file)
    seam = graph.first_convolution()
    latents, weight = seam.input[0], graph.initializers.get(seam.input[1])
    if weight is None or weight.data_type != TensorProto.FLOAT:
        raise graph.fault("its decoder has no float32 weights")
    inputs = [value.name for value in model.graph.input if value.name not in graph.initializers]
    if not set(INPUTS) <= set(inputs) <= {*INPUTS, SPEAKER}:
        raise graph.fault(f"it takes {', '.join(sorted(inputs)[:8])} in place of {', '.join(INPUTS)}")
    channels, output = weight.dims[1], model.graph.output[0].name
    vocoder = list(graph.before(output, latents))
    if any(node.op_type.startswith("Random") for node in vocoder):
        raise graph.fault("its decoder draws random numbers")
    drawn, flow, given = graph.flow(latents) or (latents, [], [])
    durations = [node.output[0] for node in model.graph.node if node.op_type == "Ceil"][:1]
    contexts = graph.context(flow, drawn, latents), graph.context(vocoder, latents, output)
    if contexts[1][1] != HOP:
        raise graph.fault(f"a frame has {contexts[1][1]} samples; supported are models with {HOP}")
    shapes: dict[str, list[Any]] = {each: [1, channels, "frames"] for each in (latents, drawn)}
    shapes |= {name: [1, None, "frames"] for name in given} | {name: [1, 1, "ids"] for name in durations}
    for value in [value for value in model.graph.value_info if value.name in shapes]:
        model.graph.value_info.remove(value)
    model.graph.value_info.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()
    )
    speaker = [SPEAKER] if any(SPEAKER in node.input for node in vocoder) else []
    _fix_noise(graph, channels)
    extractor = Extractor(model)
    first = extractor.extract_model(inputs, [drawn, *given, *durations])
    between = extractor.extract_model([drawn, *given], [latents]) if flow else None
    last = extractor.extract_model([latents, *speaker], [output])
    for part, (context, _) in zip((between, last), contexts, strict=True):
        if part is not None:
            helper.set_model_props(part, {CONTEXT: str(context)})
    return Parts(first.SerializeToString(), between.SerializeToString() if between else b"", last.SerializeToString())


class _Graph:
    def __init__(self, model: Any, file: Path) -> None:
        self.proto, self._file = model.graph, file
        self.initializers = {each.name: each for each in self.proto.initializer}
        self._maker = {name: node for node in self.proto.node for name in node.output}
        if any(each.external_data for each in self.proto.initializer):
            raise self.fault("its weights are in another file")

    def fault(self, why: str) -> BadModelFile:
        return BadModelFile(f"{self._file} is not a model of Piper that can be cut at its decoder: {why}")

    def first_convolution(self) -> Any:
        """The decoder's: the one before its first upsampling."""
        raising = next((node for node in self.proto.node if node.op_type == "ConvTranspose"), None)
        if raising is None:
            raise self.fault("it has no upsampling layer")
        at = raising.input[0]
        while (node := self._maker.get(at)) is not None:
            if node.op_type == "Conv":
                return node
            if node.op_type == "Add":  # of the speaker, by a convolution of width 1
                made = [self._maker[name] for name in node.input if name in self._maker]
                wide = [each for each in made if each.op_type == "Conv" and self._width(each) > 1]
                return wide[0] if wide else self._not_found()
            at = node.input[0] if node.op_type in ("LeakyRelu", "Relu") else ""
        return self._not_found()

    def _not_found(self) -> Any:
        raise self.fault("there is no convolution before its first upsampling layer")

    def before(self, name: str, stop: str) -> Iterator[Any]:
        """The nodes between two tensors, in the graph's order."""
        wanted = {name}
        found: list[Any] = []
        for node in reversed(self.proto.node):
            if wanted.intersection(node.output):
                found.append(node)
                wanted.update(each for each in node.input if each != stop)
        yield from reversed(found)

    def flow(self, latents: str) -> tuple[str, list[Any], list[str]] | None:
        """What the flow takes, its nodes, and what else it is given; None where it is not found.

        The latents are drawn by the graph's last random node: its numbers, times factors, are added to the means.
        """
        drawn = next((node.output[0] for node in reversed(self.proto.node) if node.op_type in _RANDOM), "")
        while (users := [node for node in self.proto.node if drawn in node.input]) and users[0].op_type == "Mul":
            drawn = users[0].output[0]
        if not drawn or len(users) != 1 or users[0].op_type != "Add":
            return None
        drawn = users[0].output[0]
        after = self._after({drawn})
        nodes = [node for node in self.before(latents, drawn) if after.intersection(node.output)]
        made = {drawn, *self.initializers, *(name for node in nodes for name in node.output)}
        variable = self._after({value.name for value in self.proto.input} - self.initializers.keys())
        given = {name for node in nodes for name in node.input if name in variable} - made
        return (drawn, nodes, sorted(given)) if nodes else None

    def _after(self, names: set[str]) -> set[str]:
        """These tensors, and all that depend on them."""
        for node in self.proto.node:
            if names.intersection(node.input):
                names = names | set(node.output)
        return names

    def context(self, nodes: list[Any], begin: str, end: str) -> tuple[int, int]:
        """Frames on each side that ``end`` depends on, by the receptive field of all paths; its values per frame."""
        reach: dict[str, tuple[float, int]] = {begin: (0.0, 1)}  # frames to each side; values per frame
        for node in nodes:
            known = [reach[name] for name in node.input if name in reach]
            if not known:
                continue
            side, rate = max(known)
            if node.op_type == "Conv":
                side += (self._width(node) - 1) * _attribute(node, "dilations", [1])[0] / 2 / rate
            elif node.op_type == "ConvTranspose":
                stride = _attribute(node, "strides", [1])[0]
                side += (self._width(node) - 1) / (2 * stride) / rate
                rate *= stride
            reach.update(dict.fromkeys(node.output, (side, rate)))
        side, rate = reach[end]
        return int(side + 0.5), rate

    def _width(self, node: Any) -> int:
        weight = self.initializers.get(node.input[1])
        widths = _attribute(node, "kernel_shape", []) or (list(weight.dims[2:]) if weight is not None else [])
        if len(widths) != 1:
            raise self.fault("a convolution of its decoder is not over time alone")
        return int(widths[0])


def _attribute(node: Any, name: str, default: list[int]) -> list[int]:
    return next((list(each.ints) for each in node.attribute if each.name == name), default)


def _fix_noise(graph: _Graph, channels: int) -> None:
    """Replace each node that draws numbers in the shape of its input [1, C, n] by rows of a table, repeated in time."""
    from onnx import helper, numpy_helper

    proto = graph.proto
    kept: list[Any] = []
    for node in proto.node:
        if not node.op_type.startswith("Random"):
            kept.append(node)
            continue
        if node.op_type not in _RANDOM or _changed(node):
            raise graph.fault(f"it draws random numbers by {node.op_type} in another way")
        name = f"steadyvoice/{node.output[0]}"
        dice = np.random.Generator(np.random.PCG64(len(kept)))
        constants: Mapping[str, Any] = {
            "table": dice.standard_normal((1, channels, NOISE_FRAMES), np.float32),
            "zero": np.array(0, np.int64),
            "one": np.array(1, np.int64),
            "two": np.array(2, np.int64),
            "period": np.array(NOISE_FRAMES, np.int64),
        }
        proto.initializer.extend(numpy_helper.from_array(each, f"{name}/{key}") for key, each in constants.items())
        steps: tuple[tuple[str, list[str], str, dict[str, Any]], ...] = (
            ("Shape", [], "shape", {}),
            ("Gather", ["shape", "one"], "height", {}),
            ("Gather", ["shape", "two"], "length", {}),
            ("Range", ["zero", "height", "one"], "rows", {}),
            ("Range", ["zero", "length", "one"], "times", {}),
            ("Mod", ["times", "period"], "columns", {}),
            ("Gather", ["table", "rows"], "wide", {"axis": 1}),
            ("Gather", ["wide", "columns"], "", {"axis": 2}),
        )
        for kind, given, made, attributes in steps:
            inputs = [f"{name}/{each}" for each in given] or [node.input[0]]
            kept.append(helper.make_node(kind, inputs, [f"{name}/{made}" if made else node.output[0]], **attributes))
    del proto.node[:]
    proto.node.extend(kept)


def _changed(node: Any) -> list[Any]:
    """Attributes of a random node that differ from their defaults: mean 0, scale 1."""
    defaults = {"mean": 0.0, "scale": 1.0}
    return [each for each in node.attribute if each.name in defaults and each.f != defaults[each.name]]

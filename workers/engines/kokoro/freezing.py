"""The statistics of the decoder's generator: as outputs of its graph, or as its input. Needs the onnx package.

They are the mean and the variance of each channel of each normalisation, then the scale and the zero point of each
rounding to 8 bits, in the order of the graph's nodes.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np


class _Norm(NamedTuple):
    """y = (x - mean) / deviation, which each user multiplies by a factor, and adds an offset to."""

    x: str
    mean: str
    variance: str
    deviation: str
    y: str
    unneeded: list[str]
    """Names of what no other node needs once mean and variance are given."""


def report(graph: Any) -> None:
    """Add the statistics of a run to the graph's outputs."""
    from onnx import TensorProto, helper

    for norm in _norms(graph):
        graph.output.extend(
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in (norm.mean, norm.variance)
        )
    for node in _roundings(graph):
        for name, kind in zip(node.output[1:], (TensorProto.FLOAT, TensorProto.UINT8), strict=True):
            graph.output.append(helper.make_tensor_value_info(name, kind, None))


def freeze(graph: Any, sizes: Sequence[int]) -> None:
    """Make the statistics an input [1, S, 1] in place of what the graph computes. sizes: of those that `report` adds.

    A normalisation and what its user does with it become one multiplication and one addition.
    """
    from onnx import TensorProto, helper, numpy_helper

    norms, roundings = _norms(graph), _roundings(graph)
    names = [name for norm in norms for name in (norm.mean, norm.variance)]
    raw = [f"{name}_given" for node in roundings for name in node.output[1:]]
    made = [helper.make_node("Split", ["statistics", "statistics_sizes"], names + raw, axis=1)]
    for node in roundings:
        x, (rounded, scale, zero) = node.input[0], node.output
        made += [
            helper.make_node("Squeeze", [f"{scale}_given"], [scale]),
            helper.make_node("Squeeze", [f"{zero}_given"], [f"{zero}_float"]),
            helper.make_node("Cast", [f"{zero}_float"], [zero], to=TensorProto.UINT8),
            helper.make_node("QuantizeLinear", [x, scale, zero], [rounded]),
        ]
    users = _users(graph)
    unneeded = {name for norm in norms for name in norm.unneeded} | {node.output[0] for node in roundings}
    for norm in norms:
        for multiply in users[norm.y]:
            (add,) = users[multiply.output[0]]
            factor, offset = _other(multiply, norm.y), _other(add, multiply.output[0])
            scale, shift = f"{multiply.output[0]}_scale", f"{add.output[0]}_shift"
            made += [
                helper.make_node("Div", [factor, norm.deviation], [scale]),
                helper.make_node("Mul", [norm.mean, scale], [f"{shift}_mean"]),
                helper.make_node("Sub", [offset, f"{shift}_mean"], [shift]),
            ]
            multiply.input[:] = [norm.x, scale]
            add.input[:] = [multiply.output[0], shift]
    kept = [node for node in graph.node if unneeded.isdisjoint(node.output)]
    graph.initializer.append(numpy_helper.from_array(np.array(sizes, np.int64), "statistics_sizes"))
    graph.input.append(helper.make_tensor_value_info("statistics", TensorProto.FLOAT, [1, sum(sizes), 1]))
    ordered = list(_ordered([*made, *kept], {*(i.name for i in graph.input), *(i.name for i in graph.initializer)}))
    del graph.node[:]
    graph.node.extend(ordered)


def _norms(graph: Any) -> list[_Norm]:
    """ValueError where a mean over time is used otherwise."""
    users = _users(graph)
    norms = []
    for node in graph.node:
        if node.op_type != "ReduceMean" or node.input[0] not in {n.input[0] for n in users[node.output[0]]}:
            continue
        (difference,) = users[node.output[0]]
        square = next(n for n in users[difference.output[0]] if n.op_type == "Mul")
        (variance,) = users[square.output[0]]
        (padded,) = users[variance.output[0]]
        (deviation,) = users[padded.output[0]]
        (y,) = users[deviation.output[0]]
        kinds = [each.op_type for each in (difference, variance, padded, deviation, y)]
        if kinds != ["Sub", "ReduceMean", "Add", "Sqrt", "Div"]:
            raise ValueError(f"{node.name} is followed by {kinds}")
        norms.append(
            _Norm(
                node.input[0],
                node.output[0],
                variance.output[0],
                deviation.output[0],
                y.output[0],
                [each.output[0] for each in (node, difference, square, variance, y)],
            )
        )
    return norms


def _roundings(graph: Any) -> list[Any]:
    """The nodes that round what depends on the text; others round the style."""
    maker = {name: node for node in graph.node for name in node.output}
    return [
        node
        for node in graph.node
        if node.op_type == "DynamicQuantizeLinear" and maker[node.input[0]].op_type != "Split"
    ]


def _users(graph: Any) -> dict[str, list[Any]]:
    users = defaultdict(list)
    for node in graph.node:
        for name in dict.fromkeys(node.input):
            users[name].append(node)
    return users


def _other(node: Any, name: str) -> str:
    (other,) = (each for each in node.input if each != name)
    return str(other)


def _ordered(nodes: list[Any], known: set[str]) -> Iterator[Any]:
    """Each node after those that make its inputs, as ONNX requires. ValueError where that cannot be."""
    while nodes:
        later = []
        for node in nodes:
            if all(name in known for name in node.input if name):
                known.update(node.output)
                yield node
            else:
                later.append(node)
        if len(later) == len(nodes):
            raise ValueError(f"{later[0].name} has an input that no node makes")
        nodes = later

"""Kokoro without its weights: source, statistics, the cut of a graph, and how the vocoder divides frames."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from steadyvoice.daemon.check import known_voices
from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples
from steadyvoice.workers.engines.hibari.acoustic import session
from steadyvoice.workers.engines.kokoro import freezing, statistics
from steadyvoice.workers.engines.kokoro.source import HARMONICS, HOP, RATE, cycles, faded_out, source, without_click
from steadyvoice.workers.engines.kokoro.vocoder import SECOND, KokoroVocoder, rows, silence

MIXER = np.linspace(-0.5, 0.4, HARMONICS, dtype=np.float32)


def test_its_voices_are_known_without_loading_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    for file in ("kokoro/fine.onnx", "kokoro/source.bin", "kokoro/af_heart.bin", "anna/config.json"):
        (tmp_path / "voices" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "voices" / file).touch()
    assert known_voices(["kokoro"]) == {"af_heart"}
    assert known_voices(["soprano"]) == {"anna"}


def pitch(frames: int) -> Frames:
    f0 = 120 + 40 * np.sin(np.arange(frames) / 7)
    f0[frames // 3 : frames // 2] = 3  # unvoiced
    return f0.astype(np.float32)


def test_the_source_is_that_of_the_published_model() -> None:
    """Its steps, in float64: cycles a sample, summed per frame, and interpolated between the middles of frames."""
    f0 = pitch(20)
    harmonics = np.arange(1, HARMONICS + 1)
    per_frame = np.cumsum(f0[:, None] * harmonics / RATE, 0) * HOP
    middles, samples = (np.arange(20) + 0.5) * HOP, np.arange(20 * HOP) + 0.5
    phase = np.stack([np.interp(samples, middles, each) for each in per_frame.T])
    sines = 0.1 * np.sin(2 * np.pi * phase) * np.repeat(f0 > 10, HOP)
    wanted = np.tanh(MIXER.astype(np.float64) @ sines + 0.02)
    np.testing.assert_allclose(source(f0, cycles(f0, 0.0), MIXER, 0.02), wanted, rtol=0, atol=2e-5)


def test_a_window_has_the_phase_of_the_whole() -> None:
    f0 = pitch(40)
    phase = np.concatenate((cycles(f0[:15], 0.0), cycles(f0[15:], cycles(f0[:15], 0.0)[-1])))
    np.testing.assert_allclose(np.cos(2 * np.pi * phase), np.cos(2 * np.pi * cycles(f0, 0.0)), rtol=0, atol=1e-9)
    whole, part = source(f0, phase, MIXER, 0.0), source(f0[10:30], phase[10:30], MIXER, 0.0)
    half = HOP // 2
    np.testing.assert_allclose(part[half:-half], whole[10 * HOP + half : 30 * HOP - half], rtol=0, atol=1e-6)
    assert not len(source(f0[:0], phase[:0], MIXER, 0.0))


def test_the_edges_of_a_piece_are_silent() -> None:
    loud = np.ones(4 * HOP, np.float32)
    begins, ends = without_click(loud), faded_out(loud)
    assert not begins[: HOP // 2].any()
    assert np.abs(np.diff(begins)).max() < 0.01
    assert np.abs(np.diff(ends)).max() < 0.01
    assert ends[-1] < 0.01
    assert begins[HOP:].all()
    assert (ends[: 3 * HOP] == 1).all()
    assert loud.all(), "the arguments must not change"


def clause(silent: float, moments: list[float]) -> statistics.Clause:
    ones = np.ones(49, np.float32)
    return statistics.Clause(silent, np.array(moments, np.float32), -ones * (1 + silent), ones)


def test_moments_follow_the_silent_share() -> None:
    found = statistics.fitted([clause(0.2, [1.0, 4.0]), clause(0.4, [2.0, 3.0]), clause(0.6, [3.0, 2.0])])
    wanted_at: dict[float, list[float]] = {0.2: [1, 4], 0.5: [2.5, 2.5], 0.6: [3, 2], 0.05: [1, 4], 0.9: [3, 2]}
    for silent, wanted in wanted_at.items():
        np.testing.assert_allclose(found.at(silent)[0, :2, 0], wanted, rtol=1e-5)
    scale, zero = found.at(0.3)[0, 2:4, 0]
    assert scale == pytest.approx(2.6 / 255)
    assert zero == 157  # of the least value, -1.6
    assert found.at(0.3).shape == (1, 2 + 2 * 49, 1)


def test_a_fit_makes_no_negative_variance() -> None:
    found = statistics.fitted([clause(0.1, [9.0]), clause(0.3, [0.1]), clause(0.5, [0.1])])
    assert min(found.at(silent)[0, 0, 0] for silent in np.linspace(0, 1, 11)) > 0


def test_statistics_are_read_as_they_were_written() -> None:
    written = statistics.fitted([clause(0.2, [1.0, 4.0]), clause(0.6, [3.0, 2.0])])
    read = statistics.unpacked(np.frombuffer(written.packed(), np.float32), "x")
    for one, other in zip(written, read, strict=True):
        np.testing.assert_array_equal(one, other)
    for damaged in (np.zeros(10, np.float32), np.frombuffer(written.packed(), np.float32)[:-1]):
        with pytest.raises(BadModelFile, match="x is damaged"):
            statistics.unpacked(damaged, "x")


def test_a_blend_has_the_statistics_of_both_voices() -> None:
    one, other = (statistics.fitted([clause(0.2, [at, 4.0]), clause(0.6, [at, 2.0])]) for at in (1.0, 3.0))
    both = statistics.blended([(0.75, one), (0.25, other._replace(lows=other.lows - 1))])
    np.testing.assert_allclose(both.at(0.2)[0, :2, 0], [1.5, 4.0])
    np.testing.assert_array_equal(both.lows, other.lows - 1)


class Echo:
    """A stream that returns its first feature as samples."""

    def __init__(self, row: int, silent: float) -> None:
        self.of = row, silent
        self.waiting = 0
        self._come: list[float] = []

    def add(self, features: Frames, f0: Frames) -> None:
        self._come += features[:, 0].tolist()
        self.waiting += len(f0)

    def decode(self, count: int) -> Samples:
        made, self._come = self._come[:count], self._come[count:]
        self.waiting -= count
        return np.repeat(np.array(made, np.float32), HOP)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_pieces_and_pauses_are_told_apart(size: int) -> None:
    features = np.zeros((512, 60), np.float32)
    features[0] = np.arange(1, 61)
    f0 = np.zeros(60, np.float32)
    frames = np.concatenate([
        rows(features[:, :30], f0[:30], 0.25, 8), silence(5), rows(features[:, 30:], f0[30:], 0.5, 8 + SECOND),
        rows(features[:, :20], f0[:20], 0.5, 8),
    ])  # fmt: skip
    begun: list[Any] = []

    def stream(row: int, silent: float) -> Any:
        begun.append(Echo(row, silent))
        return begun[-1]

    vocoder = KokoroVocoder(stream, Cost(), Downstream())
    for _ in range(2):  # segments
        begun.clear()
        made = [vocoder.push(frames[at : at + size]) for at in range(0, len(frames), size)]
        heard = np.concatenate([*made, vocoder.finish()])
        assert [each.of for each in begun] == [(7, 0.25), (7, 0.5), (7, 0.5)]
        np.testing.assert_array_equal(heard[::HOP], [*range(1, 31), *[0] * 5, *range(31, 61), *range(1, 21)])
        assert len(heard) == len(frames) * HOP


def norm_graph() -> Any:
    """x to ((x - mean) / deviation) * factor + offset, rounded to 8 bits and back, twice with the same statistics."""
    from onnx import TensorProto, helper, numpy_helper

    node, tensor = helper.make_node, helper.make_tensor_value_info
    nodes = [
        node("ReduceMean", ["x", "axes"], ["m"], name="norm"),
        node("Sub", ["x", "m"], ["d"]),
        node("Mul", ["d", "d"], ["dd"]),
        node("ReduceMean", ["dd", "axes"], ["v"]),
        node("Add", ["v", "eps"], ["ve"]),
        node("Sqrt", ["ve"], ["s"]),
        node("Div", ["d", "s"], ["n"]),
        node("Mul", ["factor", "n"], ["a1"]),
        node("Add", ["a1", "offset"], ["a"]),
        node("Mul", ["n", "offset"], ["b1"]),
        node("Add", ["factor", "b1"], ["b"]),
        node("Add", ["a", "b"], ["ab"]),
        node("DynamicQuantizeLinear", ["ab"], ["q", "scale", "zero"]),
        node("DequantizeLinear", ["q", "scale", "zero"], ["y"]),
    ]
    values = {
        "axes": np.array([2]), "eps": np.array([[[1e-5]]], "f4"), "factor": np.array([[[2.0], [3.0]]], "f4"),
        "offset": np.array([[[-1.0], [1.0]]], "f4"),
    }  # fmt: skip
    graph = helper.make_graph(
        nodes, "graph", [tensor("x", TensorProto.FLOAT, [1, 2, None])], [tensor("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def test_given_statistics_replace_those_of_the_run() -> None:
    x = np.random.default_rng(1).normal(3, 2, (1, 2, 50)).astype(np.float32)
    reporting, frozen = norm_graph(), norm_graph()
    freezing.report(reporting.graph)
    whole, *found = session(reporting.SerializeToString()).run(None, {"x": x})
    sizes = [each.size for each in found]
    assert sizes == [2, 2, 1, 1]
    freezing.freeze(frozen.graph, sizes)
    given = np.concatenate([np.ravel(each).astype(np.float32) for each in found])[None, :, None]
    run = session(frozen.SerializeToString()).run
    step = float(found[2])
    (same,) = run(None, {"x": x, "statistics": given})
    assert np.abs(same - whole).max() <= 1.01 * step
    (part,) = run(None, {"x": x[:, :, 10:20], "statistics": given})
    np.testing.assert_allclose(part, same[:, :, 10:20], rtol=0, atol=1e-6)
    assert not [node for node in frozen.graph.node if node.op_type in ("ReduceMean", "DynamicQuantizeLinear")]


def test_another_graph_is_refused() -> None:
    graph = norm_graph()
    graph.graph.node[5].op_type = "Abs"
    with pytest.raises(ValueError, match="norm is followed by"):
        freezing.report(graph.graph)

"""The acoustic model, cut in two so that sound starts before the sentence is decoded.

The model (hibari-tts, Apache-2.0) is one ONNX graph. It is cut at the input of the decoder's first convolution:

    prosody: ids [1, L] int64, speed [1] -> hidden [1, 130, F], f0 [1, F] hertz, durations [L] in units of 2 frames
    decoder: hidden [1, 130, F] -> spectra [1, F, 3005]

The decoder is convolutional with a receptive field of 27 frames on each side, so that it can run on windows. Cutting
needs the onnx package; importing it alone takes longer than loading both parts. Half of the loading is onnxruntime's
optimisation: the cache holds the optimised parts, for one release of onnxruntime and one processor.
"""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hibari.voices import ASSETS

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.hibari import cache

CONTEXT = 16
"""Frames on each side of a window. Frames 17 to 27 away change the result by less than the model's int8 rounding."""
UNIT = 2
"""Frames in one unit of duration."""
ENERGY = 129
"""The row of ``hidden`` that correlates with the sound's logarithmic energy: -2 is silence, 2 is loud."""

_PARTS = ("prosody", "decoder")


class Acoustic:
    """The two sessions of one voice. Not for use by two threads at once."""

    def __init__(self, source: Path) -> None:
        """source: the voice's hibari .onnx file. OSError; BadModelFile where it has no such seam."""
        self._prosody, self._decoder = _load(source)
        self._ids = json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8"))
        self._hidden = self._decoder.get_inputs()[0].name
        self._durations = self._prosody.get_outputs()[2].name

    def known(self, phonemes: str) -> str:
        """The phonemes for which the model has an id."""
        return "".join(c for c in phonemes if c in self._ids)

    def prosody(self, phonemes: str, rate: float) -> tuple[Frames, Frames, list[int]]:
        """hidden [1, 130, F], f0 [F], and frames per id, which are a pad, each of the known phonemes, a pad."""
        ids = [0, *(self._ids[c] for c in phonemes), 0]
        feed = {"ids": np.array([ids], np.int64), "speed": np.array([rate], np.float32)}
        hidden, f0, units = self._prosody.run([self._hidden, "f0", self._durations], feed)
        return hidden, f0[0], [UNIT * int(n) for n in units]

    def decode(self, hidden: Frames, f0: Frames, start: int, stop: int) -> Frames:
        """Frames [start, stop) as [n, 3006]: five spectra of 601 bins and F0."""
        left, right = max(0, start - CONTEXT), min(len(f0), stop + CONTEXT)
        window = np.ascontiguousarray(hidden[:, :, left:right])
        (spectra,) = self._decoder.run(None, {self._hidden: window})
        rows = np.empty((stop - start, spectra.shape[2] + 1), np.float32)
        rows[:, :-1] = spectra[0, start - left : stop - left]
        rows[:, -1] = f0[start:stop]
        return rows


def _load(source: Path) -> list[Any]:
    import onnxruntime

    made_for = f"{onnxruntime.__version__} {cache.processor()}"
    files = [cache.place(f"hibari-{part}", "onnx", source, made_for=made_for) for part in _PARTS]
    loaded = [cache.load(file, _optimised) for file in files]
    if None not in loaded:
        return loaded
    return [_optimise(part, file) for part, file in zip(_cut(source), files, strict=True)]


def _optimised(fd: int) -> Any:
    with open(fd, "rb", closefd=False) as file:
        return session(file.read(), is_optimised=True)


def _optimise(part: bytes, file: Path | None) -> Any:
    """Make the session of a part, and write the optimised part to ``file``."""
    with contextlib.suppress(Exception), tempfile.TemporaryDirectory() as folder:  # optional, as where the disk is full
        made = Path(folder, "part.onnx")
        loaded = session(part, save=made)
        cache.keep(file, made.read_bytes())
        return loaded
    return session(part)


def session(
    model: Path | bytes,
    *,
    is_optimised: bool = False,
    save: Path | None = None,
    threads: int = 1,
    plans_memory: bool = True,
) -> Any:
    """An onnxruntime session that runs on the calling thread, and starts none beside it if ``threads`` is 1.

    plans_memory: False for a graph of thousands of nodes, for which that plan would take most of the loading.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4  # errors are raised
    options.enable_mem_reuse = plans_memory
    options.enable_mem_pattern = False  # else a plan is kept for each length, without limit
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if is_optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    if save is not None:
        options.optimized_model_filepath = str(save)
    what = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(what, options, providers=["CPUExecutionProvider"])


def _cut(source: Path) -> tuple[bytes, bytes]:
    import onnx
    from onnx import TensorProto, helper
    from onnx.utils import Extractor

    model = onnx.load(str(source))
    nodes = model.graph.node
    maker = {name: node for node in nodes for name in node.output}
    fault = f"{source} is not a hibari model that can be cut at its decoder"
    try:
        hidden = next(n.input[0] for n in nodes if n.op_type == "Conv" and "m.dec_in.weight" in n.input)
        transpose = maker[maker["lh"].input[0]]
        spectra = transpose.input[0]
        durations = next(
            n.output[0]
            for n in nodes
            if n.op_type == "Clip" and n.input[0] in maker and maker[n.input[0]].op_type == "Round"
        )
    except (StopIteration, KeyError) as error:
        raise BadModelFile(fault) from error
    if transpose.op_type != "Transpose" or list(maker["lh"].output) != ["lh", "theta", "ln", "lr", "phi"]:
        raise BadModelFile(fault)
    shapes: tuple[tuple[str, list[int | str | None]], ...]
    shapes = ((hidden, [1, None, "frames"]), (spectra, [1, "frames", None]), (durations, ["ids"]))
    known = {value.name for value in model.graph.value_info}
    model.graph.value_info.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes if name not in known
    )
    extractor = Extractor(model)
    prosody = extractor.extract_model(["ids", "speed"], [hidden, "f0", durations])
    decoder = extractor.extract_model([hidden], [spectra])
    return prosody.SerializeToString(), decoder.SerializeToString()

"""The two halves of a voice as sessions of onnxruntime, from a cache of the cut and optimised graphs."""

import contextlib
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.engines.engine import Frames, Samples
from steadyvoice.workers.engines.hibari import cache
from steadyvoice.workers.engines.hibari.acoustic import session
from steadyvoice.workers.engines.piper import graph

DIM: Final = 192
"""Values of a frame. A small model has 96, and zeros after them."""
_ABSENT: Final = object()
"""In place of the session of an empty part."""


class Scales(NamedTuple):
    """Of the noise in the latents, of all durations, and of the noise in the durations."""

    noise: float
    length: float
    noise_w: float


class Latents:
    """The latents of one sentence, of which each frame is computed when it is wanted."""

    def __init__(self, drawn: Frames, given: dict[str, Frames], durations: list[int], flow: Any, context: int) -> None:
        """drawn [1, C, T]; given: what else the flow takes, by name. flow: None where the drawn ones are latents."""
        self._drawn, self._given, self._flow, self._context = drawn, given, flow, context
        self.count: int = drawn.shape[2]
        self.durations = durations
        """Frames per id; empty where the graph has none of a whole number of frames."""

    def frames(self, start: int, stop: int) -> Frames:
        """[stop - start, 192]."""
        left, right = max(0, start - self._context), min(self.count, stop + self._context)
        window = self._drawn[:, :, left:right]
        if self._flow is not None:
            first, *others = [each.name for each in self._flow.get_inputs()]
            feed = {first: np.ascontiguousarray(window)}
            for name in others:  # a mask [1, 1, T], or a speaker's [1, n, 1]
                each = self._given[name]
                feed[name] = np.ascontiguousarray(each[..., left:right]) if each.shape[-1] == self.count else each
            (window,) = self._flow.run(None, feed)
        rows = np.zeros((stop - start, DIM), np.float32)
        rows[:, : window.shape[1]] = window[0, :, start - left : stop - left].T
        return rows


class Encoder:
    """Phonemes to latents. Not for use by two threads at once."""

    def __init__(self, text: Any, flow: Any = None) -> None:
        """text, flow: sessions of these parts."""
        self._session, self._flow = text, flow
        self._context = _context(flow) if flow is not None else 0
        self._outputs = [each.name for each in text.get_outputs()]
        self._given = [each.name for each in flow.get_inputs()[1:]] if flow is not None else []
        self._has_speakers = graph.SPEAKER in [each.name for each in text.get_inputs()]

    def __call__(self, ids: list[int], scales: Scales, speaker: int) -> Latents:
        feed = {"input": np.array([ids], np.int64), "input_lengths": np.array([len(ids)], np.int64)}
        feed["scales"] = np.array(scales, np.float32)
        if self._has_speakers:
            feed[graph.SPEAKER] = np.array([speaker], np.int64)
        drawn, *rest = self._session.run(self._outputs, feed)
        given = dict(zip(self._given, rest, strict=False))
        durations = [int(n) for each in rest[len(given) :] for n in each.ravel()]
        return Latents(drawn, given, durations, self._flow, self._context)


class Decoder:
    """Latents to samples, a window at a time."""

    def __init__(self, loaded: Any) -> None:
        latents, *rest = loaded.get_inputs()
        self._session, self._latents, self._has_speakers = loaded, latents.name, bool(rest)
        self._channels = int(latents.shape[1])
        self.context = _context(loaded)
        """Frames on each side of a window on which its samples depend."""
        self.cost = Cost()
        """Of a chunk, over all utterances."""

    def __call__(self, frames: Frames, speaker: int) -> Samples:
        """[n, 192], n >= 1, to [256 n]."""
        feed = {self._latents: np.ascontiguousarray(frames[:, : self._channels].T[None])}
        if self._has_speakers:
            feed[graph.SPEAKER] = np.array([speaker], np.int64)
        samples: Samples = self._session.run(None, feed)[0].reshape(-1)
        return samples


def encoder(file: Path) -> Encoder:
    """The first parts of a published model. OSError; BadModelFile."""
    return Encoder(*_load(file, "text", "flow"))


def decoder(file: Path) -> Decoder:
    """The last part of a published model. OSError; BadModelFile."""
    return Decoder(*_load(file, "vocoder"))


def _context(loaded: Any) -> int:
    return int(loaded.get_modelmeta().custom_metadata_map[graph.CONTEXT])


def _load(file: Path, *wanted: str) -> list[Any]:
    """Half of loading is onnxruntime's optimisation: the cache holds optimised parts, for one release and processor."""
    import onnxruntime

    made_for = f"{onnxruntime.__version__} {cache.processor()}"
    places = {name: cache.place(f"piper-{name}", "onnx", file, made_for=made_for) for name in graph.Parts._fields}
    loaded = [cache.load(places[name], _optimised) for name in wanted]
    if None not in loaded:
        return [each for each in loaded if each is not _ABSENT]
    try:
        parts = graph.cut(file)._asdict()
        made = {name: _optimise(data, places[name]) for name, data in parts.items()}
    except (OSError, BadModelFile):
        raise
    except Exception as error:  # onnxruntime has its own exception classes
        why = " ".join(str(error).split())[:200]
        raise BadModelFile(f"{file} cannot be loaded: {why}") from error
    return [made[name] for name in wanted if made[name] is not _ABSENT]


def _optimised(fd: int) -> Any:
    with open(fd, "rb", closefd=False) as file:
        data = file.read()
    return _ABSENT if not data else session(data, is_optimised=True, plans_memory=False)


def _optimise(data: bytes, place: Path | None) -> Any:
    """Make the session of a part, and write the optimised part to ``place``."""
    if not data:
        cache.keep(place, data)
        return _ABSENT
    with contextlib.suppress(OSError), tempfile.TemporaryDirectory() as folder:  # as where the disk is full
        made = Path(folder, "part.onnx")
        loaded = session(data, save=made, plans_memory=False)
        cache.keep(place, made.read_bytes())
        return loaded
    return session(data, plans_memory=False)

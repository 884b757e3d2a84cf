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
_PARTS: Final = ("generator", "vocoder")


class Scales(NamedTuple):
    """Of the noise in the latents, of all durations, and of the noise in the durations."""

    noise: float
    length: float
    noise_w: float


class Encoder:
    """Phonemes to latents. Not for use by two threads at once."""

    def __init__(self, loaded: Any) -> None:
        self._session = loaded
        self._outputs = [each.name for each in loaded.get_outputs()]
        self._has_speakers = graph.SPEAKER in [each.name for each in loaded.get_inputs()]

    def __call__(self, ids: list[int], scales: Scales, speaker: int) -> tuple[Frames, list[int]]:
        """Latents [T, 192], and frames per id; no durations where the graph has none of a whole number of frames."""
        feed = {"input": np.array([ids], np.int64), "input_lengths": np.array([len(ids)], np.int64)}
        feed["scales"] = np.array(scales, np.float32)
        if self._has_speakers:
            feed[graph.SPEAKER] = np.array([speaker], np.int64)
        latents, *durations = self._session.run(self._outputs, feed)
        frames = np.zeros((latents.shape[2], DIM), np.float32)
        frames[:, : latents.shape[1]] = latents[0].T
        return frames, [int(n) for each in durations for n in each.ravel()]


class Decoder:
    """Latents to samples, a window at a time."""

    def __init__(self, loaded: Any) -> None:
        latents, *rest = loaded.get_inputs()
        self._session, self._latents, self._has_speakers = loaded, latents.name, bool(rest)
        self._channels = int(latents.shape[1])
        self.context = int(loaded.get_modelmeta().custom_metadata_map[graph.CONTEXT])
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
    """The first half of a published model. OSError; BadModelFile."""
    return Encoder(_load(file, 0))


def decoder(file: Path) -> Decoder:
    """The second half of a published model. OSError; BadModelFile."""
    return Decoder(_load(file, 1))


def _load(file: Path, part: int) -> Any:
    """Half of loading is onnxruntime's optimisation: the cache holds optimised parts, for one release and processor."""
    import onnxruntime

    made_for = f"{onnxruntime.__version__} {cache.processor()}"
    places = [cache.place(f"piper-{name}", "onnx", file, made_for=made_for) for name in _PARTS]
    loaded = cache.load(places[part], _optimised)
    if loaded is not None:
        return loaded
    try:
        made = [_optimise(data, place) for data, place in zip(graph.cut(file), places, strict=True)]
    except (OSError, BadModelFile):
        raise
    except Exception as error:  # onnxruntime has its own exception classes
        why = " ".join(str(error).split())[:200]
        raise BadModelFile(f"{file} cannot be loaded: {why}") from error
    return made[part]


def _optimised(fd: int) -> Any:
    with open(fd, "rb", closefd=False) as file:
        return session(file.read(), is_optimised=True, plans_memory=False)


def _optimise(data: bytes, place: Path | None) -> Any:
    """Make the session of a part, and write the optimised part to ``place``."""
    with contextlib.suppress(OSError), tempfile.TemporaryDirectory() as folder:  # as where the disk is full
        made = Path(folder, "part.onnx")
        loaded = session(data, save=made, plans_memory=False)
        cache.keep(place, made.read_bytes())
        return loaded
    return session(data, plans_memory=False)

"""Fundamental frequency every 10 ms, from sound of 16 kHz."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from steadyvoice.ipc.errors import NotInstalled

if TYPE_CHECKING:
    from steadyvoice.workers.converters.rvc.model import Machine

Floats = NDArray[np.float32]

HOP = 160
"""Samples of 16 kHz a frame of 10 ms."""
LOWEST, HIGHEST = 50.0, 1100.0
"""Range of RVC's pitch scale, in hertz."""


class Estimator(Protocol):
    def __call__(self, sound: Floats) -> Floats:
        """[160 n] samples to n frames in hertz, frame i at sample 160 i; 0 where unvoiced."""
        ...


def coarse(f0: Floats) -> NDArray[np.int64]:
    """Hertz to RVC's 255 steps of the mel scale; 1 where too low or unvoiced."""
    low, high = (1127 * np.log1p(edge / 700) for edge in (LOWEST, HIGHEST))
    steps = (1127 * np.log1p(f0.astype(np.float64) / 700) - low) * 254 / (high - low) + 1
    whole: NDArray[np.int64] = np.rint(np.clip(steps, 1, 255)).astype(np.int64)
    return whole


def estimator(rmvpe: Path, machine: "Machine") -> Estimator:
    """RMVPE where its file is installed, else SwiftF0. BadModelFile; NotInstalled where there is neither."""
    if not rmvpe.is_file():
        return SwiftF0()
    from steadyvoice.workers.converters.rvc import loading

    return loading.rmvpe(rmvpe).to(machine.device)


class SwiftF0:
    """The network of swift-f0 (Nieradzik 2025, MIT, 0.1 MB, inside its package), with a frame every 16 ms.

    Sound below an amplitude of 1e-3 counts as silence: its package documents random output there.
    """

    _HOP, _QUIET = 256, np.float32(1e-3)

    def __init__(self, threads: int = 1) -> None:
        found = importlib.util.find_spec("swift_f0")
        if found is None or not found.submodule_search_locations:
            raise NotInstalled("RVC needs the package swift-f0 to find the pitch; install it with pip")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self._session = onnxruntime.InferenceSession(
            Path(found.submodule_search_locations[0], "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, sound: Floats) -> Floats:
        rows = -(-len(sound) // self._HOP)
        padded = np.zeros(rows * self._HOP, np.float32)
        padded[: len(sound)] = sound
        edges = {"fmin": np.array(LOWEST, np.float32), "fmax": np.array(HIGHEST, np.float32)}
        pitch, sure = self._session.run(["pitch", "confidence"], {"audio": padded[None], **edges})
        audible = np.abs(padded.reshape(rows, self._HOP)).max(1) >= self._QUIET
        return self._every_10_ms(np.where((sure[0] >= 0.5) & audible, pitch[0], 0), len(sound) // HOP)

    def _every_10_ms(self, f0: Floats, n: int) -> Floats:
        """Linear interpolation between two voiced frames; elsewhere the nearest frame."""
        at = np.arange(n) * (HOP / self._HOP)
        left = np.minimum(at.astype(int), len(f0) - 1)
        right = np.minimum(left + 1, len(f0) - 1)
        share = at - left
        between = f0[left] * (1 - share) + f0[right] * share
        nearest = np.where(share < 0.5, f0[left], f0[right])
        out: Floats = np.where((f0[left] > 0) & (f0[right] > 0), between, nearest).astype(np.float32)
        return out

"""The excitation of the decoder: nine harmonics of F0, with a phase that continues from window to window.

The sine generator of the neural source-filter model (Wang, Takaki and Yamagishi 2019) as Kokoro has it (hexgrad/kokoro,
istftnet.py, Apache-2.0), without its noise, which the published ONNX graphs do not have either. In the graph, the phase
begins at 0 in every run; here it is given per frame.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.engines.engine import Frames, Samples

RATE: Final = 24000
HOP: Final = 300
"""Samples per frame."""
HARMONICS: Final = 9
_VOICED_HZ: Final = 10.0
_AMPLITUDE: Final = 0.1
_UNITS: Final = 2**40
"""Of a cycle, in which phases are added up: the sums are exact, and so the same however the frames arrive. The angle of
the decoder's STFT jumps by a whole turn where a value changes its sign."""
Cycles = NDArray[np.float64]
"""Per frame: the phase of the fundamental in the middle of the frame, in cycles; its integer part means nothing."""

_MIDDLE: Final = (np.arange(HOP) + 0.5) / HOP
"""Where each sample of a frame is, from 0 to 1."""


_EDGE: Final = HOP // 2
"""Samples at the beginning of a run in which the decoder's inverse STFT has no full overlap, and may click."""
_RISE: Final = (np.arange(_EDGE, dtype=np.float32) + 0.5) / _EDGE


def without_click(samples: Samples) -> Samples:
    """The first samples of a run, which are before the speech, silent at first."""
    samples = samples.copy()
    samples[:_EDGE] = 0
    samples[_EDGE : 2 * _EDGE] *= _RISE
    return samples


def faded_out(samples: Samples) -> Samples:
    """The last samples of a run, which are after the speech; silence follows."""
    samples = samples.copy()
    samples[-_EDGE:] *= _RISE[::-1]
    return samples


def cycles(f0: Frames, before: float) -> Cycles:
    """f0 [n], hertz. before: the phase of the frame before the first one, 0 at the beginning of a piece."""
    steps = np.rint(f0.astype(np.float64) * (HOP / RATE * _UNITS)).astype(np.int64)
    result: Cycles = (round(before * _UNITS) + np.cumsum(steps)) % _UNITS / _UNITS
    return result


def source(f0: Frames, phase: Cycles, weights: Frames, bias: float) -> Samples:
    """[n * HOP] for f0 [n] and its phase [n]. weights [9], bias: of the layer that mixes the harmonics.

    Between the middles of two frames the phase is interpolated; before the first middle and after the last one, it is
    constant, so frames at the edge of a window that is none of the piece are half wrong.
    """
    if not len(f0):
        return np.empty(0, np.float32)
    step = np.append(f0, 0.0).astype(np.float64) * (HOP / RATE)
    step[0] = step[-1] = 0.0  # cycles from the middle of the frame before
    since = np.where(_MIDDLE < 0.5, _MIDDLE - 0.5, 0.0)
    until = np.where(_MIDDLE < 0.5, 0.0, _MIDDLE - 0.5)
    at = phase[:, None] + step[:-1, None] * since + step[1:, None] * until
    angles = (2 * np.pi * (at % 1.0)).astype(np.float32).ravel()
    mixed = np.full(len(angles), bias, np.float32)
    voiced = np.repeat(f0 > _VOICED_HZ, HOP)
    for harmonic in range(HARMONICS):
        mixed += np.where(voiced, weights[harmonic] * _AMPLITUDE * np.sin((harmonic + 1) * angles), np.float32(0))
    return np.tanh(mixed)

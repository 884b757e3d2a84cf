"""A second-order filter for blocks, without a loop over samples.

The coefficients of low-pass and high-pass are those of R. Bristow-Johnson, "Cookbook formulae for audio equalizer
biquad filter coefficients". A block is cut into rows of 32 samples. The state before each row is a linear function of
the state before the block and of the rows; the output of a row is one of its samples and its state. So a block is four
small matrix products.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.plugins.plugin import Samples

_ROW: Final = 32
Matrix = NDArray[np.float64]


class Biquad:
    """Samples of one stream, in blocks of a multiple of 32. Computes in float64: poles may be close to 1."""

    def __init__(self, block: int) -> None:
        """It passes what comes in, until ``set`` is called."""
        if block % _ROW:
            raise ValueError(f"a block of {block} samples is no multiple of {_ROW}")
        self._rows = block // _ROW
        self._state = np.zeros(2)
        self.set((1.0, 0.0, 0.0), (0.0, 0.0))

    def set(self, b: tuple[float, float, float], a: tuple[float, float]) -> None:
        """y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]. The state stays."""
        # Transposed direct form II: y = b0 x + s1; s1' = b1 x - a1 y + s2; s2' = b2 x - a2 y.
        step = np.array(((-a[0], 1.0), (-a[1], 0.0)))
        enter = np.array((b[1] - a[0] * b[0], b[2] - a[1] * b[0]))
        powers = [np.eye(2)]
        for _ in range(_ROW):
            powers.append(step @ powers[-1])
        response = np.array([b[0], *(float((power @ enter)[0]) for power in powers[: _ROW - 1])])
        lag = np.arange(_ROW)[None, :] - np.arange(_ROW)[:, None]
        self._from_samples: Matrix = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)  # [sample in, sample out]
        self._from_state: Matrix = np.array([power[0] for power in powers[:_ROW]]).T  # [state, sample out]
        self._to_state: Matrix = np.array([power @ enter for power in powers[_ROW - 1 :: -1]])  # [sample in, state]
        row = powers[_ROW]
        across = [np.eye(2)]
        for _ in range(self._rows):
            across.append(row @ across[-1])
        # States before each row, and after the last: from the state before the block, and from what each row adds.
        self._states_from_first: Matrix = np.concatenate(across)
        self._states_from_rows: Matrix = np.zeros((2 * (self._rows + 1), 2 * self._rows))
        for at in range(1, self._rows + 1):
            for by in range(at):
                self._states_from_rows[2 * at : 2 * at + 2, 2 * by : 2 * by + 2] = across[at - 1 - by]

    def process(self, block: Samples) -> Samples:
        """[n] float32 in and out; the result is a new array."""
        rows = block.reshape(self._rows, _ROW).astype(np.float64)
        added = rows @ self._to_state
        states = self._states_from_first @ self._state
        states += self._states_from_rows @ added.reshape(-1)
        states = states.reshape(-1, 2)
        out = rows @ self._from_samples
        out += states[:-1] @ self._from_state
        self._state = states[-1] if np.abs(states[-1]).max() > 1e-30 else np.zeros(2)  # denormals are slow
        return out.reshape(-1).astype(np.float32)


def low_pass(hz: float, q: float, rate: int) -> tuple[tuple[float, float, float], tuple[float, float]]:
    """Coefficients b and a. hz: corner frequency, below half the rate."""
    cosine, alpha = _angles(hz, q, rate)
    return _normal((1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2, cosine, alpha)


def high_pass(hz: float, q: float, rate: int) -> tuple[tuple[float, float, float], tuple[float, float]]:
    """As ``low_pass``."""
    cosine, alpha = _angles(hz, q, rate)
    return _normal((1 + cosine) / 2, -1 - cosine, (1 + cosine) / 2, cosine, alpha)


def _angles(hz: float, q: float, rate: int) -> tuple[float, float]:
    angle = 2 * math.pi * hz / rate
    return math.cos(angle), math.sin(angle) / (2 * q)


def _normal(
    b0: float, b1: float, b2: float, cosine: float, alpha: float
) -> tuple[tuple[float, float, float], tuple[float, float]]:
    a0 = 1 + alpha
    return (b0 / a0, b1 / a0, b2 / a0), (-2 * cosine / a0, (1 - alpha) / a0)

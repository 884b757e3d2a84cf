"""Excitation of the decoder: a sine at the pitch where voiced, noise where unvoiced.

After SineGen of RVC v2 (no overtones), where every call begins at phase 0. Here phase and noise continue from call to
call, so that computing in blocks gives the same excitation as computing the whole.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_SINE, _BREATH, _UNVOICED = np.float32(0.1), np.float32(0.003), np.float32(0.1 / 3)  # amplitudes, as trained


class Source:
    """The excitation of one utterance. weight, bias: of ``dec.m_source.l_linear``. noise: None: no noise."""

    def __init__(self, rate: int, hop: int, weight: float, bias: float, noise: np.random.Generator | None) -> None:
        self._rate, self._hop, self._noise = rate, hop, noise
        self._weight, self._bias = np.float32(weight), np.float32(bias)
        self._turns = 0.0  # float64, so that the phase stays exact for hours

    def push(self, f0: Floats) -> Floats:
        """The next n frames' pitch in hertz, 0 where unvoiced, to [hop n] samples."""
        turns = self._turns + np.cumsum(np.repeat(f0.astype(np.float64), self._hop) / self._rate)
        if turns.size:
            self._turns = float(turns[-1] % 1)
        voiced = np.repeat(f0 > 0, self._hop)
        wave = np.where(voiced, _SINE * np.sin(2 * np.pi * turns).astype(np.float32), np.float32(0))
        if self._noise is not None:
            wave += np.where(voiced, _BREATH, _UNVOICED) * self._noise.standard_normal(wave.size, np.float32)
        made: Floats = np.tanh(self._weight * wave + self._bias, dtype=np.float32)
        return made

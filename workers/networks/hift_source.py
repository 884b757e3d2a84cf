"""The excitation of HiFT: nine harmonics of the pitch where voiced, noise where unvoiced.

The sine generator of the neural source-filter model (Wang, Takaki and Yamagishi 2019) in two forms: that of Chatterbox
(resemble-ai/chatterbox 5de7a54, hifigan.py: SineGen), in which the phase is a sum over samples, and that of CosyVoice2
(FunAudioLLM/CosyVoice ace7c47, hifigan/generator.py: SineGen2), in which it is a sum over frames, interpolated between
their middles. Upstream begins at a random phase in every call. Here the phase is carried, and the noise depends only on
the sample's number, so that windows of any size have the same excitation.
"""

import math
from typing import Final

import torch
from torch import Tensor

from steadyvoice.workers.networks.streamed import Layout, State

_AMPLITUDE: Final = 0.1
_BREATH: Final = 0.003
"""Deviation of the noise where voiced; a third of the amplitude where unvoiced."""
_VOICED_HZ: Final = 10.0
_UNITS: Final = 2**40
"""Of a cycle, in which phases are added up: integer sums do not depend on how the frames arrive."""
_LOW: Final = 2**32 - 1


class Source:
    """weight [1, harmonics], bias [1]: of ``m_source.l_linear``."""

    def __init__(
        self, layout: Layout, weight: Tensor, bias: Tensor, rate: int, hop: int, *, by_frame: bool, seed: int
    ) -> None:
        """by_frame: the phase as in CosyVoice2. seed: of the noise and of the overtones' first phases."""
        device = layout.device
        self._hop, self._cycles, self._by_frame, self._seed = hop, hop / rate, by_frame, seed
        harmonics = weight.shape[1]
        self._weight = _AMPLITUDE * weight.flatten()
        self._bias, self._noise = bias, weight.norm()
        self._numbers = torch.arange(1, harmonics + 1, device=device) * (2 * math.pi)
        phases = math.pi * (2 * torch.rand(harmonics, generator=torch.Generator().manual_seed(seed)) - 1)
        phases[0] = 0
        self._phases = phases.to(device) * (not by_frame)  # CosyVoice2's interpolation drops them
        steps = torch.arange(hop, dtype=torch.float64, device=device)
        self._places = (steps + 0.5) / hop - 0.5 if by_frame else (steps + 1) / hop
        self._samples = torch.arange(hop, device=device)
        self._at = layout.add(2, dtype=torch.int64)  # units of the last frame's end, frames

    def __call__(self, f0: Tensor, keep: int, state: State, *, ends: bool) -> Tensor:
        """Pitch in hertz [n], float64, to [hop n]. ends: no frame follows the n."""
        at = state[self._at]
        steps = (f0 * (self._cycles * _UNITS)).round().long()
        sums = (at[0] + steps.cumsum(0)) % _UNITS
        if self._by_frame:
            # A stream's first frame has none before it, and its last one none after it: there the phase is constant.
            before = torch.cat((steps[:1] * (at[1] > 0), steps[1:]))
            after = torch.cat((steps[1:], steps[-1:] * (not ends)))
            slopes = torch.where(self._places < 0, before[:, None], after[:, None])
            begins = sums
        else:
            slopes, begins = steps[:, None], sums - steps
        cycles = (begins[:, None] + slopes * self._places) / _UNITS
        numbers = at[1] * self._hop + torch.arange(len(f0), device=f0.device)[:, None] * self._hop + self._samples
        voiced = f0[:, None] > _VOICED_HZ
        deviation = torch.where(voiced, _BREATH, _AMPLITUDE / 3) * self._noise
        noise = deviation * normal(numbers, self._seed)
        angles = (cycles % 1).float()[..., None] * self._numbers + self._phases
        made = torch.tanh(torch.where(voiced, torch.sin(angles) @ self._weight, 0.0) + noise + self._bias).flatten()
        if keep:
            at.copy_(torch.stack((sums[keep - 1], at[1] + keep)))
        return made


def normal(numbers: Tensor, seed: int) -> Tensor:
    """Normally distributed float32, each a function of its number (int64, below 2^31) and the seed.

    Two hashes of 32 bits (lowbias32 of C. Wellons, Hash Prospector) and the transform of Box and Muller.
    """
    key = _hashed(torch.full_like(numbers, seed & _LOW))
    one = (_hashed(2 * numbers ^ key).float() + 0.5) / 2**32
    two = _hashed((2 * numbers + 1) ^ key).float() / 2**32
    return torch.sqrt(-2 * torch.log(one)) * torch.cos(2 * math.pi * two)


def _hashed(x: Tensor) -> Tensor:
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & _LOW
    x = ((x ^ (x >> 15)) * 0x846CA68B) & _LOW
    return x ^ (x >> 16)

"""Short-time Fourier transform and its inverse over a stream, as products with a matrix; Hann windows.

As torch.stft and torch.istft with ``center=True``: the signal is mirrored at the stream's ends, and each sample of the
inverse is divided by the sum of the squared windows over it.
"""

import torch
from torch import Tensor
from torch.nn.functional import linear

from steadyvoice.workers.networks.streamed import Layout, State


class Analysis:
    """Samples to spectra, real parts and then imaginary parts, one per hop."""

    def __init__(self, layout: Layout, size: int, hop: int) -> None:
        self._size, self._hop = size, hop
        turns = torch.outer(torch.arange(size // 2 + 1), torch.arange(size)).double() * (2 * torch.pi / size)
        window = torch.hann_window(size, dtype=torch.float64)
        self._basis = (torch.cat((turns.cos(), -turns.sin())) * window).float().to(layout.device)
        self._tail = layout.add(size // 2)

    def __call__(self, signal: Tensor, keep: int, state: State, *, begins: bool) -> Tensor:
        """[n] to [n / hop + 1, size + 2]: the spectra around the first sample, around each hop, and at the end."""
        half = self._size // 2
        before = signal[1 : half + 1].flip(0) if begins else state[self._tail]
        line = torch.cat((before, signal, signal[-half - 1 : -1].flip(0)))
        state[self._tail].copy_(line[keep : keep + half])
        return linear(line.unfold(0, self._size, self._hop), self._basis)


class Synthesis:
    """Log magnitudes and phases to samples. hop: a quarter of the size."""

    margin = 1
    """Rows after the kept ones that their samples depend on."""

    def __init__(self, layout: Layout, size: int, hop: int) -> None:
        self._hop, bins = hop, size // 2 + 1
        turns = torch.outer(torch.arange(size), torch.arange(bins)).double() * (2 * torch.pi / size)
        window = torch.hann_window(size, dtype=torch.float64)
        twice = torch.full((bins,), 2.0, dtype=torch.float64)
        twice[0] = twice[-1] = 1
        power = window.square().view(-1, hop)
        basis = torch.cat((turns.cos() * twice, -turns.sin() * twice), 1) * window[:, None] / size
        self._basis = (basis / power.sum(0).repeat(size // hop)[:, None]).float().to(layout.device)
        self._edges = [(power.sum(0) / part.sum(0)).float().to(layout.device) for part in (power[:-1], power[1:])]
        self._tail = layout.add(2, size)

    def __call__(self, x: Tensor, keep: int, state: State, *, begins: bool, ends: bool) -> Tensor:
        """[n, size + 2] to the samples [keep * hop] before those of which a later row has a part.

        At the beginning it is one hop less: the first row is around the first sample.
        """
        size, hop = state[self._tail].shape[1], self._hop
        loudness, phase = x.chunk(2, 1)
        loudness, phase = loudness.exp().clamp(max=1e2), phase.sin()
        parts = linear(torch.cat((loudness * phase.cos(), loudness * phase.sin()), 1), self._basis)
        line = torch.cat((state[self._tail], parts, parts.new_zeros(int(ends), size)))
        state[self._tail].copy_(line[keep : keep + 2])
        rows = line[: keep + 3].view(-1, size // hop, hop)
        hops = rows[:-3, 3] + rows[1:-2, 2] + rows[2:-1, 1] + rows[3:, 0]
        if begins:
            hops = hops[1:]
            hops[0] *= self._edges[0]
        if ends:
            hops[-1] *= self._edges[1]
        return hops.flatten()

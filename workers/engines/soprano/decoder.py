"""Soprano's decoder as a stream: hidden states, 15.625 a second, to a waveform of 32 kHz.

Four times as many frames by linear interpolation, ConvNeXt blocks (Liu et al. 2022), and a head that predicts the
spectrum of an inverse STFT: Vocos (Siuzdak 2023), with the sizes of Soprano (ekwek1/soprano, Apache-2.0). State
that spans frames is kept between pushes, so that each frame is computed once and chunked equals whole: the last two
inputs of each block's kernel of three, and the inverse STFT's overlap. Only the edges of a segment are padded.

T frames give (T - 1) * 2048 samples. The samples before frame t are final when three more frames have arrived.
"""

import time
from collections.abc import Mapping
from math import ceil

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear

from steadyvoice.workers.chunk_size import ChunkSizer, Cost
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples

INPUT, RATE, SAMPLES, UPSCALE, BLOCKS, KERNEL = 512, 32000, 2048, 4, 8, 3
"""Values per frame, hertz, samples per frame interval, spectra per interval, ConvNeXt blocks, kernel size."""

SIZE, _HOP = 2048, 512
_HOPS = SIZE // _HOP
_LOUDEST = 1e2
_EPS = 1e-6
_FRAME_S = SAMPLES / RATE
_LAG = 3.25  # frames of lookahead of the blocks and of half a window
_SIZES = (2, 4, 8)
"""Frames per chunk."""


def shapes(width: int, kernel: int) -> dict[str, tuple[int, ...]]:
    """Shape of each tensor of decoder.pth. width: 768 in v1.1, 512 in v1.0. kernel: the first convolution's, 1 or 3."""

    def pair(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
        return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}

    every = pair("decoder.embed", width, INPUT, kernel) | pair("decoder.norm", width)
    for i in range(BLOCKS):
        block = f"decoder.convnext.{i}"
        every |= {f"{block}.gamma": (width,)} | pair(f"{block}.dwconv", width, 1, KERNEL) | pair(f"{block}.norm", width)
        every |= pair(f"{block}.pwconv1", 3 * width, width) | pair(f"{block}.pwconv2", width, 3 * width)
    every |= pair("decoder.final_layer_norm", width) | pair("head.out", SIZE + 2, width)
    return every | {"head.istft.window": (SIZE,)}


class _Block:
    def __init__(self, part: Mapping[str, Tensor]) -> None:
        self.taps = part["dwconv.weight"][:, 0].T.contiguous()  # [3, width]
        self.bias = part["dwconv.bias"]
        self.norm = part["norm.weight"], part["norm.bias"]
        self.widen = part["pwconv1.weight"], part["pwconv1.bias"]
        gamma = part["gamma"]
        self.narrow = part["pwconv2.weight"] * gamma[:, None], part["pwconv2.bias"] * gamma


class Decoder:
    """The weights, shared by all streams."""

    def __init__(self, weights: Mapping[str, Tensor], device: str) -> None:
        """weights: as in ``shapes``."""
        self.device = torch.device(device)
        self.cost = Cost()
        """Measured cost of a chunk, over all utterances."""
        weights = {name: tensor.to(self.device, torch.float32) for name, tensor in weights.items()}
        embed = weights["decoder.embed.weight"]
        self.reach = embed.shape[2] // 2
        self.embed = embed.permute(0, 2, 1).flatten(1).contiguous(), weights["decoder.embed.bias"]
        self.norm = weights["decoder.norm.weight"], weights["decoder.norm.bias"]
        self.blocks = []
        for i in range(BLOCKS):
            prefix = f"decoder.convnext.{i}."
            part = {name.removeprefix(prefix): each for name, each in weights.items() if name.startswith(prefix)}
            self.blocks.append(_Block(part))
        self.final_norm = weights["decoder.final_layer_norm.weight"], weights["decoder.final_layer_norm.bias"]
        self.out = weights["head.out.weight"], weights["head.out.bias"]
        self.window = weights["head.istft.window"]
        self.steps = torch.arange(1, UPSCALE + 1, device=self.device).view(1, -1, 1) / UPSCALE

    @property
    def width(self) -> int:
        return len(self.embed[0])

    def __call__(self, frames: Frames) -> Samples:
        """All frames [T, 512] at once; T >= 1."""
        return Stream(self).push(frames, end=True)


class Stream:
    """The decoder's state of one segment."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        width, device = decoder.width, decoder.device
        self._last: Tensor | None = None  # frame
        self._before = torch.zeros(decoder.reach, INPUT, device=device)  # inputs that the first convolution still needs
        self._tails = [torch.zeros(1, width, device=device)] * BLOCKS
        self._overlap = torch.zeros(_HOPS - 1, _HOP, device=device)
        power = decoder.window.square().view(_HOPS, _HOP)
        self._power = power.sum(0)
        self._edges = power[:-1].sum(0), power[1:].sum(0)
        self._spectra = 0

    @torch.inference_mode()
    def push(self, frames: Frames, *, end: bool = False) -> Samples:
        """[n, 512], n >= 0; returns the samples that no later frame can change. end: these are the last frames."""
        x = self._embed(self._upsample(torch.from_numpy(frames).to(self._decoder.device)), end)
        for i, block in enumerate(self._decoder.blocks):
            x, self._tails[i] = _convolve(block, self._tails[i], x, end)
        samples: Samples = self._sound(x, end).flatten().cpu().numpy()
        return samples

    def _upsample(self, frames: Tensor) -> Tensor:
        """[4 n, 512], interpolated from the previous frame; the first frame has none and is used alone."""
        if not len(frames):
            return frames
        first = self._last is None
        line = frames if self._last is None else torch.cat((self._last, frames))
        self._last = frames[-1:].clone()
        between = torch.lerp(line[:-1, None], line[1:, None], self._decoder.steps).flatten(0, 1)
        return torch.cat((line[:1], between)) if first else between

    def _embed(self, x: Tensor, end: bool) -> Tensor:
        if reach := self._decoder.reach:  # v1.0: a kernel of three
            line = torch.cat((self._before, x, *[x.new_zeros(1, INPUT)] * end))
            self._before = line[-2 * reach :]
            if len(line) <= 2 * reach:
                return x.new_empty(0, self._decoder.width)
            x = line.unfold(0, 2 * reach + 1, 1).transpose(1, 2).flatten(1)
        return layer_norm(linear(x, *self._decoder.embed), (self._decoder.width,), *self._decoder.norm, _EPS)

    def _sound(self, x: Tensor, end: bool) -> Tensor:
        """Frames of the last block [n, width] to hops of samples [m, 512]."""
        x = layer_norm(x, (self._decoder.width,), *self._decoder.final_norm, _EPS)
        loudness, phase = linear(x, *self._decoder.out).chunk(2, 1)
        spectra = torch.polar(loudness.exp().clamp(max=_LOUDEST), phase)
        spectra[:, 0] = spectra[:, -1] = 0  # as the original does
        n, first = len(x), max(0, 2 - self._spectra)  # half a window precedes the first sample
        # An empty FFT raises.
        parts = torch.fft.irfft(spectra, SIZE) * self._decoder.window if n else x.new_empty(0, SIZE)
        parts = parts.view(-1, _HOPS, _HOP)
        sums = parts.new_zeros(n + _HOPS - 1, _HOP)
        sums[: _HOPS - 1] = self._overlap
        for i in range(_HOPS):
            sums[i : i + n] += parts[:, i]
        self._overlap = sums[n:]
        hops = sums[: n + end] / self._power
        if first < len(hops) and self._spectra <= 2:  # fewer windows overlap at the segment's edges
            hops[first] *= self._power / self._edges[0]
        if end and len(hops):
            hops[-1] *= self._power / self._edges[1]
        self._spectra += n
        return hops[min(first, n + end) :]


def _convolve(block: _Block, tail: Tensor, x: Tensor, end: bool) -> tuple[Tensor, Tensor]:
    """Run one block; return its outputs, one frame behind its inputs except at the end, and its new tail."""
    line = torch.cat((tail, x, *[x.new_zeros(1, x.shape[1])] * end))
    if len(line) < KERNEL:
        return x[:0], line
    y = torch.addcmul(block.bias, line[:-2], block.taps[0])
    y = torch.addcmul(torch.addcmul(y, line[1:-1], block.taps[1]), line[2:], block.taps[2])
    y = layer_norm(y, (y.shape[1],), *block.norm, _EPS)
    return line[1:-1] + linear(gelu(linear(y, *block.widen)), *block.narrow), line[-2:]


class SopranoVocoder:
    """The decoder for one utterance: see `engine.Vocoder`.

    The pipeline expects 2048 samples per frame, but n frames have n - 1 intervals: 64 ms of silence follow each
    segment, like a breath between two sentences.
    """

    def __init__(self, decoder: Decoder, downstream: Downstream) -> None:
        self._decoder = decoder
        sizes = tuple(size * _FRAME_S for size in _SIZES)
        self._schedule = ChunkSizer(sizes, decoder.cost, downstream.ahead, downstream.min_input_s)
        self._came_at = downstream.came_at
        self._waiting: Frames
        self._begin()

    def push(self, frames: Frames) -> Samples:
        if len(frames):
            self._waiting = np.concatenate((self._waiting, frames))
            self._schedule.arrived(len(frames) * _FRAME_S, self._came_at())
        made = [np.empty(0, np.float32)]
        while size := self._schedule.next(max(0.0, len(self._waiting) - self._lag) * _FRAME_S):
            made.append(self._decode(ceil(round(size / _FRAME_S) + self._lag)))
        return np.concatenate(made)

    def finish(self) -> Samples:
        if self._stream is None and not len(self._waiting):
            return np.empty(0, np.float32)
        rest = self._decode(len(self._waiting), end=True)
        self._begin()
        return np.concatenate((rest, np.zeros(SAMPLES, np.float32)))

    def _begin(self) -> None:
        self._stream: Stream | None = None
        self._waiting = np.empty((0, INPUT), np.float32)

    @property
    def _lag(self) -> float:
        """Frames of a segment that have no final samples yet."""
        return _LAG if self._stream is None else 0.0

    def _decode(self, count: int, *, end: bool = False) -> Samples:
        self._stream = self._stream or Stream(self._decoder)
        frames, self._waiting = self._waiting[:count], self._waiting[count:]
        began = time.monotonic()
        made = self._stream.push(frames, end=end)
        self._decoder.cost.learn(len(frames) * _FRAME_S, time.monotonic() - began)
        return made

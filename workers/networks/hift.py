"""HiFT: mel frames of 80 bands, 50 a second, to a waveform of 24 kHz, as a stream.

A neural source filter with a head that predicts the spectrum of an inverse STFT (HiFTNet, Li et al. 2023), as in
Chatterbox (resemble-ai/chatterbox 5de7a54, s3gen/hifigan.py, f0_predictor.py; MIT) and CosyVoice2
(FunAudioLLM/CosyVoice ace7c47, hifigan; Apache-2.0). Parameters have the names of the published files.

A window gives the samples of its first frames; the frames after them are its lookahead. `Hift.exact` frames of
lookahead give the whole's samples to rounding; with fewer the error is that of docs/models.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import elu, linear

from steadyvoice.workers.networks.hift_source import Source
from steadyvoice.workers.networks.spectrum import Analysis, Synthesis
from steadyvoice.workers.networks.streamed import (
    Conv,
    Into,
    Layout,
    Residual,
    State,
    downsampling,
    leaky,
    mean,
    pair,
    upsampling,
)  # fmt: skip

_F0_LAYERS: Final = 5
_DILATIONS: Final = (1, 3, 5)
_SLOPE: Final = 0.1


@dataclass(frozen=True)
class HiftShape:
    """Sizes of the published models, of which only the widths differ in tests."""

    mels: int = 80
    width: int = 512
    """Channels of the first layer; each stage has half as many."""
    f0_width: int = 512
    harmonics: int = 9
    rate: int = 24000
    strides: tuple[int, ...] = (8, 5, 3)
    up_kernels: tuple[int, ...] = (16, 11, 7)
    kernels: tuple[int, ...] = (3, 7, 11)
    source_kernels: tuple[int, ...] = (7, 7, 11)
    fft: int = 16
    hop: int = 4

    @property
    def samples(self) -> int:
        """Per frame."""
        return math.prod(self.strides) * self.hop

    def widths(self) -> list[int]:
        return [self.width >> (i + 1) for i in range(len(self.strides))]

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of each parameter, weight norms folded."""
        bins = self.fft + 2
        every = pair("conv_pre", self.width, self.mels, 7) | pair("m_source.l_linear", 1, self.harmonics)
        for i in range(_F0_LAYERS):
            every |= pair(f"f0_predictor.condnet.{2 * i}", self.f0_width, self.f0_width if i else self.mels, 3)
        every |= pair("f0_predictor.classifier", 1, self.f0_width)
        for i, (width, kernel, source) in enumerate(
            zip(self.widths(), self.up_kernels, self.source_kernels, strict=True)
        ):
            every |= {f"ups.{i}.weight": (2 * width, width, kernel), f"ups.{i}.bias": (width,)}
            down = math.prod(self.strides[i + 1 :])
            every |= pair(f"source_downs.{i}", width, bins, 2 * down if down > 1 else 1)
            every |= _block(f"source_resblocks.{i}", width, source)
            for j, size in enumerate(self.kernels):
                every |= _block(f"resblocks.{i * len(self.kernels) + j}", width, size)
        return every | pair("conv_post", bins, self.widths()[-1], 7)


def _block(name: str, width: int, kernel: int) -> dict[str, tuple[int, ...]]:
    every: dict[str, tuple[int, ...]] = {}
    for i in range(len(_DILATIONS)):
        for part in (1, 2):
            every |= pair(f"{name}.convs{part}.{i}", width, width, kernel)
            every |= {f"{name}.activations{part}.{i}.alpha": (width,)}
    return every


class Hift:
    """The weights, shared by all streams; a stream is a State of ``state()``."""

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        device: str,
        shape: HiftShape | None = None,
        *,
        by_frame: bool,
        seed: int = 0,
    ) -> None:
        """weights: as in `HiftShape.tensors`. by_frame: the source's phase as in CosyVoice2. seed: of its noise."""
        self.shape = shape = shape or HiftShape()
        self.device = torch.device(device)
        weights = {name: tensor.to(self.device, torch.float32) for name, tensor in weights.items()}
        self._layout = layout = Layout(self.device)

        def conv(name: str, dilation: int = 1) -> Conv:
            return Conv(layout, weights[f"{name}.weight"], weights[f"{name}.bias"], dilation)

        def block(name: str) -> Residual:
            convs, activations = [], []
            for i, dilation in enumerate(_DILATIONS):
                convs += [conv(f"{name}.convs1.{i}", dilation), conv(f"{name}.convs2.{i}")]
                activations += [_snake(weights[f"{name}.activations{n}.{i}.alpha"]) for n in (1, 2)]
            return Residual(convs, activations)

        # In float64, because a rounding that depends on the window's size would add up in the phase.
        self._pitch = []
        for i in range(_F0_LAYERS):
            name = f"f0_predictor.condnet.{2 * i}"
            self._pitch.append(Conv(layout, weights[f"{name}.weight"].double(), weights[f"{name}.bias"].double()))
        self._classifier = [weights[f"f0_predictor.classifier.{part}"].double() for part in ("weight", "bias")]
        self._source = Source(
            layout, weights["m_source.l_linear.weight"], weights["m_source.l_linear.bias"],
            shape.rate, shape.samples, by_frame=by_frame, seed=seed,
        )  # fmt: skip
        self._analysis = Analysis(layout, shape.fft, shape.hop)
        self._synthesis = Synthesis(layout, shape.fft, shape.hop)
        self._pre, self._post = conv("conv_pre"), conv("conv_post")
        self._ups, self._downs = [], []
        for i, stride in enumerate(shape.strides):
            bias = weights[f"ups.{i}.bias"].repeat(stride)
            self._ups.append(Conv(layout, upsampling(weights[f"ups.{i}.weight"], stride), bias))
            weight = weights[f"source_downs.{i}.weight"]
            down = math.prod(shape.strides[i + 1 :])
            weight = downsampling(weight, down) if down > 1 else weight
            self._downs.append(Conv(layout, weight, weights[f"source_downs.{i}.bias"]))
        count = len(shape.kernels)
        self._source_blocks = [block(f"source_resblocks.{i}") for i in range(len(shape.strides))]
        self._blocks = [[block(f"resblocks.{i * count + j}") for j in range(count)] for i in range(len(shape.strides))]
        self.exact = self._plan()

    def state(self) -> State:
        return self._layout.state()

    @torch.inference_mode()
    def __call__(self, state: State, rows: Tensor, keep: int, *, begins: bool = False, ends: bool = False) -> Tensor:
        """Mel frames [n, 80] to the samples [keep * 480] of the first ``keep``, which the next window does not have.

        begins, ends: the window has the stream's first or last frame; keep is n in the last window, else less.
        """
        pitch = rows.double()
        for conv in self._pitch:
            pitch = elu(conv(pitch, keep, state))
        f0 = linear(pitch, *self._classifier).abs().flatten()
        source = self._source(f0, keep, state, ends=ends)
        spectra = self._analysis(source, keep * self.shape.samples, state, begins=begins)
        x, kept = self._pre(rows, keep, state), keep
        for i, (up, stride) in enumerate(zip(self._ups, self.shape.strides, strict=True)):
            x = up(x, kept, state, leaky(_SLOPE))
            x, kept = x.reshape(stride * len(x), -1), kept * stride
            down = math.prod(self.shape.strides[i + 1 :])
            if down > 1:
                count = len(f0) * kept // keep
                blocks = torch.cat((spectra, spectra.new_zeros(down - 1, spectra.shape[1]))).view(count + 1, -1)
                excitation = self._downs[i](blocks, kept, state)[:count]
            else:  # the spectra have a row more at the stream's beginning
                if begins:
                    x, kept = torch.cat((x[1:2], x)), kept + 1
                excitation = self._downs[i](spectra[not begins :], kept, state)
            excitation = self._source_blocks[i](excitation, kept, state)
            count = min(len(x), len(excitation))
            x = mean(self._blocks[i], excitation[:count].add_(x[:count]), kept, state)
        x = self._post(x, kept, state, leaky(0.01))
        return self._synthesis(x, kept, state, begins=begins, ends=ends).clamp_(-0.99, 0.99)

    def _plan(self) -> int:
        """Give each layer its margin; return the frames of lookahead with which no row is padded before the end."""
        margin = self._post.margin = self._synthesis.margin
        margin += self._post.half
        wanted = 0  # of the pitch, frames
        rate = math.prod(self.shape.strides)
        for i in reversed(range(len(self.shape.strides))):
            margin = max([block.plan(margin) for block in self._blocks[i]])
            self._downs[i].margin = self._source_blocks[i].plan(margin)
            wanted = max(wanted, math.ceil((self._downs[i].margin + self._downs[i].half) / rate))
            up, stride = self._ups[i], self.shape.strides[i]
            up.margin = math.ceil(margin / stride)
            margin, rate = up.margin + up.half, rate // stride
        self._pre.margin = margin
        wanted += 1  # the spectra at its edge are of samples of the next frame
        exact = margin + self._pre.half
        for conv in reversed(self._pitch):
            conv.margin, wanted = wanted, wanted + conv.half
        return max(exact, wanted)


def _snake(alpha: Tensor) -> Into:
    """x + sin(alpha x)^2 / alpha (Liu Ziyin et al. 2020)."""
    inverse = 1 / (alpha + 1e-9)

    def into(x: Tensor, out: Tensor) -> None:
        wave = torch.mul(x, alpha).sin_()
        torch.addcmul(x, wave.mul_(wave), inverse, out=out)

    return into

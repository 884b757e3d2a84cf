"""HiFi-GAN of XTTS-v2: rows of 1024, 93.75 a second, and a speaker's vector to a waveform of 24 kHz, as a stream.

HiFi-GAN (Kong et al. 2020) with the speaker added in every stage, as idiap/coqui-ai-TTS 7cde79e has it
(TTS/tts/layers/xtts/hifigan_decoder.py, TTS/vocoder/models/hifigan_generator.py; MPL-2.0). Parameters have the names of
the published file behind ``hifigan_decoder.waveform_decoder.``. `Latents` makes the rows of the language model's.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import linear

from steadyvoice.workers.networks.streamed import Conv, Layout, Residual, State, leaky, mean, pair, upsampling

_DILATIONS: Final = (1, 3, 5)
_ACTIVATION: Final = leaky(0.1)


@dataclass(frozen=True)
class HifiganShape:
    """Sizes of the published model, of which only the widths differ in tests."""

    latents: int = 1024
    width: int = 512
    """Channels of the first layer; each stage has half as many."""
    speaker: int = 512
    rate: int = 24000
    strides: tuple[int, ...] = (8, 8, 2, 2)
    up_kernels: tuple[int, ...] = (16, 16, 4, 4)
    kernels: tuple[int, ...] = (3, 7, 11)

    @property
    def samples(self) -> int:
        """Per row."""
        return math.prod(self.strides)

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of each parameter, weight norms folded."""
        every = pair("conv_pre", self.width, self.latents, 7) | pair("cond_layer", self.width, self.speaker, 1)
        for i, kernel in enumerate(self.up_kernels):
            width = self.width >> (i + 1)
            every |= {f"ups.{i}.weight": (2 * width, width, kernel), f"ups.{i}.bias": (width,)}
            every |= pair(f"conds.{i}", width, self.speaker, 1)
            for j, size in enumerate(self.kernels):
                name = f"resblocks.{i * len(self.kernels) + j}"
                for part in (1, 2):
                    for k in range(len(_DILATIONS)):
                        every |= pair(f"{name}.convs{part}.{k}", width, width, size)
        return every | {"conv_post.weight": (1, self.width >> len(self.strides), 7)}


class Hifigan:
    """The weights, shared by all streams; a stream is a State of ``state(speaker)``."""

    def __init__(self, weights: Mapping[str, Tensor], device: str, shape: HifiganShape | None = None) -> None:
        """weights: as in `HifiganShape.tensors`."""
        self.shape = shape = shape or HifiganShape()
        self.device = torch.device(device)
        weights = {name: tensor.to(self.device, torch.float32) for name, tensor in weights.items()}
        self._layout = layout = Layout(self.device)

        def conv(name: str, dilation: int) -> Conv:
            return Conv(layout, weights[f"{name}.weight"], weights[f"{name}.bias"], dilation)

        def block(name: str) -> Residual:
            dilations = [(i, part, wide if part == 1 else 1) for i, wide in enumerate(_DILATIONS) for part in (1, 2)]
            convs = [conv(f"{name}.convs{part}.{i}", dilation) for i, part, dilation in dilations]
            return Residual(convs, [_ACTIVATION] * len(convs))

        self._pre = Conv(layout, weights["conv_pre.weight"])
        self._post = Conv(layout, weights["conv_post.weight"])
        strides, count = shape.strides, len(shape.kernels)
        self._ups = [Conv(layout, upsampling(weights[f"ups.{i}.weight"], n)) for i, n in enumerate(strides)]
        self._blocks = [[block(f"resblocks.{i * count + j}") for j in range(count)] for i in range(len(strides))]
        # The speaker enters only as sums with biases.
        layers = [("cond_layer", "conv_pre"), *((f"conds.{i}", f"ups.{i}") for i in range(len(strides)))]
        self._speaker = [
            (weights[f"{name}.weight"][:, :, 0], weights[f"{name}.bias"] + weights[f"{of}.bias"]) for name, of in layers
        ]
        self._biases = [layout.add(len(bias)) for _, bias in self._speaker]
        self.exact = self._plan()

    @torch.inference_mode()
    def state(self, speaker: Tensor) -> State:
        """That of a stream's beginning. speaker: [512]."""
        state = self._layout.state()
        for at, layer in zip(self._biases, self._speaker, strict=True):
            state[at].copy_(linear(speaker.to(self.device, torch.float32), *layer))
        return state

    @torch.inference_mode()
    def __call__(self, state: State, rows: Tensor, keep: int, *, begins: bool = False, ends: bool = False) -> Tensor:
        """Rows [n, 1024] to the samples [keep * 256] of the first ``keep``, which the next window does not have.

        The rows after them are the lookahead; keep is n in the last window. begins, ends: of no effect.
        """
        x = self._pre(rows, keep, state).add_(state[self._biases[0]])
        for i, (up, stride) in enumerate(zip(self._ups, self.shape.strides, strict=True)):
            x = up(x, keep, state, _ACTIVATION)
            x, keep = x.reshape(stride * len(x), -1).add_(state[self._biases[i + 1]]), keep * stride
            x = mean(self._blocks[i], x, keep, state)
        return self._post(x, keep, state, leaky(0.01)).tanh_().flatten()

    def _plan(self) -> int:
        """Give each layer its margin; return the rows of lookahead with which nothing is padded before the end."""
        margin = self._post.half
        for blocks, up, stride in reversed(list(zip(self._blocks, self._ups, self.shape.strides, strict=True))):
            up.margin = math.ceil(max([block.plan(margin) for block in blocks]) / stride)
            margin = up.margin + up.half
        self._pre.margin = margin
        return margin + self._pre.half


class Latents:
    """A stream of latents, 1024 samples of 22.05 kHz each, to rows of 256 samples of 24 kHz.

    Two linear interpolations one after the other, by 4 and by 24000 / 22050, as upstream.
    """

    _FOURFOLD: Final = 4
    _RATIO: Final = 24000 / 22050

    def __init__(self) -> None:
        self._latents: Tensor | None = None
        self._first = self._count = self._made = 0  # number of the first latent kept, of the next one, of the next row

    def push(self, latents: Tensor, *, ends: bool = False) -> Tensor:
        """[n, 1024] to the rows [m, 1024] that no later latent changes."""
        kept = latents if self._latents is None else torch.cat((self._latents, latents))
        self._count += len(latents)
        finer = self._FOURFOLD * self._count
        # A row depends on two of the finer ones, and the last two of these on the next latent.
        stop = int(finer * self._RATIO) if ends else max(self._made, int((finer - 2.5) * self._RATIO - 1))
        rows = torch.arange(self._made, stop, dtype=torch.float64)
        left, right, weight = _places(rows, self._RATIO, finer - 1)
        made = torch.lerp(self._finer(kept, left), self._finer(kept, right), weight)
        self._made = stop
        first = max(0, int((stop / self._RATIO - 1) / self._FOURFOLD) - 2)
        self._latents, self._first = kept[max(0, first - self._first) :].clone(), max(first, self._first)
        return made

    def _finer(self, kept: Tensor, at: Tensor) -> Tensor:
        """Rows of the first interpolation, by their numbers."""
        left, right, weight = _places(at, self._FOURFOLD, self._count - 1)
        return torch.lerp(kept[left.long() - self._first], kept[right.long() - self._first], weight)


def _places(rows: Tensor, factor: float, last: int) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers of the two neighbours that are interpolated for each row, and the weight [n, 1] of the second one."""
    places = ((rows + 0.5) / factor - 0.5).clamp(min=0)
    left = places.floor()
    return left, (left + 1).clamp(max=last), (places - left).float()[:, None]

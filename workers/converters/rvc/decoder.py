"""RVC v2's decoder: latents and excitation to sound (GeneratorNSF, after HiFi-GAN, Kong et al. 2020).

After RVC-Project/Retrieval-based-Voice-Conversion-WebUI (infer/module/models.py, MIT). Parameters have the names of the
published files.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steadyvoice.workers.converters.rvc.shape import Shape
from steadyvoice.workers.helper_thread import Job, Steps, run_serial

_SLOPE = 0.1
Run = Callable[[Sequence[Job[Tensor]]], list[Tensor]]


class _Conv(nn.Conv1d):
    """Convolution over [1, channels, 1, n], channels last: oneDNN then copies nothing and supports wide dilations."""

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(
            x, self.weight[:, :, None], self.bias, (1, *self.stride), (0, *self.padding), (1, *self.dilation)
        )


class _Up(nn.ConvTranspose1d):
    """As _Conv."""

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        return F.conv_transpose2d(x, self.weight[:, :, None], self.bias, (1, *self.stride), (0, *self.padding))


class _Residual(nn.Module):
    def __init__(self, size: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        half = kernel // 2
        self.convs1 = nn.ModuleList(_Conv(size, size, kernel, 1, half * d, d) for d in dilations)
        self.convs2 = nn.ModuleList(_Conv(size, size, kernel, 1, half) for _ in dilations)
        self.reach = sum(half * (d + 1) for d in dilations)

    @torch.inference_mode()  # a setting per thread
    def steps(self, x: Tensor) -> Steps[Tensor]:
        for one, two in zip(self.convs1, self.convs2, strict=True):
            between = one(F.leaky_relu(x, _SLOPE))
            yield
            x = x + two(F.leaky_relu(between, _SLOPE))
            yield
        return x


class _Mix(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l_linear = nn.Linear(1, 1)


class Decoder(nn.Module):
    """Latents [1, inter, n + 2 margin] and source [1, 1, hop (n + 2 margin)] to sound [1, hop n].

    margin: frames on each side that the sound depends on; each layer computes only what later layers need of them.
    With ``trim`` false the margin is 0 and both ends are padded, as upstream does.
    """

    def __init__(self, shape: Shape, *, trim: bool = True) -> None:
        super().__init__()
        initial, count = shape.initial, len(shape.rates)
        widths = [initial >> (i + 1) for i in range(count)]
        self.conv_pre = _Conv(shape.inter, initial, 7, padding=3)
        self.ups = nn.ModuleList(
            _Up(2 * width, width, k, u, (k - u) // 2)
            for width, k, u in zip(widths, shape.up_kernels, shape.rates, strict=True)
        )
        strides = [math.prod(shape.rates[i + 1 :]) for i in range(count)]
        self.noise_convs = nn.ModuleList(
            _Conv(1, width, 2 * s, s, s // 2) if s > 1 else _Conv(1, width, 1)
            for width, s in zip(widths, strides, strict=True)
        )
        self.resblocks = nn.ModuleList(
            _Residual(width, k, d) for width in widths for k, d in zip(shape.kernels, shape.dilations, strict=True)
        )
        self.conv_post = _Conv(widths[-1], 1, 7, padding=3, bias=False)
        self.m_source = _Mix()  # applied by Source
        self._width = len(shape.kernels)
        reach = max(block.reach for block in self.resblocks if isinstance(block, _Residual))
        need = 3
        keep: list[int] = []
        for k, u in zip(reversed(shape.up_kernels), reversed(shape.rates), strict=True):
            need += reach
            keep.insert(0, need)  # samples to each side before this stage's residual blocks
            need = -(-(need + k) // u)
        self.margin = need + 3 if trim else 0
        """Frames."""
        self._crops, beyond = [], self.margin
        for kept, u in zip(keep, shape.rates, strict=True):
            self._crops.append(beyond * u - kept if trim else 0)
            beyond = kept if trim else 0
        self._last = beyond

    def forward(self, z: Tensor, source: Tensor, run: Run = run_serial) -> Tensor:
        """run: executes independent functions, in turn or in parallel."""
        source = source[:, :, None]
        x = self.conv_pre(z[:, :, None].contiguous(memory_format=torch.channels_last))
        cropped = 0  # samples removed from each side of x, at the layer's rate
        stages = zip(self.ups, self.noise_convs, self._crops, strict=True)
        for i, (up, noise, crop) in enumerate(stages):
            rate = up.stride[0] if isinstance(up, _Up) else 1
            cropped = cropped * int(rate) + crop
            x = _inside(up(F.leaky_relu(x, _SLOPE)), crop) + _inside(noise(source), cropped)
            blocks = self.resblocks[i * self._width : (i + 1) * self._width]
            # The widest kernel first: it costs as much as the others together.
            made = run([partial(each.steps, x) for each in reversed(blocks) if isinstance(each, _Residual)])
            x = reduce(torch.add, reversed(made)) / self._width
        sound: Tensor = torch.tanh(self.conv_post(F.leaky_relu(x)))  # slope 0.01 here, as trained
        return _inside(sound, self._last)[:, 0, 0]


def _inside(x: Tensor, crop: int) -> Tensor:
    return x[..., crop : x.shape[-1] - crop] if crop else x

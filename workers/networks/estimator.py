"""The flow's estimator: the velocity of a mel spectrogram on its way from noise.

Causal ResNets and transformers: the architecture of ``ConditionalDecoder`` (chatterbox 5de7a54) and
``CausalConditionalDecoder`` (CosyVoice ace7c47), which follow Matcha-TTS (Mehta et al. 2023). With ``meanflow`` the
step's end is known too (Geng et al. 2025). Parameters have the published names. Rows are frames: tensors are [batch,
frames, channels].
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steadyvoice.workers.networks.past import Past, convolve


@dataclass(frozen=True)
class EstimatorShape:
    """Sizes, as published."""

    mel: int = 80
    channels: int = 256
    heads: int = 8
    head_dim: int = 64
    blocks: int = 4
    mid: int = 12
    meanflow: bool = False

    @property
    def inputs(self) -> int:
        """x, mu, speaker and condition."""
        return 4 * self.mel

    @property
    def time(self) -> int:
        return 4 * self.channels


class _CausalConv(nn.Conv1d):
    def __init__(self, into: int, out: int) -> None:
        super().__init__(into, out, 3)

    def over(self, x: Tensor, past: Past, name: str) -> Tensor:
        return convolve(past.tail(name, x, 2), self)


class _Block(nn.Module):
    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.block = nn.ModuleList((_CausalConv(into, out), nn.Identity(), nn.LayerNorm(out)))

    def forward(self, x: Tensor, past: Past, name: str) -> Tensor:
        conv, _, norm = self.block
        assert isinstance(conv, _CausalConv)
        return F.mish(norm(conv.over(x, past, name)))


class _ResNet(nn.Module):
    def __init__(self, into: int, out: int, time: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Mish(), nn.Linear(time, out))
        self.block1, self.block2 = _Block(into, out), _Block(out, out)
        self.res_conv = nn.Conv1d(into, out, 1)

    def forward(self, x: Tensor, shift: Tensor, past: Past, name: str) -> Tensor:
        y = self.block2(self.block1(x, past, f"{name}.1") + shift, past, f"{name}.2")
        out: Tensor = y + convolve(x, self.res_conv)
        return out


class _Attention(nn.Module):
    def __init__(self, shape: EstimatorShape) -> None:
        super().__init__()
        self.heads, inner = shape.heads, shape.heads * shape.head_dim
        self.to_q, self.to_k, self.to_v = (nn.Linear(shape.channels, inner, bias=False) for _ in range(3))
        self.to_out = nn.ModuleList((nn.Linear(inner, shape.channels),))

    def forward(self, x: Tensor, past: Past, name: str, bias: Tensor | None) -> Tensor:
        split = (*x.shape[:2], self.heads, -1)
        q, k, v = (part(x).view(split).transpose(1, 2) for part in (self.to_q, self.to_k, self.to_v))
        k, v = past.rows(f"{name}k", k), past.rows(f"{name}v", v)
        found = _attend(q, k, v, bias)
        out: Tensor = self.to_out[0](found.transpose(1, 2).flatten(2))
        return out


def _attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    if q.dtype == torch.float32 or q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    # On a CPU torch's fused attention takes 1.2 to 1.6 times as long in bfloat16, for 30 to 110 queries.
    scores = q / math.sqrt(q.shape[-1]) @ k.mT
    return (scores if bias is None else scores + bias).softmax(-1) @ v


class _Widen(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, 4 * channels)


class _FeedForward(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.net = nn.ModuleList((_Widen(channels), nn.Identity(), nn.Linear(4 * channels, channels)))

    def forward(self, x: Tensor) -> Tensor:
        widen, _, narrow = self.net
        assert isinstance(widen, _Widen)
        out: Tensor = narrow(F.gelu(widen.proj(x)))
        return out


class _Transformer(nn.Module):
    def __init__(self, shape: EstimatorShape) -> None:
        super().__init__()
        self.norm1, self.norm3 = nn.LayerNorm(shape.channels), nn.LayerNorm(shape.channels)
        self.attn1, self.ff = _Attention(shape), _FeedForward(shape.channels)

    def forward(self, x: Tensor, past: Past, name: str, bias: Tensor | None) -> Tensor:
        x = x + self.attn1(self.norm1(x), past, name, bias)
        out: Tensor = x + self.ff(self.norm3(x))
        return out


class _Stage(nn.ModuleList):
    """A ResNet, transformers, and in the outer stages a convolution."""

    def __init__(self, into: int, shape: EstimatorShape, *, ends: bool) -> None:
        out = shape.channels
        transformers = nn.ModuleList(_Transformer(shape) for _ in range(shape.blocks))
        super().__init__((_ResNet(into, out, shape.time), transformers, *[_CausalConv(out, out)] * ends))

    def over(self, x: Tensor, shift: Tensor, past: Past, name: str) -> Tensor:
        """Without the convolution."""
        x, bias = self[0](x, shift, past, name), past.bias(x)
        transformers = self[1]
        assert isinstance(transformers, nn.ModuleList)
        for number, transformer in enumerate(transformers):
            x = transformer(x, past, f"{name}.{number}", bias)
        return x

    def shift(self, time: Tensor) -> Tensor:
        """What the ResNet adds at that time."""
        resnet = self[0]
        assert isinstance(resnet, _ResNet)
        out: Tensor = resnet.mlp(time)
        return out

    def end(self, x: Tensor, past: Past, name: str) -> Tensor:
        conv = self[2]
        assert isinstance(conv, _CausalConv)
        return conv.over(x, past, name)


class _TimeMlp(nn.Module):
    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(into, out), nn.Linear(out, out)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear_2(F.silu(self.linear_1(x)))
        return out


class FlowEstimator(nn.Module):
    """The estimator. Its attention covers the window and the past."""

    def __init__(self, shape: EstimatorShape) -> None:
        super().__init__()
        self.shape, channels = shape, shape.channels
        self.time_mlp = _TimeMlp(shape.inputs, shape.time)
        self.down_blocks = nn.ModuleList((_Stage(shape.inputs, shape, ends=True),))
        self.mid_blocks = nn.ModuleList(_Stage(channels, shape, ends=False) for _ in range(shape.mid))
        self.up_blocks = nn.ModuleList((_Stage(2 * channels, shape, ends=True),))
        self.final_block = _Block(channels, channels)
        self.final_proj = nn.Conv1d(channels, shape.mel, 1)
        if shape.meanflow:
            self.time_embed_mixer = nn.Linear(2 * shape.time, shape.time, bias=False)

    def shifts(self, begin: float, end: float) -> list[Tensor]:
        """What a step from time ``begin`` to ``end``, in [0, 1], adds in each ResNet: [channels] each."""
        time = self.time_mlp(self._sines(begin))
        if self.shape.meanflow:
            time = self.time_embed_mixer(torch.cat((time, self.time_mlp(self._sines(end)))))
        return [stage.shift(time) for stage in self._stages()]

    def forward(self, x: Tensor, shifts: Sequence[Tensor], past: Past) -> Tensor:
        """x, mu, speaker and condition [batch, n, 4 mel] to the velocity [batch, n, mel].

        The caller settles ``past``.
        """
        first, *middle, last = zip(self._stages(), shifts, strict=True)
        x = skipped = first[0].over(x, first[1], past, "down")
        x = first[0].end(x, past, "down")
        for number, (stage, shift) in enumerate(middle):
            x = stage.over(x, shift, past, f"mid{number}")
        x = last[0].over(torch.cat((x, skipped), -1), last[1], past, "up")
        x = self.final_block(last[0].end(x, past, "up"), past, "final")
        return convolve(x, self.final_proj)

    def _stages(self) -> list[_Stage]:
        stages = [*self.down_blocks, *self.mid_blocks, *self.up_blocks]
        return [stage for stage in stages if isinstance(stage, _Stage)]

    def _sines(self, time: float) -> Tensor:
        """Sinusoidal embedding of 1000 times a moment: [inputs]."""
        half = self.shape.inputs // 2
        weight = self.final_proj.weight
        speeds = torch.exp(torch.arange(half, device=weight.device) * (-math.log(10000) / (half - 1)))
        angles = 1000 * time * speeds
        return torch.cat((angles.sin(), angles.cos())).to(weight.dtype)

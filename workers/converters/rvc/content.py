"""Speech content independent of the speaker: HuBERT base as ContentVec trained it (Hsu et al. 2021; Qian et al. 2022).

RVC v2 takes the output of its twelfth layer, 768 numbers for every 20 ms. Parameters have the names of Hugging Face's
HubertModel; checkpoint.py brings fairseq's names and both kinds of weight norm to them.

Earlier input is not computed again: its keys, values and loudness statistics are cached (as by Dai et al. 2019,
Transformer-XL).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_KERNELS, _STRIDES = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)
_A_FRAME = 64  # outputs of the first convolution
_HOP = _STRIDES[0] * _A_FRAME  # samples of a frame
_STAYS = ("sum", "square", "features")


@dataclass(frozen=True)
class ContentShape:
    size: int = 768
    filter: int = 3072
    heads: int = 12
    layers: int = 12
    conv: int = 512
    positions: int = 128
    groups: int = 16


class Past:
    """Cached state of one utterance, for at most ``limit`` frames of 20 ms; empty at first."""

    def __init__(self, limit: int) -> None:
        self._limit, self.length, self.cached = limit, 0, 0
        """cached: number of frames at the start of the next window that have cached features."""
        self._known: dict[str, tuple[int, Tensor]] = {}

    def then(self, name: str, new: Tensor, dim: int) -> Tensor:
        """The cached tensor of that name followed by the window's new frames, along ``dim``."""
        whole = torch.cat((self._known[name][1], new), dim) if name in self._known else new
        self._known[name] = dim, whole
        return whole

    def settle(self, count: int, window: int) -> None:
        """End a window of ``window`` frames: cache the first ``count``; the next window contains the others again.

        What no later frame can change is cached for all frames.
        """
        end = self.length + count
        begin = max(0, end - self._limit)
        self.length, self.cached = end - begin, window - count
        for name, (dim, whole) in self._known.items():
            self._known[name] = dim, whole.narrow(dim, begin, self.length + self.cached * (name in _STAYS))


class _Conv(nn.Module):
    def __init__(self, into: int, out: int, kernel: int, stride: int, *, norm: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(into, out, kernel, stride, bias=False)
        if norm:
            self.layer_norm = nn.GroupNorm(out, out)

    def forward(self, x: Tensor, past: Past) -> Tensor:
        x = self.conv(x)
        return F.gelu(self._normed(x, past) if hasattr(self, "layer_norm") else x)

    def _normed(self, x: Tensor, past: Past) -> Tensor:
        """Normalise each channel by its mean and deviation over all input so far."""
        frames = F.pad(x[0].float(), (0, -x.shape[2] % _A_FRAME)).reshape(x.shape[1], -1, _A_FRAME)
        count = (past.length + past.cached) * _A_FRAME + x.shape[2]
        mean = past.then("sum", frames.sum(2), 1).sum(1) / count
        square = past.then("square", frames.square().sum(2), 1).sum(1) / count
        scale = self.layer_norm.weight * torch.rsqrt(square - mean.square() + self.layer_norm.eps)
        shift = self.layer_norm.bias - mean * scale
        return torch.addcmul(shift.to(x.dtype)[:, None], x, scale.to(x.dtype)[:, None])


class _Features(nn.Module):
    def __init__(self, shape: ContentShape) -> None:
        super().__init__()
        layers = enumerate(zip(_KERNELS, _STRIDES, strict=True))
        self.conv_layers = nn.ModuleList(
            _Conv(shape.conv if i else 1, shape.conv, kernel, stride, norm=i == 0) for i, (kernel, stride) in layers
        )


class _Projection(nn.Module):
    def __init__(self, shape: ContentShape) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(shape.conv)
        self.projection = nn.Linear(shape.conv, shape.size)


class _Attention(nn.Module):
    def __init__(self, shape: ContentShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(shape.size, shape.size) for _ in range(4))

    def forward(self, x: Tensor, past: Past, name: str) -> Tensor:
        heads = (1, x.shape[1], self.heads, -1)
        q, k, v = (part(x).view(heads).transpose(1, 2) for part in (self.q_proj, self.k_proj, self.v_proj))
        k, v = past.then(f"{name}k", k, 2), past.then(f"{name}v", v, 2)
        out: Tensor = self.out_proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape))
        return out


class _FeedForward(nn.Module):
    def __init__(self, shape: ContentShape) -> None:
        super().__init__()
        self.intermediate_dense = nn.Linear(shape.size, shape.filter)
        self.output_dense = nn.Linear(shape.filter, shape.size)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.output_dense(F.gelu(self.intermediate_dense(x)))
        return out


class _Layer(nn.Module):
    def __init__(self, shape: ContentShape) -> None:
        super().__init__()
        self.attention = _Attention(shape)
        self.layer_norm = nn.LayerNorm(shape.size)
        self.feed_forward = _FeedForward(shape)
        self.final_layer_norm = nn.LayerNorm(shape.size)

    def forward(self, x: Tensor, past: Past, name: str) -> Tensor:
        x = self.layer_norm(x + self.attention(x, past, name))
        out: Tensor = self.final_layer_norm(x + self.feed_forward(x))
        return out


class _Positions(nn.Module):
    def __init__(self, shape: ContentShape) -> None:
        super().__init__()
        size, kernel = shape.size, shape.positions
        self.conv = nn.Conv1d(size, size, kernel, groups=shape.groups)

    def forward(self, x: Tensor, past: Past) -> Tensor:
        half, count = self.conv.kernel_size[0] // 2, x.shape[1]
        known = past.then("positions", x, 1)[:, -half - count :].transpose(-1, -2)
        known = F.pad(known, (half + count - known.shape[2], half - 1))  # an even kernel would make one too many
        made = F.conv1d(known, self.conv.weight, self.conv.bias, groups=self.conv.groups)
        return F.gelu(made.transpose(-1, -2))


class _Encoder(nn.Module):
    def __init__(self, shape: ContentShape) -> None:
        super().__init__()
        self.pos_conv_embed = _Positions(shape)
        self.layer_norm = nn.LayerNorm(shape.size)
        self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))


class Content(nn.Module):
    """The encoder."""

    def __init__(self, shape: ContentShape | None = None) -> None:
        super().__init__()
        self.shape = shape or ContentShape()
        self.feature_extractor = _Features(self.shape)
        self.feature_projection = _Projection(self.shape)
        self.encoder = _Encoder(self.shape)

    def frames(self, sound: Tensor, past: Past | None = None) -> Tensor:
        """Sound [1, 320 n] of 16 kHz to content [1, n - 1, size], a frame every 20 ms.

        past: the cached state of earlier input; the caller then calls ``settle``.
        """
        past = past or Past(0)
        x = sound[:, None, _HOP * past.cached :]
        for conv in self.feature_extractor.conv_layers:
            x = conv(x, past)
        x = self.feature_projection.projection(self.feature_projection.layer_norm(x.transpose(-1, -2)))
        x = past.then("features", x, 1)[:, past.length :]
        x = self.encoder.layer_norm(x + self.encoder.pos_conv_embed(x, past))
        for number, layer in enumerate(self.encoder.layers):
            x = layer(x, past, str(number))
        out: Tensor = x
        return out

"""What is said, without who says it: HuBERT base as ContentVec trained it (Hsu et al. 2021; Qian et al. 2022).

RVC v2 takes the output of its twelfth layer, 768 numbers for every 20 ms. Parameters have the names of Hugging Face's
HubertModel; checkpoint.py brings fairseq's names and both kinds of weight norm to them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_KERNELS, _STRIDES = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)


@dataclass(frozen=True)
class ContentShape:
    size: int = 768
    filter: int = 3072
    heads: int = 12
    layers: int = 12
    conv: int = 512
    positions: int = 128
    groups: int = 16


class _Conv(nn.Module):
    def __init__(self, into: int, out: int, kernel: int, stride: int, *, norm: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(into, out, kernel, stride, bias=False)
        if norm:
            self.layer_norm = nn.GroupNorm(out, out)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return F.gelu(self.layer_norm(x) if hasattr(self, "layer_norm") else x)


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

    def forward(self, x: Tensor) -> Tensor:
        heads = (1, x.shape[1], self.heads, -1)
        q, k, v = (part(x).view(heads).transpose(1, 2) for part in (self.q_proj, self.k_proj, self.v_proj))
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

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer_norm(x + self.attention(x))
        out: Tensor = self.final_layer_norm(x + self.feed_forward(x))
        return out


class _Positions(nn.Module):
    def __init__(self, shape: ContentShape) -> None:
        super().__init__()
        size, kernel = shape.size, shape.positions
        self.conv = nn.Conv1d(size, size, kernel, padding=kernel // 2, groups=shape.groups)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(
            self.conv(x.transpose(-1, -2))[:, :, : x.shape[1]].transpose(-1, -2)
        )  # an even kernel makes one too many


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

    def frames(self, sound: Tensor) -> Tensor:
        """Sound [1, 320 n] of 16 kHz to content [1, n - 1, size], a frame every 20 ms."""
        x = sound[:, None]
        for conv in self.feature_extractor.conv_layers:
            x = conv(x)
        x = self.feature_projection.projection(self.feature_projection.layer_norm(x.transpose(-1, -2)))
        x = self.encoder.layer_norm(x + self.encoder.pos_conv_embed(x))
        for layer in self.encoder.layers:
            x = layer(x)
        out: Tensor = x
        return out

    @staticmethod
    def spread(frames: Tensor) -> Tensor:
        """[1, m, size] of 20 ms to [1, 2 m + 2, size] of 10 ms: the last is repeated, and each stands for two."""
        return torch.cat((frames, frames[:, -1:]), 1).repeat_interleave(2, 1)

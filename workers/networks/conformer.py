"""The encoder of speech tokens: a conformer without convolution modules that doubles the rate half way.

Architecture of ``UpsampleConformerEncoder`` (CosyVoice ace7c47, chatterbox 5de7a54, both Apache-2.0 or MIT), which has
attention with relative positions from ESPnet (Dai et al. 2019, appendix B). Parameters have the published names.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steadyvoice.workers.networks.past import Past, convolve

AHEAD = 3
"""Tokens after a window that its last rows depend on."""
UP = 2
"""Rows of the output for each token."""


@dataclass(frozen=True)
class ConformerShape:
    """Sizes, as published."""

    size: int = 512
    heads: int = 8
    ffn: int = 2048
    layers: int = 6
    up_layers: int = 4


class Places:
    """Sines and cosines of the rows' positions, from which a score by distance follows without a table of distances.

    sin((i - j) w) and cos((i - j) w) are sums of products of those of i and j, so a query turned by its own position
    meets features of each key's own position: rows of any positions may stand beside each other in a cache.
    """

    def __init__(self, first: Tensor, window: Tensor, past: Past) -> None:
        """window: [1, n, size]. first: position of its first row, one integer."""
        count, size = window.shape[1:]
        half = torch.arange(0, size, 2, dtype=torch.float64, device=window.device)
        rows = first + torch.arange(count, dtype=torch.float64, device=window.device)
        angles = torch.outer(rows, torch.exp(half * -(math.log(10000.0) / size)))
        self._sin, self._cos = angles.sin().to(window.dtype), angles.cos().to(window.dtype)
        self.keys = past.rows("places", torch.cat((self._cos, self._sin), 1))
        """[m, size], of the past's rows and the window's."""
        self.bias = past.bias(window)

    def turn(self, query: Tensor) -> Tensor:
        """Weights [..., n, size] of a distance's sines and cosines, in turns, to weights of ``keys``."""
        sines, cosines = query[..., 0::2], query[..., 1::2]
        return torch.cat((sines * self._sin + cosines * self._cos, cosines * self._sin - sines * self._cos), -1)


class _Attention(nn.Module):
    def __init__(self, shape: ConformerShape) -> None:
        super().__init__()
        size, self.heads, self.width = shape.size, shape.heads, shape.size // shape.heads
        self.linear_q, self.linear_k, self.linear_v, self.linear_out = (nn.Linear(size, size) for _ in range(4))
        self.linear_pos = nn.Linear(size, size, bias=False)
        self.pos_bias_u, self.pos_bias_v = (nn.Parameter(torch.zeros(self.heads, self.width)) for _ in range(2))

    def forward(self, x: Tensor, places: Places, past: Past, name: str) -> Tensor:
        split = (1, x.shape[1], self.heads, self.width)
        q, k, v = (part(x).view(split).transpose(1, 2) for part in (self.linear_q, self.linear_k, self.linear_v))
        k, v = past.rows(f"{name}k", k), past.rows(f"{name}v", v)
        by_distance = self.linear_pos.weight.view(self.heads, self.width, -1)
        turned = places.turn((q + self.pos_bias_v[:, None]) @ by_distance)
        bias = turned @ places.keys.T / math.sqrt(self.width)
        bias = bias if places.bias is None else bias + places.bias
        found = F.scaled_dot_product_attention(q + self.pos_bias_u[:, None], k, v, attn_mask=bias)
        out: Tensor = self.linear_out(found.transpose(1, 2).reshape(x.shape))
        return out


class _FeedForward(nn.Module):
    def __init__(self, shape: ConformerShape) -> None:
        super().__init__()
        self.w_1, self.w_2 = nn.Linear(shape.size, shape.ffn), nn.Linear(shape.ffn, shape.size)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.w_2(F.silu(self.w_1(x)))
        return out


class _Layer(nn.Module):
    def __init__(self, shape: ConformerShape) -> None:
        super().__init__()
        self.self_attn, self.feed_forward = _Attention(shape), _FeedForward(shape)
        self.norm_mha, self.norm_ff = (nn.LayerNorm(shape.size, eps=1e-12) for _ in range(2))

    def forward(self, x: Tensor, places: Places, past: Past, name: str) -> Tensor:
        x = x + self.self_attn(self.norm_mha(x), places, past, name)
        out: Tensor = x + self.feed_forward(self.norm_ff(x))
        return out


class _Embed(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.out = nn.Sequential(nn.Linear(size, size), nn.LayerNorm(size, eps=1e-5))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(x) * math.sqrt(x.shape[-1])
        return out


class _PreLookahead(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(size, size, AHEAD + 1), nn.Conv1d(size, size, 3)

    def forward(self, x: Tensor, ahead: Tensor, past: Past) -> Tensor:
        line = torch.cat((x, ahead), 1)
        line = F.pad(line, (0, 0, 0, AHEAD - ahead.shape[1]))
        y = F.leaky_relu(convolve(line, self.conv1))
        return x + convolve(past.tail("lookahead", y, 2), self.conv2)


class _UpLayer(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(size, size, 2 * UP + 1)

    def forward(self, x: Tensor, past: Past) -> Tensor:
        return convolve(past.tail("up", x.repeat_interleave(UP, 1), 2 * UP), self.conv)


class UpsampleConformer(nn.Module):
    """The encoder."""

    def __init__(self, shape: ConformerShape) -> None:
        super().__init__()
        self.embed, self.up_embed = _Embed(shape.size), _Embed(shape.size)
        self.pre_lookahead_layer = _PreLookahead(shape.size)
        self.encoders = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))
        self.up_layer = _UpLayer(shape.size)
        self.up_encoders = nn.ModuleList(_Layer(shape) for _ in range(shape.up_layers))
        self.after_norm = nn.LayerNorm(shape.size, eps=1e-5)

    def forward(self, x: Tensor, ahead: Tensor, first: Tensor, past: Past, up_past: Past) -> Tensor:
        """A window of embedded tokens [1, n, size] to [1, 2 n, size]; rows attend to all of the window and the past.

        ahead: [1, m, size], the next tokens, m = 3, or fewer where the sequence ends. first: the window's place in the
        sequence, one integer. past, up_past: of the tokens and of the output's rows; the caller settles them.
        """
        x = self.pre_lookahead_layer(self.embed(x), self.embed(ahead), past)
        places = Places(first, x, past)
        for number, layer in enumerate(self.encoders):
            x = layer(x, places, past, str(number))
        x = self.up_embed(self.up_layer(x, up_past))
        places = Places(UP * first, x, up_past)
        for number, layer in enumerate(self.up_encoders):
            x = layer(x, places, up_past, str(number))
        out: Tensor = self.after_norm(x)
        return out

"""RVC v2's synthesiser at inference: content and pitch to sound (SynthesizerTrnMs768NSFsid, no posterior encoder).

After RVC-Project/Retrieval-based-Voice-Conversion-WebUI (infer/module/models.py, MIT), which builds on VITS (Kim et
al. 2021) and on the neural source-filter model (Wang et al. 2019). Parameters have the names of the published files;
the speaker's part, which never changes, is folded into biases, and weight norms into weights. A frame is 10 ms.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steadyvoice.workers.converters.rvc.decoder import Decoder
from steadyvoice.workers.converters.rvc.shape import Shape

REACH = 24
"""Frames on each side that a frame of the flow depends on."""
_WINDOW = 10  # frames on each side with a relative position of their own


class _Norm(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(size))
        self.beta = nn.Parameter(torch.zeros(size))

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x.transpose(-1, -2), self.gamma.shape, self.gamma, self.beta).transpose(-1, -2)


class _Attention(nn.Module):
    """Self-attention with learned keys and values for relative positions up to 10 frames (Shaw et al. 2018)."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.conv_q, self.conv_k, self.conv_v, self.conv_o = (nn.Conv1d(size, size, 1) for _ in range(4))
        self.emb_rel_k = nn.Parameter(torch.zeros(1, 2 * _WINDOW + 1, size // heads))
        self.emb_rel_v = nn.Parameter(torch.zeros(1, 2 * _WINDOW + 1, size // heads))

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[-1]
        q, k, v = (
            conv(x).view(1, self.heads, -1, n).transpose(-1, -2) for conv in (self.conv_q, self.conv_k, self.conv_v)
        )  # [1, heads, n, size / heads]
        q = q / math.sqrt(q.shape[-1])
        at = torch.arange(n, device=x.device)
        steps = at - at[:, None] + _WINDOW  # [n, n]: which relative position key j is for query i
        near = (steps >= 0) & (steps <= 2 * _WINDOW)
        relative = (q @ self.emb_rel_k.transpose(-1, -2)).gather(
            -1, steps.clamp(0, 2 * _WINDOW).expand(1, self.heads, n, n)
        )
        weights = (q @ k.transpose(-1, -2) + relative * near).softmax(-1)
        keys = at[:, None] + torch.arange(-_WINDOW, _WINDOW + 1, device=x.device)  # [n, 21]
        inside = (keys >= 0) & (keys < n)
        local = weights.gather(-1, keys.clamp(0, n - 1).expand(1, self.heads, n, 2 * _WINDOW + 1)) * inside
        out: Tensor = self.conv_o((weights @ v + local @ self.emb_rel_v).transpose(-1, -2).reshape(1, -1, n))
        return out


class _FeedForward(nn.Module):
    def __init__(self, size: int, filter_: int, kernel: int) -> None:
        super().__init__()
        self.conv_1 = nn.Conv1d(size, filter_, kernel)
        self.conv_2 = nn.Conv1d(filter_, size, kernel)
        self.pad = ((kernel - 1) // 2, kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv_2(F.pad(F.relu(self.conv_1(F.pad(x, self.pad))), self.pad))
        return out


class _Encoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size, layers = shape.hidden, range(shape.layers)
        self.attn_layers = nn.ModuleList(_Attention(size, shape.heads) for _ in layers)
        self.norm_layers_1 = nn.ModuleList(_Norm(size) for _ in layers)
        self.ffn_layers = nn.ModuleList(_FeedForward(size, shape.filter, shape.kernel) for _ in layers)
        self.norm_layers_2 = nn.ModuleList(_Norm(size) for _ in layers)

    def forward(self, x: Tensor) -> Tensor:
        for attend, norm_1, feed, norm_2 in zip(
            self.attn_layers, self.norm_layers_1, self.ffn_layers, self.norm_layers_2, strict=True
        ):
            x = norm_1(x + attend(x))
            x = norm_2(x + feed(x))
        return x


class _Prior(nn.Module):
    """Content [1, n, 768] and coarse pitch [1, n] to mean and log deviation, [1, inter, n - head] each."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.emb_phone = nn.Linear(shape.content, shape.hidden)
        # Given weights, torch draws none: drawing on the meta device imports torch._dynamo, which takes 1.5 s.
        self.emb_pitch = nn.Embedding(256, shape.hidden, _weight=torch.empty(256, shape.hidden))
        self.encoder = _Encoder(shape)
        self.proj = nn.Conv1d(shape.hidden, 2 * shape.inter, 1)

    def forward(self, phone: Tensor, pitch: Tensor, head: int) -> tuple[Tensor, Tensor]:
        x = (self.emb_phone(phone) + self.emb_pitch(pitch)) * math.sqrt(self.emb_phone.out_features)
        mean, log = self.proj(self.encoder(F.leaky_relu(x, 0.1).transpose(-1, -2))[:, :, head:]).chunk(2, 1)
        return mean, log


class _WaveNet(nn.Module):
    def __init__(self, size: int, layers: int = 3, kernel: int = 5) -> None:
        super().__init__()
        self.in_layers = nn.ModuleList(nn.Conv1d(size, 2 * size, kernel, padding=kernel // 2) for _ in range(layers))
        self.res_skip_layers = nn.ModuleList(nn.Conv1d(size, size * (1 + (i < layers - 1)), 1) for i in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        skipped = torch.zeros_like(x)
        for into, out in zip(self.in_layers, self.res_skip_layers, strict=True):
            straight, gate = into(x).chunk(2, 1)
            made = out(torch.tanh(straight) * torch.sigmoid(gate))
            if made.shape[1] > x.shape[1]:
                x, made = x + made[:, : x.shape[1]], made[:, x.shape[1] :]
            skipped = skipped + made
        return skipped


class _Coupling(nn.Module):
    def __init__(self, inter: int, hidden: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(inter // 2, hidden, 1)
        self.enc = _WaveNet(hidden)
        self.post = nn.Conv1d(hidden, inter // 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept, moved = x.chunk(2, 1)
        return torch.cat((kept, moved - self.post(self.enc(self.pre(kept)))), 1)


class _Flow(nn.Module):
    """The four coupling layers in reverse: from the prior's space to the decoder's."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.flows = nn.ModuleDict({str(2 * i): _Coupling(shape.inter, shape.hidden) for i in range(4)})

    def forward(self, x: Tensor) -> Tensor:
        for i in (6, 4, 2, 0):
            x = self.flows[str(i)](x.flip(1))
        return x


class Synth(nn.Module):
    """The model of one speaker."""

    def __init__(self, shape: Shape, *, trim: bool = True) -> None:
        super().__init__()
        self.shape = shape
        self.enc_p = _Prior(shape)
        self.flow = _Flow(shape)
        self.dec = Decoder(shape, trim=trim)

    def latents(self, phone: Tensor, pitch: Tensor, noise: Tensor) -> Tensor:
        """Content [1, n, 768], coarse pitch [1, n], normal noise [1, inter, m], m <= n: the last m frames' latents."""
        mean, log = self.enc_p(phone, pitch, phone.shape[1] - noise.shape[2])
        out: Tensor = self.flow(mean + torch.exp(log) * noise * 0.66666)
        return out

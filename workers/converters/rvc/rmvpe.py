"""Pitch by RMVPE (Wei et al. 2023): a U-net over mel bands, then a recurrent layer; 90 million numbers.

After RVC-Project (infer/rmvpe.py, MIT); parameters have the names of the published ``rmvpe.pt``.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Floats = NDArray[np.float32]

_BANDS, _FFT, _HOP, _RATE = 128, 1024, 160, 16000
_STEPS = 360  # of pitch, 20 cents apart
_LOWEST = 1997.3794084376191  # cents above 10 Hz of step 0
_DEPTH, _BLOCKS = 5, 4


class _Block(nn.Module):
    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        convs = [(nn.Conv2d(n, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU()) for n in (into, out)]
        self.conv = nn.Sequential(*convs[0], *convs[1])
        self.shortcut = nn.Conv2d(into, out, 1) if into != out else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(self.conv(x), self.shortcut(x))


def _blocks(into: int, out: int) -> nn.ModuleList:
    return nn.ModuleList([_Block(into, out), *(_Block(out, out) for _ in range(_BLOCKS - 1))])


class _Stage(nn.Module):
    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.conv = _blocks(into, out)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.conv:
            x = block(x)
        return x


class _Up(nn.Module):
    def __init__(self, into: int) -> None:
        super().__init__()
        out = into // 2
        up = nn.ConvTranspose2d(into, out, 3, 2, 1, 1, bias=False)
        self.conv1 = nn.Sequential(up, nn.BatchNorm2d(out), nn.ReLU())
        self.conv2 = _blocks(into, out)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        x = torch.cat((self.conv1(x), beside), 1)
        for block in self.conv2:
            x = block(x)
        return x


class _Stages(nn.Module):
    def __init__(self, *stages: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(stages)


class _Unet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widths = [16 << i for i in range(_DEPTH + 1)]
        self.encoder = _Stages(*(_Stage(a, b) for a, b in zip([1, *widths], widths[:-1], strict=False)))
        self.encoder.add_module("bn", nn.BatchNorm2d(1))
        self.intermediate = _Stages(*(_Stage(widths[-2 + (i > 0)], widths[-1]) for i in range(4)))
        self.decoder = _Stages(*(_Up(width) for width in reversed(widths[1:])))

    def forward(self, x: Tensor) -> Tensor:
        x, beside = self.encoder.get_submodule("bn")(x), []
        for stage in self.encoder.layers:
            x = stage(x)
            beside.append(x)
            x = nn.functional.avg_pool2d(x, 2)
        for stage in self.intermediate.layers:
            x = stage(x)
        for stage in self.decoder.layers:
            x = stage(x, beside.pop())
        return x


class _Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3 * _BANDS, 256, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.gru(x)[0]
        return out


class Rmvpe(nn.Module):
    """[160 n] samples of 16 kHz to n frames in hertz, 0 where unvoiced; an Estimator in float32."""

    def __init__(self) -> None:
        super().__init__()
        self.unet = _Unet()
        self.cnn = nn.Conv2d(16, 3, 3, padding=1)
        self.fc = nn.Sequential(_Recurrent(), nn.Linear(512, _STEPS), nn.Dropout(), nn.Sigmoid())

    def salience(self, mel: Tensor) -> Tensor:
        """Log mel bands [1, 128, 32 n] to the likelihood of each of 360 pitches, [1, 32 n, 360]."""
        x = self.cnn(self.unet(mel.transpose(1, 2)[:, None]))
        out: Tensor = self.fc(x.transpose(1, 2).flatten(2))
        return out

    @torch.inference_mode()
    def forward(self, sound: Floats) -> Floats:
        frames = len(sound) // _HOP
        mel = _log_mel(torch.from_numpy(sound).to(self.cnn.weight.device))
        mel = nn.functional.pad(mel, (0, -mel.shape[-1] % 32))
        return hertz(self.salience(mel[None])[0, :frames].cpu().numpy())


def hertz(salience: Floats, least: float = 0.03) -> Floats:
    """[n, 360] to [n]: the mean of the nine steps around the likeliest; 0 where that is not above ``least``."""
    at = salience.argmax(1)[:, None] + np.arange(-4, 5)
    near = np.take_along_axis(salience, at.clip(0, _STEPS - 1), 1) * ((at >= 0) & (at < _STEPS))
    cents = (near * (20 * at + _LOWEST)).sum(1) / np.maximum(near.sum(1), 1e-9)
    return np.where(salience.max(1) > least, 10 * 2 ** (cents / 1200), 0).astype(np.float32)


def _log_mel(sound: Tensor) -> Tensor:
    window = torch.hann_window(_FFT, device=sound.device)
    spectrum = torch.stft(sound, _FFT, _HOP, window=window, return_complex=True).abs()
    return torch.log(torch.clamp(_filters().to(sound.device) @ spectrum, min=1e-5))


def _filters() -> Tensor:
    """Triangles between 30 and 8000 Hz on HTK's mel scale, each of area one: [128, 513]."""
    low, high = (np.log10(1 + edge / 700) for edge in (30, 8000))
    corners = 700 * (10 ** np.linspace(low, high, _BANDS + 2) - 1)
    bins = np.arange(_FFT // 2 + 1) * _RATE / _FFT
    rise = (bins - corners[:-2, None]) / np.diff(corners)[:-1, None]
    fall = (corners[2:, None] - bins) / np.diff(corners)[1:, None]
    area = 2 / (corners[2:] - corners[:-2])[:, None]
    return torch.from_numpy((np.maximum(0, np.minimum(rise, fall)) * area).astype(np.float32))

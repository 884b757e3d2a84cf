"""The networks of one voice, ready to run: numpy arrays in and out, on a given device and in a given precision."""

import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.converters.rvc import loading
from steadyvoice.workers.converters.rvc.content import Content, Past
from steadyvoice.workers.converters.rvc.decoder import Run
from steadyvoice.workers.converters.rvc.index import Index
from steadyvoice.workers.converters.rvc.synth import REACH, Synth
from steadyvoice.workers.helper_thread import run_serial
from steadyvoice.workers.networks import device as devices

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Machine:
    """Device and floating-point type of a network."""

    device: torch.device
    dtype: torch.dtype

    @classmethod
    def find(cls, device: str = "auto", dtype: str = "auto") -> "Machine":
        """device: auto, cpu or cuda:N. dtype: auto or a floating type of torch. DeviceUnavailable; ValueError.

        auto: fp16 on a GPU, bf16 on a CPU with bf16 instructions, which halves the time, else float32.
        """
        place = torch.device(devices.place(device))
        if dtype == "auto":
            dtype = "float16" if place.type == "cuda" else "bfloat16" if _multiplies_bf16() else "float32"
        number = getattr(torch, dtype, None)
        if not isinstance(number, torch.dtype) or not number.is_floating_point:
            raise ValueError(f"{dtype!r} is no floating type; say auto, float32, bfloat16 or float16")
        return cls(place, number)

    def to_tensor(self, values: NDArray[np.generic]) -> Tensor:
        """[…] to [1, …] on the device; integers stay integers."""
        tensor = torch.from_numpy(values)[None]
        return tensor.to(self.device, self.dtype if tensor.is_floating_point() else None)


@cache
def _multiplies_bf16() -> bool:
    try:
        about = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    names = ("amx_bf16", "avx512_bf16") if platform.machine() == "x86_64" else ("bf16",)
    return any(name in about.split() for name in names)


class Model:
    """A voice. content: shared by all voices. index: the speaker's features, or None. run: see `Decoder.forward`."""

    def __init__(
        self, content: Content, synth: Synth, machine: Machine, index: Index | None = None, run: Run = run_serial
    ) -> None:
        self._machine, self._index, self._run = machine, index, run
        self.shape = synth.shape
        mix = synth.dec.m_source.l_linear
        self.mix = float(mix.weight), float(mix.bias)
        """Weight and bias of the source."""
        self.cost = Cost()
        """Measured cost of a block, over all utterances."""
        self.margin = synth.dec.margin
        """Frames on each side of a block that the block's sound depends on."""
        self._content = content.to(machine.device, machine.dtype)
        self._synth = synth.to(machine.device, machine.dtype)

    @classmethod
    def load(cls, file: Path, content: Content, machine: Machine, run: Run = run_serial) -> "Model":
        """The voice of a ``model.pth``, with an index in the same folder. BadModelFile; NotInstalled."""
        index = next(iter(sorted(file.parent.glob("*.index"))), None)
        return cls(content, loading.voice(file), machine, Index(index) if index else None, run)

    @torch.inference_mode()
    def content(self, sound: Floats, past: Past) -> Floats:
        """Sound [320 n] of 16 kHz, after the cached part, to content [n, 768] of 20 ms; the last frame is repeated."""
        frames = self._to_numpy(self._content.frames(self._machine.to_tensor(sound), past)[0])
        frames = frames if self._index is None else self._index(frames)
        return np.concatenate((frames, frames[-1:]))

    @torch.inference_mode()
    def latents(self, content: Floats, pitch: NDArray[np.int64], noise: Floats) -> Floats:
        """Content [n, 768], coarse pitch [2 n], noise [inter, m + 24] to the last m frames' [inter, m]."""
        phone = self._machine.to_tensor(content).repeat_interleave(2, 1)
        made = self._synth.latents(phone, self._machine.to_tensor(pitch), self._machine.to_tensor(noise))
        return self._to_numpy(made[0, :, REACH:])

    @torch.inference_mode()
    def decode(self, z: Floats, source: Floats) -> Floats:
        """[inter, n + 2 margin] and [hop (n + 2 margin)] to [hop n] samples."""
        return self._to_numpy(
            self._synth.dec(self._machine.to_tensor(z), self._machine.to_tensor(source[None]), self._run)[0]
        )

    def _to_numpy(self, made: Tensor) -> Floats:
        out: Floats = made.float().cpu().numpy()
        return out

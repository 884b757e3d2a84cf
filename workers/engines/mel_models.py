"""What Chatterbox and CosyVoice2 have in common after the language model: reading a flow's weights and voice."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.networks import device as devices
from steadyvoice.workers.networks.flow import Reference

_MELS: Final = 80


def dtype(device: str) -> torch.dtype:
    """The format of a flow's layers on this device of torch."""
    return devices.formats(device).rows


def copied(tensors: Mapping[str, Any], prefix: str, device: str) -> dict[str, Tensor]:
    """The tensors with this prefix, on the device; what remains keeps no mapping of the file."""
    found = {name: tensors[name] for name in tensors if name.startswith(prefix)}
    return {name: tensor.to(device, copy=True) for name, tensor in found.items() if isinstance(tensor, Tensor)}


@contextmanager
def fitting(file: Path) -> Iterator[None]:
    """BadModelFile where tensors have other names or shapes than the network."""
    try:
        yield
    except RuntimeError as error:
        raise BadModelFile(f"{file} does not fit the flow: {' '.join(str(error).split())[:300]}") from error


def reference(file: Path, said: Mapping[str, Any], tokens: str, mel: str, speaker: str) -> Reference:
    """A flow's voice in a file: tokens [1, n], mel [1, 2 n, 80] and speaker [1, m] by their names. BadModelFile."""
    parts = []
    for name in (tokens, mel, speaker):
        tensor = said.get(name)
        if not isinstance(tensor, Tensor) or tensor.is_floating_point() is (name == tokens):
            raise BadModelFile(f'{file}: "{name}" is no tensor of {"tokens" if name == tokens else "numbers"}')
        parts.append(tensor)
    ids: list[int] = parts[0].flatten().tolist()
    count = min(len(ids), parts[1].shape[1] // 2 if parts[1].dim() == 3 else 0)
    if not count or parts[1].shape[2] != _MELS or min(ids) < 0:
        raise BadModelFile(f'{file}: "{tokens}" and "{mel}" are not [1, n] and [1, 2 n, {_MELS}]')
    return Reference(ids[:count], parts[1][0, : 2 * count].float(), parts[2].flatten().float())

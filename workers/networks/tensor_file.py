"""Published files of weights, as mappings of names to tensors. No code in a file is executed.

Tensors are views of the mapped file, so that unused ones cost nothing. A model that keeps one keeps the whole mapping,
which counts as memory of the process: models copy what they keep.
"""

import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from steadyvoice.ipc.errors import BadModelFile


class TensorFile(Mapping[str, Tensor]):
    """A .safetensors file. BadModelFile where it is none, or truncated."""

    def __init__(self, path: Path) -> None:
        opened: Any = safe_open
        try:
            self._file = opened(path, "pt")
            self._names: frozenset[str] = frozenset(self._file.keys())
        except (SafetensorError, OSError) as error:
            raise BadModelFile(f"{path} cannot be read; it may be truncated: {_line(error)}") from error

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        tensor: Tensor = self._file.get_tensor(name)
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def plain(path: Path) -> Mapping[str, Any]:
    """A mapping that torch has saved, of tensors and plain values only. BadModelFile."""
    try:
        said = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError as error:
        raise BadModelFile(f"{path} holds something else than plain tensors, which is not run or read") from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        raise BadModelFile(f"{path} cannot be read; it may be truncated: {_line(error)}") from error
    if not isinstance(said, Mapping):
        raise BadModelFile(f"{path} is no mapping of names to tensors")
    return said


def chosen(
    path: Path, tensors: Mapping[str, Any], wanted: Mapping[str, tuple[int, ...]], device: str = "cpu"
) -> dict[str, Tensor]:
    """The wanted tensors by name and shape, on the device. Others may be there: speaking does not need all.

    BadModelFile where one is missing, has another shape or is not of floating-point numbers.
    """
    found = {}
    for name, shape in wanted.items():
        tensor = tensors.get(name)
        if not isinstance(tensor, Tensor):
            raise BadModelFile(f'{path} has no tensor "{name}"')
        if tuple(tensor.shape) != shape:
            raise BadModelFile(f'{path}: "{name}" is {_said(tensor.shape)}, {_said(shape)} is expected')
        if not tensor.is_floating_point():
            raise BadModelFile(f'{path}: "{name}" is not of floating-point numbers')
        found[name] = tensor.to(device)
    return found


def _said(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]

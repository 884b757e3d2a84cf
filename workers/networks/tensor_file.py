"""Tensors of a .safetensors file, each read when it is asked for: unused ones cost nothing, and no copy is kept."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from steadyvoice.ipc.errors import BadModelFile


class TensorFile(Mapping[str, Tensor]):
    """BadModelFile where the file is none, or truncated."""

    def __init__(self, path: Path, device: str = "cpu") -> None:
        self._path = path
        try:
            opened: Any = safe_open
            self._file = opened(path, "pt", device=device)
            self._names: frozenset[str] = frozenset(self._file.keys())
        except (SafetensorError, OSError) as error:
            line = " ".join(str(error).split())[:200]
            raise BadModelFile(f"{path} cannot be read; it may be truncated: {line}") from error

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        tensor: Tensor = self._file.get_tensor(name)
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def check(self, wanted: Mapping[str, tuple[int, ...]]) -> None:
        """BadModelFile where a tensor is missing, has another shape or is not of floating-point numbers.

        Others may be there: published files have tensors that speaking does not need.
        """
        for name, shape in wanted.items():
            if name not in self._names:
                raise BadModelFile(f'{self._path} has no tensor "{name}"')
            part = self._file.get_slice(name)
            if tuple(part.get_shape()) != shape:
                raise BadModelFile(f'{self._path}: "{name}" is {_said(part.get_shape())}, {_said(shape)} is expected')
            if part.get_dtype() not in ("F32", "F16", "BF16"):
                raise BadModelFile(f'{self._path}: "{name}" is {part.get_dtype()}, not F32, F16 or BF16')


def _said(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"

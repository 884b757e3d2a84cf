"""Weight norms (Salimans and Kingma 2016) of published files, as plain weights and back."""

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import Tensor

from steadyvoice.ipc.errors import BadModelFile

_NORM: Final = "parametrizations.weight."
_NAMES: Final = (("weight_g", "weight_v"), (f"{_NORM}original0", f"{_NORM}original1"))
"""Length and direction, in PyTorch's older and newer notation."""


def folded(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Replace weight norms by float32 weights; make other tensors float32, and keep what is no tensor.

    KeyError where a norm has only its direction.
    """
    plain: dict[str, Any] = {}
    for key, value in tensors.items():
        if key.endswith((".weight_g", ".parametrizations.weight.original0")):
            continue
        for length, direction in _NAMES:
            if key.endswith(f".{direction}"):
                stem = key.removesuffix(direction)
                size = tensors[stem + length].float()
                dims = [i for i, n in enumerate(size.shape) if n == 1]
                key, value = f"{stem}weight", value.float()
                value = value * (size / value.square().sum(dims, keepdim=True).sqrt())
                break
        plain[key] = value.float() if isinstance(value, Tensor) else value
    return plain


def unfolded(name: str, weight: Tensor) -> dict[str, Tensor]:
    """The two published tensors of a weight with a norm, in the newer notation. name: ends with ``weight``."""
    stem = name.removesuffix("weight") + _NORM
    length = weight.square().sum(list(range(1, weight.dim())), keepdim=True).sqrt()
    return {f"{stem}original0": length, f"{stem}original1": weight}


def published(tensors: Mapping[str, Tensor], prefix: str, wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """The tensors behind a prefix with these names and shapes, float32, weight norms folded.

    BadModelFile where one is missing, has another shape, or is not of finite floating-point numbers.
    """
    found = {name.removeprefix(prefix): tensors[name] for name in tensors if name.startswith(prefix)}
    try:
        plain = folded(found)
    except KeyError as error:
        raise BadModelFile(f'the model has no tensor "{prefix}{error.args[0]}"') from None
    for name, shape in wanted.items():
        if name not in plain:
            raise BadModelFile(f'the model has no tensor "{prefix}{name}"')
        if plain[name].shape != shape:
            raise BadModelFile(f'"{prefix}{name}" is {list(plain[name].shape)}, {list(shape)} is expected')
        if not torch.isfinite(plain[name]).all():
            raise BadModelFile(f'"{prefix}{name}" has numbers that are not finite')
    return {name: plain[name] for name in wanted}

"""Products with the weights of a language model, in the number formats that are fastest on the device."""

from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear


class Formats(NamedTuple):
    """Number formats of a model."""

    row: torch.dtype
    """Matrices, for a single row."""
    rows: torch.dtype
    """Matrices, for several rows."""
    state: torch.dtype = torch.float32
    """Activations between the products, keys and values."""


EXACT: Final = Formats(torch.float32, torch.float32)


class Matrix:
    """A weight [out, in] in both formats, and a bias [out], applied to rows [..., in] of the state's format."""

    def __init__(self, formats: Formats, weight: Tensor, bias: Tensor | None = None) -> None:
        self._row = weight.to(formats.row)
        self._rows = self._row if formats.rows == formats.row else weight.to(formats.rows)
        self._bias = None if bias is None else bias.to(formats.state, copy=True)

    def __call__(self, x: Tensor) -> Tensor:
        weight = self._row if x.numel() == x.shape[-1] else self._rows
        product = linear(x.to(weight.dtype), weight).to(x.dtype)
        return product if self._bias is None else product + self._bias

"""The sizes of an RVC v2 synthesiser, from its published file."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """The 18 values of the list ``config`` of a published file."""

    inter: int
    hidden: int
    filter: int
    heads: int
    layers: int
    kernel: int
    kernels: tuple[int, ...]
    dilations: tuple[tuple[int, ...], ...]
    rates: tuple[int, ...]
    initial: int
    up_kernels: tuple[int, ...]
    gin: int
    rate: int
    """Hertz of the output."""
    content: int = 768

    @classmethod
    def of(cls, config: list[Any]) -> "Shape":
        """ValueError where the list is not of that form."""
        if len(config) != 18 or str(config[9]) != "1":
            raise ValueError("its config is not of RVC v2's form")
        sizes = [int(config[i]) for i in (2, 3, 4, 5, 6, 7, 13, 16, 17)]
        inter, hidden, filter_, heads, layers, kernel, initial, gin, rate = sizes
        shape = cls(
            *(inter, hidden, filter_, heads, layers, kernel),
            tuple(int(n) for n in config[10]),
            tuple(tuple(int(n) for n in row) for row in config[11]),
            tuple(int(n) for n in config[12]),
            initial,
            tuple(int(n) for n in config[14]),
            gin,
            rate,
        )
        if not all(0 < size <= 4096 for size in sizes[:-1]) or shape.hop * 100 != rate or not 8000 <= rate <= 96000:
            raise ValueError("its config has sizes that do not fit together")
        return shape

    @property
    def hop(self) -> int:
        """Samples per frame."""
        return math.prod(self.rates)

"""Which values of a parameter every run of the tests takes, and which only one with --long."""

from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import settings


def quick(count: int, values: Sequence[object]) -> list[object]:
    """The first ``count`` as they are, the others marked ``long``: they differ from the first in no other code."""
    later = (value if isinstance(value, tuple) else (value,) for value in values[count:])
    return [*values[:count], *(pytest.param(*value, marks=pytest.mark.long) for value in later)]


def only(kept: Callable[..., bool], values: Iterable[object]) -> list[object]:
    """The values for which ``kept`` is true, which takes a tuple as its arguments; the others marked ``long``."""
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*row, marks=[] if kept(*row) else [pytest.mark.long]) for row in rows]


def examples(full: int) -> int:
    """How many examples a property is tried with: ``full`` with --long, which the profile in conftest.py says."""
    return full * settings().max_examples // 100

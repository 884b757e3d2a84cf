"""Which values of a parameter every run of the tests takes, and which only one with --long."""

from collections.abc import Sequence

import pytest


def quick(count: int, values: Sequence[object]) -> list[object]:
    """The first ``count`` as they are, the others marked ``long``: they differ from the first in no other code."""
    later = (value if isinstance(value, tuple) else (value,) for value in values[count:])
    return [*values[:count], *(pytest.param(*value, marks=pytest.mark.long) for value in later)]

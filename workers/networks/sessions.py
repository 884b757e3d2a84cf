"""Sessions of a model that are used again, because each holds a cache of keys and values, and a graph on CUDA."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

S = TypeVar("S")

_SLOTS: Final = 4
"""Sessions with graphs that are captured before the first utterance, on CUDA."""


class Sessions(Generic[S]):
    """Not thread-safe."""

    def __init__(self, make: Callable[[], S], *, captured: bool) -> None:
        """captured: the sessions capture graphs."""
        self._make, self._captured = make, captured
        self.idle: list[S] = []

    def warm(self) -> None:
        """Capture the graphs of the sessions that are likely to be used at the same time."""
        if self._captured:
            self.idle += [self._make() for _ in range(_SLOTS - len(self.idle))]

    @contextmanager
    def borrowed(self) -> Iterator[S]:
        """A session for one utterance."""
        session = self.idle.pop() if self.idle else self._make()
        try:
            yield session
        finally:
            self.idle.append(session)

"""What a generator may be able to do beside `engine.Generator`. Both are optional."""

from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from steadyvoice.workers.engines.engine import Frames, Word


@runtime_checkable
class OnDemand(Protocol):
    """A generator of an engine that loads its voices on demand."""

    def warm(self, voice: str) -> None:
        """As ``warmup``, for one voice. NotInstalled; anything that its files raise."""
        ...


@runtime_checkable
class Batched(Protocol):
    """A generator that can compute frames of several utterances in one step."""

    def batch_from(self) -> int:
        """Utterances of one voice at the same time from which such a step pays on this machine; 0: it never does."""
        ...

    def generate_batched(
        self, text: str, voice: str, rate: float, *, more: bool, joins: Callable[[int], bool]
    ) -> Iterator[Frames | Word]:
        """As ``generate``, until ``joins`` is true: from then on the iterators that have joined share their work.

        joins: asked with a frame's number, from 0, before it is computed. The frames from there on may be rounded
        otherwise than alone, and must not depend on what is computed beside them: equal texts and answers give equal
        frames. ``next`` delays other utterances by one step at most. A closed iterator leaves the others at once, and
        an error ends only the iterator that raises it.
        """
        ...

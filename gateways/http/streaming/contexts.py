"""The contexts of one connection that have not ended. No input or output."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from steadyvoice.gateways.http.streaming.actions import Failure

MAX_CONTEXTS: Final = 32
FULL: Final = Failure("too_many_contexts", f"{MAX_CONTEXTS} contexts are open; let one end, or cancel it")

T = TypeVar("T")


@dataclass
class _Entry(Generic[T]):
    state: T
    is_open: bool = True
    """More text may follow."""
    is_idle: bool = True
    """Nothing is being spoken of it."""
    ends: int = 0
    """How often its audio will end: once, unless its name was used again before."""


class Contexts(Generic[T]):
    """By the client's name. A name that is used again while its audio still ends continues the same context."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry[T]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> T:
        return self._entries[name].state

    @property
    def is_full(self) -> bool:
        return len(self._entries) >= MAX_CONTEXTS

    def names(self) -> Iterator[str]:
        return iter(self._entries)

    def open_names(self) -> Iterator[str]:
        return (name for name, entry in self._entries.items() if entry.is_open)

    def is_open(self, name: str) -> bool:
        return name in self._entries and self._entries[name].is_open

    def open(self, name: str, state: T) -> T:
        """Open the context, or open it again. Its state: ``state`` if it is new."""
        entry = self._entries.setdefault(name, _Entry(state))
        entry.is_open = True
        return entry.state

    def said(self, name: str) -> None:
        """The context has text to speak."""
        self._entries[name].is_idle = False

    def paused(self, name: str) -> None:
        """All of its text was spoken."""
        self._entries[name].is_idle = True

    def make_room(self) -> str | None:
        """Forget the context that was opened first of those that are idle, if all places are taken; its name."""
        if self.is_full:
            for name, entry in self._entries.items():
                if entry.is_open and entry.is_idle:
                    del self._entries[name]
                    return name
        return None

    def close(self, name: str) -> None:
        """No more text follows; ``ended`` will be called."""
        entry = self._entries[name]
        entry.is_open = False
        entry.ends += 1

    def ended(self, name: str) -> None:
        entry = self._entries[name]
        entry.ends -= 1
        if not entry.is_open and not entry.ends:
            del self._entries[name]

    def drop(self, name: str) -> bool:
        """Forget the context, which was cancelled or has failed; whether there was one."""
        return self._entries.pop(name, None) is not None

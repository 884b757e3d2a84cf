"""Reports that wait until the device has played the last sample that they are about."""

from typing import Generic, TypeVar

T = TypeVar("T")


class PendingEnds(Generic[T]):
    """In the order of playback. Positions are samples that the device was given since it was opened."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, T]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, position: int, report: T) -> None:
        self._waiting.append((position, report))

    def due(self, written: int) -> list[T]:
        """Remove and return the reports with positions up to ``written``."""
        due: list[T] = []
        while self._waiting and self._waiting[0][0] <= written:
            due.append(self._waiting.pop(0)[1])
        return due

    def rebase(self, written: int) -> None:
        """The device was lost after ``written`` samples: count from 0 again."""
        self._waiting = [(max(0, position - written), report) for position, report in self._waiting]

    def clear(self) -> list[T]:
        """Remove and return all reports."""
        waiting, self._waiting = self._waiting, []
        return [report for _, report in waiting]

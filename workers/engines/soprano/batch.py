"""Frames of several texts in one step. Texts may join and leave between any two steps of the model.

This is iteration-level scheduling (Orca, Yu et al. 2022), without a loop of its own: the caller that needs a frame
computes a step, and the frames that it made for others wait for their callers.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from torch import Tensor

from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.soprano.lm import BATCH, Session, step_together
from steadyvoice.workers.engines.soprano.speech import Speech

_AHEAD: Final = 16
"""Frames of a text that wait for its caller, at most: one second, because a listener asks for many at once."""


class _Row:
    """A text in the batch."""

    def __init__(self, session: Session, speech: Speech) -> None:
        self.session, self._speech = session, speech
        self.waiting: deque[Frames] = deque()
        self.failure: ArithmeticError | None = None

    @property
    def token(self) -> int | None:
        return self._speech.token

    def take(self, hidden: Tensor, logits: Tensor) -> None:
        """A failure is raised for this text's caller, which need not be the caller of this step."""
        try:
            frame = self._speech.take(hidden, logits)
        except ArithmeticError as failure:
            self.failure = failure
        else:
            if frame is not None:
                self.waiting.append(frame)


class Batch:
    """The texts of one model."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []

    def frames(self, session: Session, speech: Speech) -> Iterator[Frames]:
        """The further frames of a text. ArithmeticError where one is not finite.

        Closing the iterator removes the text from the batch.
        """
        row = _Row(session, speech)
        self._rows.append(row)
        try:
            while True:
                if not row.waiting and row.token is not None:
                    self._step(row)
                if row.waiting:
                    yield row.waiting.popleft()
                elif row.failure is not None:
                    raise row.failure
                else:
                    return
        finally:
            self._rows.remove(row)

    def _step(self, first: _Row) -> None:
        """Compute the next frame of this text, and of those others that have the fewest frames waiting."""
        others = [row for row in self._rows if row is not first and row.token is not None and len(row.waiting) < _AHEAD]
        others.sort(key=lambda row: len(row.waiting))
        rows = [first, *others[: BATCH - 1]]
        results = step_together([row.session for row in rows], [row.token for row in rows if row.token is not None])
        for row, result in zip(rows, results, strict=True):
            row.take(*result)

"""An utterance as the daemon tells of it, without input or output: what both clients hand out is made of it."""

from typing import Generic, Protocol, TypeVar

from steadyvoice.client.errors import UtteranceFailed, Why
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import SteadyvoiceError

Told = m.Started | m.Mark | m.Finished
"""What is told of one utterance, in this order; ``Finished`` comes last, and once."""


class Errands(Protocol):
    def later(self, request: m.Request) -> None:
        """Send it when that is possible, without waiting for an answer. Never raises."""
        ...


C = TypeVar("C", bound=Errands)


class Speech(Generic[C]):
    """The underscored methods are the session's."""

    def __init__(self, connection: C, number: int, is_open: bool) -> None:
        self._connection = connection
        self.id = number
        self.started: m.Started | None = None
        self.finished: m.Finished | None = None
        """Set when it is over: the reason, what was heard, and the timings in milliseconds."""
        self.marks: list[m.Mark] = []
        """The words that have begun to be heard so far."""
        self._is_open = is_open
        self._told: list[Told] = []
        self._refusal: SteadyvoiceError | None = None
        self._lost: Why | None = None

    @property
    def heard(self) -> int:
        """How many characters of the text were heard, to the word. 0 until it is over."""
        return self.finished.heard_chars if self.finished is not None else 0

    @staticmethod
    def checked(finished: m.Finished) -> m.Finished:
        """The same again. UtteranceFailed where it tells of an error."""
        if finished.code is not None:
            raise UtteranceFailed(finished.code, finished.message, finished)
        return finished

    def _over(self) -> bool:
        """Whether it is over. What was refused or lost since the last look is raised."""
        if self._refusal is not None:
            refusal, self._refusal = self._refusal, None
            raise refusal
        if self._lost is not None:
            raise self._lost()
        return self.finished is not None

    def _hear(self, event: m.Event, fds: list[int]) -> None:
        close_all(fds)
        if isinstance(event, m.Started):
            self.started = event
        elif isinstance(event, m.Mark):
            self.marks.append(event)
        elif isinstance(event, m.Finished):
            self.finished = event
        if isinstance(event, m.Started | m.Mark | m.Finished):
            self._told.append(event)
        self._changed()

    def _refuse(self, error: SteadyvoiceError) -> None:
        """Text for it was refused. That there was no place for it any more is no news where it is over."""
        if self.finished is None:
            self._refusal = self._refusal or error
            self._changed()

    def _lose(self, why: Why) -> None:
        """There will be no more events."""
        if self.finished is None:
            self._lost = self._lost or why
            self._changed()

    def _changed(self) -> None:
        """Something was heard."""

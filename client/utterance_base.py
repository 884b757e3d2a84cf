"""An utterance as the daemon tells of it, without input or output: what both clients hand out is made of it."""

from typing import Generic, Protocol, TypeVar

from steadyvoice.client.errors import ErrorFactory, UtteranceFailed
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import SteadyvoiceError

UtteranceEvent = m.Started | m.Mark | m.Finished
"""What is told of one utterance, in this order; ``Finished`` comes last, and once."""


class RequestSender(Protocol):
    def fire_and_forget(self, request: m.Request) -> None:
        """Send it when that is possible, without waiting for an answer. Never raises."""
        ...


C = TypeVar("C", bound=RequestSender)


class UtteranceBase(Generic[C]):
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
        self._events: list[UtteranceEvent] = []
        self._refusal: SteadyvoiceError | None = None
        self._connection_error: ErrorFactory | None = None

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

    def _is_finished(self) -> bool:
        """Whether it is over. What was refused or lost since the last look is raised."""
        if self._refusal is not None:
            refusal, self._refusal = self._refusal, None
            raise refusal
        if self._connection_error is not None:
            raise self._connection_error()
        return self.finished is not None

    def _on_event(self, event: m.Event, fds: list[int]) -> None:
        close_all(fds)
        if isinstance(event, m.Started):
            self.started = event
        elif isinstance(event, m.Mark):
            self.marks.append(event)
        elif isinstance(event, m.Finished):
            self.finished = event
        if isinstance(event, m.Started | m.Mark | m.Finished):
            self._events.append(event)
        self._on_change()

    def _on_refusal(self, error: SteadyvoiceError) -> None:
        """Text for it was refused. That there was no place for it any more is no news where it is over."""
        if self.finished is None:
            self._refusal = self._refusal or error
            self._on_change()

    def _on_connection_lost(self, why: ErrorFactory) -> None:
        """There will be no more events."""
        if self.finished is None:
            self._connection_error = self._connection_error or why
            self._on_change()

    def _on_change(self) -> None:
        """Something was heard."""

"""State of an utterance as the daemon reports it, without input or output: the base of both clients' utterances."""

from typing import Generic, Protocol, TypeVar

from steadyvoice.client.errors import ErrorFactory, UtteranceFailed
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import SteadyvoiceError

UtteranceEvent = m.Loading | m.Started | m.Mark | m.Finished
"""Events of one utterance, in this order; ``Finished`` is the last one and occurs once."""


class RequestSender(Protocol):
    def fire_and_forget(self, request: requests.Request) -> None:
        """Send the request when possible and ignore the reply. Never raises."""
        ...


C = TypeVar("C", bound=RequestSender)


class UtteranceBase(Generic[C]):
    """Base of Utterance and AsyncUtterance; the session calls the underscored methods in the client's thread."""

    def __init__(self, connection: C, number: int, is_open: bool) -> None:
        self._connection = connection
        self.id = number
        self.started: m.Started | None = None
        self.finished: m.Finished | None = None
        """Set at the end: the reason, the characters heard, and timings in milliseconds."""
        self.marks: list[m.Mark] = []
        """The words that playback has reached so far."""
        self._is_open = is_open
        self._events: list[UtteranceEvent] = []
        self._refusal: SteadyvoiceError | None = None
        self._connection_error: ErrorFactory | None = None

    @property
    def heard(self) -> int:
        """Characters of the text that were heard, at word precision. 0 until the utterance has finished."""
        return self.finished.heard_chars if self.finished is not None else 0

    @staticmethod
    def checked(finished: m.Finished) -> m.Finished:
        """Return ``finished``, or raise UtteranceFailed if it reports an error."""
        if finished.code is not None:
            raise UtteranceFailed(finished.code, finished.message, finished)
        return finished

    def _is_finished(self) -> bool:
        """Whether the utterance has finished. Raises a refusal or connection error not raised before."""
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
        if isinstance(event, m.Loading | m.Started | m.Mark | m.Finished):
            self._events.append(event)
        self._on_change()

    def _on_refusal(self, error: SteadyvoiceError) -> None:
        """Appended text was refused. Ignored if the utterance has finished: the daemon then refuses all text."""
        if self.finished is None:
            self._refusal = self._refusal or error
            self._on_change()

    def _on_connection_lost(self, make_error: ErrorFactory) -> None:
        """The connection was lost; no further events come."""
        if self.finished is None:
            self._connection_error = self._connection_error or make_error
            self._on_change()

    def _on_change(self) -> None:
        """Called after each state change; subclasses wake their waiters."""

"""Events of all clients' utterances, as received by a subscribed connection."""

import contextlib
from collections import deque
from typing import Generic, TypeVar

from steadyvoice.client.errors import ErrorFactory
from steadyvoice.client.link import Link
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests

L = TypeVar("L", bound=Link)


class SubscriptionBase(Generic[L]):
    """Base of both subscriptions; the session calls the underscored methods. Closes itself when garbage-collected."""

    def __init__(self, connection: L) -> None:
        self._connection = connection
        self._events: deque[m.Event] = deque()
        self._connection_error: ErrorFactory | None = None
        self._closed = False
        connection.session.event_sinks.add(self)

    def close(self) -> None:
        """Unsubscribe. Does not wait; iteration then ends."""
        if self._closed:
            return
        self._closed = True
        self._events.clear()
        event_sinks = self._connection.session.event_sinks
        event_sinks.discard(self)
        if not event_sinks:
            self._connection.fire_and_forget(requests.Subscribe(on=False))
        self._on_change()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # __init__ did not complete
            self.close()

    def _next(self) -> m.Event | None:
        """Return the next event or None. After the last event, raise the error that ended the session."""
        if self._events:
            return self._events.popleft()
        if self._connection_error is not None and not self._closed:
            raise self._connection_error()
        return None

    def _on_event(self, event: m.Event) -> None:
        self._events.append(event)
        self._on_change()

    def _on_connection_lost(self, make_error: ErrorFactory) -> None:
        self._connection_error = make_error
        self._on_change()

    def _on_change(self) -> None:
        """Called after each state change; subclasses wake their waiters."""

"""The events of everybody's utterances, as a connection hears them that has asked for them."""

import contextlib
from collections import deque
from typing import Generic, TypeVar

from steadyvoice.client.errors import Why
from steadyvoice.client.link import Link
from steadyvoice.ipc import messages as m

L = TypeVar("L", bound=Link)


class Following(Generic[L]):
    """The underscored methods are the session's. Whom nobody has any more is closed."""

    def __init__(self, connection: L) -> None:
        self._connection = connection
        self._events: deque[m.Event] = deque()
        self._lost: Why | None = None
        self._closed = False
        connection.session.followers.add(self)

    def close(self) -> None:
        """No more events, please. Does not wait; iterating then ends."""
        if self._closed:
            return
        self._closed = True
        self._events.clear()
        followers = self._connection.session.followers
        followers.discard(self)
        if not followers:
            self._connection.later(m.Subscribe(on=False))
        self._changed()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # it has never been wholly made
            self.close()

    def _next(self) -> m.Event | None:
        """The next event, if one is there. What has ended the session is raised after the last."""
        if self._events:
            return self._events.popleft()
        if self._lost is not None and not self._closed:
            raise self._lost()
        return None

    def _hear(self, event: m.Event) -> None:
        self._events.append(event)
        self._changed()

    def _lose(self, why: Why) -> None:
        self._lost = why
        self._changed()

    def _changed(self) -> None:
        """Something was heard."""

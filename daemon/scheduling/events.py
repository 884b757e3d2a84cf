"""Who is told what becomes of an utterance: its client, and those who follow everybody's."""

import msgspec

from steadyvoice.daemon.scheduling.utterance import Listener, Utterance
from steadyvoice.ipc.messages import Event, Queued, Started


class EventBus:
    def __init__(self) -> None:
        self._followers: set[Listener] = set()

    def follow(self, listener: Listener, *, on: bool) -> None:
        (self._followers.add if on else self._followers.discard)(listener)

    def publish(self, utterance: Utterance, event: Event, fds: tuple[int, ...] = ()) -> None:
        """The descriptors are for its client alone."""
        if utterance.listener is not None:
            utterance.listener.send(event, fds)
        if isinstance(event, Started):
            event = msgspec.structs.replace(event, ring=False)
        self._announce(event, utterance.listener)

    def queued(self, utterance: Utterance) -> None:
        """Its client has had it as a reply."""
        self._announce(Queued(0, utterance.id), utterance.listener)

    def announce(self, event: Event) -> None:
        """To all who follow."""
        self._announce(event, None)

    def _announce(self, event: Event, but: Listener | None) -> None:
        for follower in list(self._followers):
            if follower is not but:
                follower.send(event)

"""Events about an utterance: to its client, and to clients that have subscribed to all utterances."""

from typing import Final, Literal

import msgspec

from steadyvoice.daemon.scheduling.utterance import Listener, Utterance
from steadyvoice.ipc.messages import Event, Queued, Started

_TITLE_CHARS: Final = 100


class EventBus:
    def __init__(self) -> None:
        self._subscribers: set[Listener] = set()

    def follow(self, listener: Listener, *, on: bool) -> None:
        """Subscribe a client to the events of all utterances, or end its subscription."""
        (self._subscribers.add if on else self._subscribers.discard)(listener)

    def publish(self, utterance: Utterance, event: Event, fds: tuple[int, ...] = ()) -> None:
        """Send the event to the utterance's client and to all subscribers. Only the client receives descriptors."""
        if utterance.listener is not None:
            utterance.listener.send(event, fds)
        if isinstance(event, Started):
            event = msgspec.structs.replace(event, ring=False)
        self._announce(event, utterance.listener)

    def queued(self, utterance: Utterance) -> None:
        """For subscribers only: the utterance's client receives ``queued`` as the reply to its request."""
        text = utterance.text.content[:_TITLE_CHARS] if utterance.to_device else ""  # a stream may be confidential
        sink: Literal["device", "pcm"] = "device" if utterance.to_device else "pcm"
        self._announce(Queued(0, utterance.id, sink=sink, text=text), utterance.listener)

    def announce(self, event: Event) -> None:
        """Send an event that concerns no single utterance to all subscribers."""
        self._announce(event, None)

    def _announce(self, event: Event, excluded: Listener | None) -> None:
        for subscriber in list(self._subscribers):
            if subscriber is not excluded:
                subscriber.send(event)

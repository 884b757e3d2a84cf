"""A conversation with the daemon, without input or output: requests become bytes, bytes become answers and events.

Both clients run it over a socket that they only move bytes through (link.py).
"""

import itertools
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, get_args
from weakref import WeakSet, WeakValueDictionary

import msgspec

from steadyvoice.client.errors import DaemonUnreachable, ErrorFactory, RequestRefused
from steadyvoice.client.utterance_base import UtteranceBase
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import wire
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import WireError

READY_TIMEOUT_S: Final = 60.0
"""So much longer than any other answer may that of a daemon take which is getting ready to speak."""
_EVENT_BYTES: Final = 16 << 20
_KNOWN: Final = frozenset(kind.__struct_config__.tag for kind in get_args(m.Event))
_WAITS_FOR_READY: Final = (m.Speak, m.Voices, m.Converters)
_SUBSCRIBED: Final = (m.Queued, m.Started, m.Mark, m.Finished, m.Paused)

UtteranceFactory = Callable[[int], UtteranceBase[Any]]


class EventSink(Protocol):
    """Who hears of everybody's utterances."""

    def _on_event(self, event: m.Event) -> None: ...

    def _on_connection_lost(self, why: ErrorFactory) -> None: ...


class PendingReply:
    """What the daemon says to one request, once it has."""

    def __init__(self, request: m.Request, make: UtteranceFactory | None, on_settled: Callable[[], None]) -> None:
        self.request, self.make_utterance = request, make
        self.event: m.Event | None = None
        self.utterance: UtteranceBase[Any] | None = None
        """Made by ``make`` where it was queued."""
        self.refused: ErrorFactory | None = None
        self.wanted = True
        self._on_settled = on_settled

    @property
    def is_settled(self) -> bool:
        return self.event is not None or self.refused is not None

    def settle(self, event: m.Event | None, refused: ErrorFactory | None = None) -> None:
        self.event, self.refused = event, refused
        self._on_settled()


class Session:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.outgoing = bytearray()
        """To be sent, in this order."""
        self.error: ErrorFactory | None = None
        """Why it is over, once it is."""
        self.event_sinks: WeakSet[EventSink] = WeakSet()
        self._refs = itertools.count(1)
        self._answers: dict[int, PendingReply] = {}
        self._utterances: WeakValueDictionary[int, UtteranceBase[Any]] = WeakValueDictionary()
        self._deferred: deque[m.Request] = deque()
        self._frames = wire.Frames(_EVENT_BYTES)
        self._descriptors: list[int] = []
        """Descriptors received whose message is not yet whole."""
        self._close_reason: ErrorFactory | None = None
        """What was said last, where nobody has asked for it: why the daemon hangs up."""

    @property
    def utterances(self) -> list[UtteranceBase[Any]]:
        """Those that somebody still has and that are not over."""
        return list(self._utterances.values())

    def ask(
        self, request: m.Request, make: UtteranceFactory | None = None, on_settled: Callable[[], None] = lambda: None
    ) -> PendingReply:
        """Queue a request. make: makes the utterance from its number, before its first event is heard.

        RequestRefused where it is no request; what ended the session where it is over.
        """
        ref = next(self._refs)
        self._encode(msgspec.structs.replace(request, ref=ref))
        self._answers[ref] = answer = PendingReply(request, make, on_settled)
        return answer

    def send(self, request: m.Append | m.Finish) -> None:
        """Queue text. It is answered only where it is refused, and then by the utterance's number below zero."""
        self._encode(msgspec.structs.replace(request, ref=-request.id))

    def fire_and_forget(self, request: m.Request) -> None:
        """Queue a request whose answer nobody wants; from anywhere, also from the garbage collector."""
        self._deferred.append(request)

    def flush_deferred(self) -> None:
        """Before sending: what was left for later goes too."""
        while self._deferred and self.error is None:
            self._encode(msgspec.structs.replace(self._deferred.popleft(), ref=next(self._refs)))

    def abandon(self, answer: PendingReply) -> None:
        """Who asked has gone. What is queued in answer is cancelled."""
        answer.wanted = False
        if answer.utterance is not None:
            self.fire_and_forget(m.Cancel(ids=[answer.utterance.id]))

    def reply_timeout_s(self, timeout: float) -> float:
        """How long the last request's answer may take: they are carried out one after the other."""
        waits = any(isinstance(answer.request, _WAITS_FOR_READY) for answer in self._answers.values())
        return timeout + READY_TIMEOUT_S if waits else timeout

    def check(self) -> None:
        """What has ended the session is raised, if it is over."""
        if self.error is not None:
            raise self.error()

    def _encode(self, request: m.Request) -> None:
        self.check()
        try:
            msgspec.convert(msgspec.to_builtins(request), type(request))
        except msgspec.ValidationError as error:
            raise RequestRefused("bad_message", f"not a request: {error}; see docs/protocol.md") from error
        self.outgoing += wire.encode(request)

    def feed(self, data: bytes, fds: list[int]) -> None:
        """What was read from the socket; no bytes: the daemon has closed it."""
        self._descriptors += fds
        if not data:
            self.terminate(partial(DaemonUnreachable, f"the daemon at {self.path} has gone away; start one: svd"))
            return
        self._frames.feed(data)
        try:
            while self.error is None and (message := self._frames.next()) is not None:
                if (event := _decode(message)) is not None:
                    self._on_event(event)
        except (WireError, msgspec.MsgspecError) as error:
            what = f"the daemon at {self.path} says what this client cannot read ({error}); update the older of the two"
            self.terminate(partial(DaemonUnreachable, what))

    def terminate(self, why: ErrorFactory) -> None:
        """It is over: whoever waits for an answer or an event is told why."""
        if self.error is not None:
            return
        self.error = why = self._close_reason or why
        self.outgoing.clear()
        close_all(self._descriptors)
        self._descriptors.clear()
        for answer in self._answers.values():
            answer.settle(None, why)
        self._answers.clear()
        for utterance in self.utterances:
            utterance._on_connection_lost(why)
        for sink in list(self.event_sinks):
            sink._on_connection_lost(why)

    def _on_event(self, event: m.Event) -> None:
        self._close_reason = None
        ref = getattr(event, "ref", 0)
        answer = self._answers.pop(ref, None)
        if isinstance(event, m.Error):
            self._on_refusal(event, answer)
            return
        if isinstance(event, m.Queued):
            if ref:  # else it is somebody else's
                self._on_queued(event.id, answer)
        elif isinstance(event, m.Started | m.Mark | m.Audio | m.Finished):
            self._dispatch(event)
        if isinstance(event, _SUBSCRIBED) and not (isinstance(event, m.Paused) and ref):
            for sink in list(self.event_sinks):
                sink._on_event(event)
        if answer is not None:
            answer.settle(event)

    def _on_queued(self, number: int, answer: PendingReply | None) -> None:
        if answer is None or not answer.wanted:
            self.fire_and_forget(m.Cancel(ids=[number]))
        elif answer.make_utterance is not None:
            answer.utterance = self._utterances[number] = answer.make_utterance(number)

    def _dispatch(self, event: m.Started | m.Mark | m.Audio | m.Finished) -> None:
        fds: list[int] = []
        if isinstance(event, m.Started) and event.ring:
            fds, self._descriptors = self._descriptors[:3], self._descriptors[3:]
        utterance = self._utterances.get(event.id)
        if utterance is None:
            close_all(fds)
        else:
            utterance._on_event(event, fds)
        if isinstance(event, m.Finished):
            self._utterances.pop(event.id, None)

    def _on_refusal(self, event: m.Error, answer: PendingReply | None) -> None:
        why = partial(RequestRefused, event.code, event.message, retryable=event.retryable)
        if event.ref == 0:
            self._close_reason = why  # unless more comes
            if self._answers:  # not read so far: it is the oldest that has no answer
                answer = self._answers.pop(next(iter(self._answers)))
        if answer is not None:
            answer.settle(None, why)
        elif event.ref < 0 and (utterance := self._utterances.get(-event.ref)) is not None:
            utterance._on_refusal(why())


def _decode(message: bytes) -> m.Event | None:
    """None for an event that only later versions of the protocol have."""
    try:
        return wire.decode_event(message)
    except msgspec.ValidationError:
        if msgspec.msgpack.decode(message, type=dict[str, Any]).get("type") in _KNOWN:
            raise
        return None

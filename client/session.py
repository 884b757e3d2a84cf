"""The client's side of the protocol, without input or output: encodes requests, decodes replies and events.

Both clients use it; link.py transfers its bytes.
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
from steadyvoice.ipc import requests, wire
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import WireError
from steadyvoice.ipc.inspection_messages import Profiled

READY_TIMEOUT_S: Final = 60.0
"""Extra seconds for replies that the daemon sends only when it is ready, has opened plugins, or has a trace."""
_EVENT_BYTES: Final = 16 << 20
_KNOWN: Final = frozenset(kind.__struct_config__.tag for kind in get_args(m.Event))
_WAITS_FOR_READY: Final = (
    requests.Speak, requests.Live, requests.Change, requests.Voices, requests.Converters, requests.Profile,
)  # fmt: skip
_SUBSCRIBED: Final = (m.Queued, m.Started, m.Mark, m.Finished, m.Paused, m.SpeechStarted, m.SpeechEnded)

UtteranceFactory = Callable[[int], UtteranceBase[Any]]


class EventSink(Protocol):
    """Receives the events of all clients' utterances."""

    def _on_event(self, event: m.Event) -> None: ...

    def _on_connection_lost(self, make_error: ErrorFactory) -> None: ...


class PendingReply:
    """The reply to one request: ``event``, or ``refused`` if the request or the connection failed."""

    def __init__(
        self, request: requests.Request, make_utterance: UtteranceFactory | None, on_settled: Callable[[], None]
    ) -> None:
        self.request, self.make_utterance = request, make_utterance
        self.event: m.Event | None = None
        self.utterance: UtteranceBase[Any] | None = None
        """Created by ``make_utterance`` when the request is queued."""
        self.refused: ErrorFactory | None = None
        self.wanted = True
        self.content = b""
        """Of the file that came with the reply."""
        self._on_settled = on_settled

    @property
    def is_settled(self) -> bool:
        return self.event is not None or self.refused is not None

    def settle(self, event: m.Event | None, refused: ErrorFactory | None = None) -> None:
        self.event, self.refused = event, refused
        self._on_settled()


class Session:
    """State of one connection: queued requests, pending replies, live utterances. Use it from one thread.

    More than 12 methods: each queues a request or handles an event, and all share the table of pending replies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outgoing = bytearray()
        """Encoded requests that have not been sent, in order."""
        self.error: ErrorFactory | None = None
        """Creates the error that ended the session; None while it is open."""
        self.event_sinks: WeakSet[EventSink] = WeakSet()
        self._refs = itertools.count(1)
        self._pending: dict[int, PendingReply] = {}
        self._utterances: WeakValueDictionary[int, UtteranceBase[Any]] = WeakValueDictionary()
        self._deferred: deque[requests.Request] = deque()
        self._frames = wire.MessageReader(_EVENT_BYTES)
        self._descriptors: list[int] = []
        """Received file descriptors that belong to a still incomplete message."""
        self._close_reason: ErrorFactory | None = None
        """The last error without a request number: the reason if the daemon then closes the connection."""

    @property
    def utterances(self) -> list[UtteranceBase[Any]]:
        """Unfinished utterances that the program still references."""
        return list(self._utterances.values())

    def ask(
        self,
        request: requests.Request,
        make: UtteranceFactory | None = None,
        on_settled: Callable[[], None] = lambda: None,
    ) -> PendingReply:
        """Queue a request. make_utterance: creates the utterance from its id, before its first event is processed.

        RequestRefused if the request is invalid; the error that ended the session if it has ended.
        """
        ref = next(self._refs)
        self._encode(msgspec.structs.replace(request, ref=ref))
        self._pending[ref] = reply = PendingReply(request, make, on_settled)
        return reply

    def send(self, request: requests.OfUtterance) -> None:
        """Queue a request about an utterance. The daemon replies only to refuse it, with the negative utterance id."""
        self._encode(msgspec.structs.replace(request, ref=-request.id))

    def fire_and_forget(self, request: requests.Request) -> None:
        """Queue a request and ignore its reply. May be called at any time, also by the garbage collector."""
        self._deferred.append(request)

    def flush_deferred(self) -> None:
        """Encode the requests of ``fire_and_forget``. Call it before sending."""
        while self._deferred and self.error is None:
            self._encode(msgspec.structs.replace(self._deferred.popleft(), ref=next(self._refs)))

    def abandon(self, reply: PendingReply) -> None:
        """The caller has given up waiting. The utterance that the request queues is cancelled."""
        reply.wanted = False
        if reply.utterance is not None:
            self.fire_and_forget(requests.Cancel(ids=[reply.utterance.id]))

    def reply_timeout_s(self, timeout: float) -> float:
        """Seconds to wait for the latest reply. The daemon handles requests in order, so earlier ones count too."""
        pending = [reply.request for reply in self._pending.values()]
        timeout += sum(request.seconds for request in pending if isinstance(request, requests.Profile))
        return (
            timeout + READY_TIMEOUT_S if any(isinstance(request, _WAITS_FOR_READY) for request in pending) else timeout
        )

    def check(self) -> None:
        """Raise the error that ended the session, if it has ended."""
        if self.error is not None:
            raise self.error()

    def _encode(self, request: requests.Request) -> None:
        self.check()
        try:
            msgspec.convert(msgspec.to_builtins(request), type(request))
        except msgspec.ValidationError as error:
            raise RequestRefused("bad_message", f"not a request: {error}; see docs/protocol.md") from error
        self.outgoing += wire.encode(request)

    def feed(self, data: bytes, fds: list[int]) -> None:
        """Process bytes read from the socket; empty: the daemon has closed the connection."""
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
            what = (
                f"the daemon at {self.path} sent a message that this client cannot read ({error}); update the older one"
            )
            self.terminate(partial(DaemonUnreachable, what))

    def terminate(self, make_error: ErrorFactory) -> None:
        """End the session: every pending reply, utterance and subscription fails with this error."""
        if self.error is not None:
            return
        self.error = make_error = self._close_reason or make_error
        self.outgoing.clear()
        close_all(self._descriptors)
        self._descriptors.clear()
        for reply in self._pending.values():
            reply.settle(None, make_error)
        self._pending.clear()
        for utterance in self.utterances:
            utterance._on_connection_lost(make_error)
        for sink in list(self.event_sinks):
            sink._on_connection_lost(make_error)

    def _on_event(self, event: m.Event) -> None:
        self._close_reason = None
        ref = getattr(event, "ref", 0)
        reply = self._pending.pop(ref, None)
        if isinstance(event, m.Error):
            self._on_refusal(event, reply)
            return
        if isinstance(event, m.Queued):
            if ref:  # 0: another client's utterance
                self._on_queued(event.id, reply)
        elif isinstance(event, m.Loading | m.Started | m.Mark | m.Audio | m.Finished):
            self._dispatch(event)
        elif isinstance(event, Profiled) and self._descriptors:
            with open(self._descriptors.pop(0), "rb") as file:
                if reply is not None and reply.wanted:
                    file.seek(0)  # its writer has the same position
                    reply.content = file.read()
        if isinstance(event, _SUBSCRIBED) and not (isinstance(event, m.Paused) and ref):
            for sink in list(self.event_sinks):
                sink._on_event(event)
        if reply is not None:
            reply.settle(event)

    def _on_queued(self, number: int, reply: PendingReply | None) -> None:
        if reply is None or not reply.wanted:
            self.fire_and_forget(requests.Cancel(ids=[number]))
        elif reply.make_utterance is not None:
            reply.utterance = self._utterances[number] = reply.make_utterance(number)

    def _dispatch(self, event: m.Loading | m.Started | m.Mark | m.Audio | m.Finished) -> None:
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

    def _on_refusal(self, event: m.Error, reply: PendingReply | None) -> None:
        make_error = partial(RequestRefused, event.code, event.message, retryable=event.retryable, field=event.field)
        if event.ref == 0:
            self._close_reason = make_error  # unless another event follows
            if self._pending:  # the daemon could not read the request: the oldest unanswered one
                reply = self._pending.pop(next(iter(self._pending)))
        if reply is not None:
            reply.settle(None, make_error)
        elif event.ref < 0 and (utterance := self._utterances.get(-event.ref)) is not None:
            utterance._on_refusal(make_error())


def _decode(message: bytes) -> m.Event | None:
    """Decode an event; None if only newer versions of the protocol have it."""
    try:
        return wire.decode_event(message)
    except msgspec.ValidationError:
        if msgspec.msgpack.decode(message, type=dict[str, Any]).get("type") in _KNOWN:
            raise
        return None

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

from steadyvoice.client.errors import DaemonUnreachable, RequestRefused, Why
from steadyvoice.client.speech import Speech
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import wire
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import WireError

WARM_UP_S: Final = 60.0
"""So much longer than any other answer may that of a daemon take which is getting ready to speak."""
_EVENT_BYTES: Final = 16 << 20
_KNOWN: Final = frozenset(kind.__struct_config__.tag for kind in get_args(m.Event))
_WAITS_FOR_READY: Final = (m.Speak, m.Voices, m.Converters)
_FOLLOWED: Final = (m.Queued, m.Started, m.Mark, m.Finished, m.Paused)

Make = Callable[[int], Speech[Any]]


class Follower(Protocol):
    """Who hears of everybody's utterances."""

    def _hear(self, event: m.Event) -> None: ...

    def _lose(self, why: Why) -> None: ...


class Answer:
    """What the daemon says to one request, once it has."""

    def __init__(self, request: m.Request, make: Make | None, settled: Callable[[], None]) -> None:
        self.request, self.make = request, make
        self.event: m.Event | None = None
        self.utterance: Speech[Any] | None = None
        """Made by ``make`` where it was queued."""
        self.refused: Why | None = None
        self.wanted = True
        self._settled = settled

    @property
    def is_there(self) -> bool:
        return self.event is not None or self.refused is not None

    def settle(self, event: m.Event | None, refused: Why | None = None) -> None:
        self.event, self.refused = event, refused
        self._settled()


class Session:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.outgoing = bytearray()
        """To be sent, in this order."""
        self.lost: Why | None = None
        """Why it is over, once it is."""
        self.followers: WeakSet[Follower] = WeakSet()
        self._refs = itertools.count(1)
        self._answers: dict[int, Answer] = {}
        self._utterances: WeakValueDictionary[int, Speech[Any]] = WeakValueDictionary()
        self._errands: deque[m.Request] = deque()
        self._frames = wire.MessageReader(_EVENT_BYTES)
        self._fds: list[int] = []
        """Descriptors received whose message is not yet whole."""
        self._parting: Why | None = None
        """What was said last, where nobody has asked for it: why the daemon hangs up."""

    @property
    def utterances(self) -> list[Speech[Any]]:
        """Those that somebody still has and that are not over."""
        return list(self._utterances.values())

    def ask(self, request: m.Request, make: Make | None = None, settled: Callable[[], None] = lambda: None) -> Answer:
        """Queue a request. make: makes the utterance from its number, before its first event is heard.

        RequestRefused where it is no request; what ended the session where it is over.
        """
        ref = next(self._refs)
        self._put(msgspec.structs.replace(request, ref=ref))
        self._answers[ref] = answer = Answer(request, make, settled)
        return answer

    def tell(self, request: m.Append | m.Finish) -> None:
        """Queue text. It is answered only where it is refused, and then by the utterance's number below zero."""
        self._put(msgspec.structs.replace(request, ref=-request.id))

    def later(self, request: m.Request) -> None:
        """Queue a request whose answer nobody wants; from anywhere, also from the garbage collector."""
        self._errands.append(request)

    def prepare(self) -> None:
        """Before sending: what was left for later goes too."""
        while self._errands and self.lost is None:
            self._put(msgspec.structs.replace(self._errands.popleft(), ref=next(self._refs)))

    def forget(self, answer: Answer) -> None:
        """Who asked has gone. What is queued in answer is cancelled."""
        answer.wanted = False
        if answer.utterance is not None:
            self.later(m.Cancel(ids=[answer.utterance.id]))

    def patience(self, timeout: float) -> float:
        """How long the last request's answer may take: they are carried out one after the other."""
        waits = any(isinstance(answer.request, _WAITS_FOR_READY) for answer in self._answers.values())
        return timeout + WARM_UP_S if waits else timeout

    def check(self) -> None:
        """What has ended the session is raised, if it is over."""
        if self.lost is not None:
            raise self.lost()

    def _put(self, request: m.Request) -> None:
        self.check()
        try:
            msgspec.convert(msgspec.to_builtins(request), type(request))
        except msgspec.ValidationError as error:
            raise RequestRefused("bad_message", f"not a request: {error}; see docs/protocol.md") from error
        self.outgoing += wire.encode(request)

    def feed(self, data: bytes, fds: list[int]) -> None:
        """What was read from the socket; no bytes: the daemon has closed it."""
        self._fds += fds
        if not data:
            self.lose(partial(DaemonUnreachable, f"the daemon at {self.path} has gone away; start one: svd"))
            return
        self._frames.feed(data)
        try:
            while self.lost is None and (message := self._frames.next()) is not None:
                if (event := _decode(message)) is not None:
                    self._hear(event)
        except (WireError, msgspec.MsgspecError) as error:
            what = f"the daemon at {self.path} says what this client cannot read ({error}); update the older of the two"
            self.lose(partial(DaemonUnreachable, what))

    def lose(self, why: Why) -> None:
        """It is over: whoever waits for an answer or an event is told why."""
        if self.lost is not None:
            return
        self.lost = why = self._parting or why
        self.outgoing.clear()
        close_all(self._fds)
        self._fds.clear()
        for answer in self._answers.values():
            answer.settle(None, why)
        self._answers.clear()
        for utterance in self.utterances:
            utterance._lose(why)
        for follower in list(self.followers):
            follower._lose(why)

    def _hear(self, event: m.Event) -> None:
        self._parting = None
        ref = getattr(event, "ref", 0)
        answer = self._answers.pop(ref, None)
        if isinstance(event, m.Error):
            self._refuse(event, answer)
            return
        if isinstance(event, m.Queued):
            if ref:  # else it is somebody else's
                self._queued(event.id, answer)
        elif isinstance(event, m.Started | m.Mark | m.Audio | m.Finished):
            self._pass_on(event)
        if isinstance(event, _FOLLOWED) and not (isinstance(event, m.Paused) and ref):
            for follower in list(self.followers):
                follower._hear(event)
        if answer is not None:
            answer.settle(event)

    def _queued(self, number: int, answer: Answer | None) -> None:
        if answer is None or not answer.wanted:
            self.later(m.Cancel(ids=[number]))
        elif answer.make is not None:
            answer.utterance = self._utterances[number] = answer.make(number)

    def _pass_on(self, event: m.Started | m.Mark | m.Audio | m.Finished) -> None:
        fds: list[int] = []
        if isinstance(event, m.Started) and event.ring:
            fds, self._fds = self._fds[:3], self._fds[3:]
        utterance = self._utterances.get(event.id)
        if utterance is None:
            close_all(fds)
        else:
            utterance._hear(event, fds)
        if isinstance(event, m.Finished):
            self._utterances.pop(event.id, None)

    def _refuse(self, event: m.Error, answer: Answer | None) -> None:
        why = partial(RequestRefused, event.code, event.message, retryable=event.retryable, field=event.field)
        if event.ref == 0:
            self._parting = why  # unless more comes
            if self._answers:  # not read so far: it is the oldest that has no answer
                answer = self._answers.pop(next(iter(self._answers)))
        if answer is not None:
            answer.settle(None, why)
        elif event.ref < 0 and (utterance := self._utterances.get(-event.ref)) is not None:
            utterance._refuse(why())


def _decode(message: bytes) -> m.Event | None:
    """None for an event that only later versions of the protocol have."""
    try:
        return wire.decode_event(message)
    except msgspec.ValidationError:
        if msgspec.msgpack.decode(message, type=dict[str, Any]).get("type") in _KNOWN:
            raise
        return None

"""A client's session without a socket: what it has sent, and events as if from the daemon."""

import os
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from steadyvoice.client.samples import Samples
from steadyvoice.client.session import Session
from steadyvoice.client.utterance_base import UtteranceBase
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests, ring, wire


class RequestSender:
    """A connection that sends only through the session's queue."""

    def __init__(self, session: Session) -> None:
        self.fire_and_forget = session.fire_and_forget


U = TypeVar("U", bound=UtteranceBase[RequestSender])


def sent(session: Session) -> list[requests.Request]:
    """The requests queued for the daemon so far."""
    session.flush_deferred()
    frames = wire.MessageReader(1 << 20)
    frames.feed(bytes(session.outgoing))
    session.outgoing.clear()
    return [wire.decode_request(message, json=False) for message in iter(frames.next, None)]


def receive(session: Session, *events: m.Event) -> None:
    session.feed(b"".join(map(wire.encode, events)), [])


def queue(session: Session, number: int, *, open: bool = False) -> UtteranceBase[RequestSender]:
    """An utterance on the sound device that the daemon has queued."""
    return _queued(session, number, requests.Speak(text="Hello.", open=open), UtteranceBase)


def queue_stream(session: Session, number: int, *, inline: bool = False) -> Samples[RequestSender]:
    """Likewise, with samples for this client."""
    return _queued(session, number, requests.Speak(text="Hello.", sink="pcm", inline=inline), Samples)


def _queued(session: Session, number: int, request: requests.Speak, kind: Callable[[RequestSender, int, bool], U]) -> U:
    made: list[U] = []

    def make(given: int) -> U:
        made.append(kind(RequestSender(session), given, request.open))
        return made[0]

    answer = session.ask(request, make)
    receive(session, m.Queued(sent(session)[-1].ref, number))
    assert answer.utterance is made[0]
    return made.pop()


def take(stream: Samples[RequestSender]) -> NDArray[np.float32] | NDArray[np.int16]:
    block = stream.take()
    assert block is not None
    return block


def ring_fds() -> list[int]:
    """The descriptors sent with ``started``; the receiver must close them."""
    return [ring.create("test", 4, 64), *(os.eventfd(0, os.EFD_NONBLOCK) for _ in "bb")]


def are_open(fds: list[int]) -> list[bool]:
    return [os.path.exists(f"/proc/self/fd/{fd}") for fd in fds]

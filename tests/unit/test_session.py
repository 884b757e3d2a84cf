"""Session (client/session.py): the protocol state of both Python clients, for any splitting of the bytes."""

import gc
import os
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.client_session import RequestSender, are_open, queue, queue_stream, receive, ring_fds, sent, take

from steadyvoice.client.errors import DaemonUnreachable, RequestRefused
from steadyvoice.client.session import READY_TIMEOUT_S, PendingReply, Session
from steadyvoice.client.utterance_base import UtteranceBase
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests, wire


@pytest.fixture
def session() -> Session:
    return Session(Path("/nowhere"))


EVENTS: list[m.Started | m.Queued | m.Mark | m.Finished] = [
    m.Started(1, 24000),
    m.Queued(0, 7),  # another client's utterance, as a subscriber receives it
    m.Mark(1, 0, 5, 0.1),
    m.Mark(7, 0, 5, 0.1),
    m.Mark(1, 6, 11, 0.5),
    m.Finished(7, "done", 5, 1.0),
    m.Finished(1, "cancelled", 11, 1.0),
]


@given(st.lists(st.integers(0, 400)))
def test_messages_split_at_any_byte(cuts: list[int]) -> None:
    session = Session(Path("/nowhere"))
    utterance = queue(session, 1)
    data = b"".join(map(wire.encode, EVENTS))
    bounds = [0, *sorted(cut for cut in cuts if 0 < cut < len(data)), len(data)]
    for start, end in pairwise(bounds):
        if start < end:
            session.feed(data[start:end], [])
    assert utterance._events == [event for event in EVENTS if event.id == 1 and not isinstance(event, m.Queued)]
    assert [mark.start for mark in utterance.marks] == [0, 6]
    assert utterance.heard == 11
    assert utterance._is_finished()


def test_replies_are_matched_to_requests(session: Session) -> None:
    asked: list[requests.Request] = [requests.Status(), requests.Voices(), requests.Pause()]
    answers = [session.ask(request) for request in asked]
    status, voices, pause = (request.ref for request in sent(session))
    receive(session, m.Paused(pause, True), m.Error(voices, "stage_failed", "no"), m.StatusReply(status, {"pid": 1}))
    assert [answer.event for answer in answers] == [m.StatusReply(status, {"pid": 1}), None, m.Paused(pause, True)]
    assert answers[1].refused is not None
    error = answers[1].refused()
    assert isinstance(error, RequestRefused)
    assert (error.code, str(error), error.retryable) == ("stage_failed", "no", False)


def test_descriptors_are_matched_to_messages(session: Session) -> None:
    first, second = queue_stream(session, 1), queue_stream(session, 2)
    before = os.listdir("/proc/self/fd")
    mine, unwanted, other = ring_fds(), ring_fds(), ring_fds()
    data = [wire.encode(m.Started(number, 24000, ring=True)) for number in (1, 3, 2)]
    session.feed(data[0] + data[1][:3], mine + unwanted[:1])
    session.feed(data[1][3:], unwanted[1:])
    session.feed(data[2], other)
    assert (first.waits_on, second.waits_on) == (mine[1:2], other[1:2])
    assert not any(are_open(unwanted[1:]))
    assert all(are_open([*mine[1:], *other[1:]]))
    receive(session, m.Finished(1, "done", 6, 1.0), m.Finished(2, "cancelled", 0, 0.0))
    assert os.listdir("/proc/self/fd") == before
    assert first.take() is second.take() is None


def test_missing_descriptors_are_reported(session: Session) -> None:
    """The kernel drops descriptors beyond the process limit."""
    stream, fds = queue_stream(session, 1), ring_fds()
    os.close(fds.pop())
    session.feed(wire.encode(m.Started(1, 24000, ring=True)), fds)
    with pytest.raises(Exception, match="ulimit -n"):
        stream._is_finished()
    assert not any(are_open(fds))
    assert [type(request) for request in sent(session)] == [requests.Cancel]


def test_a_ring_that_cannot_be_read_fails_its_stream_alone(session: Session) -> None:
    stream, other = queue_stream(session, 1), queue(session, 2)
    fds = [os.memfd_create("no ring"), *ring_fds()[1:]]
    session.feed(wire.encode(m.Started(1, 24000, ring=True)), fds)
    with pytest.raises(Exception, match="cannot read the samples"):
        stream._is_finished()
    assert not any(are_open(fds))
    assert not other._is_finished()


def test_refused_text_is_reported_once_by_its_utterance(session: Session) -> None:
    utterance, other = queue(session, 1, open=True), queue(session, 2, open=True)
    for number in (1, 2, 1):
        session.send(requests.Append(id=number, text="more"))
    refs = [request.ref for request in sent(session)]
    receive(session, m.Error(refs[0], "text_too_long", "too long"), m.Error(refs[2], "text_too_long", "again"))
    assert not other._is_finished()
    with pytest.raises(RequestRefused, match="too long"):
        utterance._is_finished()
    assert not utterance._is_finished()


def test_refused_text_of_a_finished_utterance_is_ignored(session: Session) -> None:
    utterance = queue(session, 1, open=True)
    session.send(requests.Append(id=1, text="more"))
    (append,) = sent(session)
    receive(session, m.Finished(1, "cancelled", 0, 0.0), m.Error(append.ref, "unknown_utterance", "there is none"))
    assert utterance._is_finished()


def test_an_invalid_request_is_not_sent(session: Session) -> None:
    with pytest.raises(RequestRefused, match="rate") as refused:
        session.ask(requests.Speak(text="Hello.", rate="fast"))  # type: ignore[arg-type]
    assert refused.value.code == "bad_message"
    with pytest.raises(RequestRefused, match="text"):
        session.send(requests.Append(id=1, text=5))  # type: ignore[arg-type]
    assert sent(session) == []


def test_a_refusal_without_a_number_belongs_to_the_oldest_request(session: Session) -> None:
    """A daemon older than this client cannot read the request number."""
    old, young = session.ask(requests.Pause()), session.ask(requests.Status())
    receive(session, m.Error(0, "bad_message", "not a request"))
    assert (old.is_settled, young.is_settled) == (True, False)


def test_an_error_before_the_close_is_the_close_reason(session: Session) -> None:
    receive(session, m.Error(0, "too_many_clients", "there are 64 clients already", retryable=True))
    session.feed(b"", [])
    with pytest.raises(RequestRefused, match="64 clients") as refused:
        session.ask(requests.Status())
    assert refused.value.retryable


def test_the_close_reason_also_fails_a_request_sent_before_the_close(session: Session) -> None:
    first = session.ask(requests.Status())
    receive(session, m.Error(0, "too_many_clients", "there are 64 clients already", retryable=True))
    second = session.ask(requests.Status())
    session.feed(b"", [])
    assert first.refused is second.refused
    assert session.error is not None
    assert isinstance(session.error(), RequestRefused)


def test_an_earlier_refusal_is_not_the_close_reason(session: Session) -> None:
    receive(session, m.Error(0, "bad_message", "not a request"), m.Mark(7, 0, 5, 0.1))
    session.feed(b"", [])
    assert session.error is not None
    assert isinstance(session.error(), DaemonUnreachable)


def test_a_lost_connection_fails_everything_pending(session: Session) -> None:
    over, utterance = queue(session, 1), queue(session, 2)
    receive(session, m.Finished(1, "done", 6, 1.0))
    answer = session.ask(requests.Status())
    session.feed(b"", [])
    assert over._is_finished()
    with pytest.raises(DaemonUnreachable, match="/nowhere has gone away"):
        utterance._is_finished()
    assert answer.refused is not None
    for ask in (lambda: session.ask(requests.Status()), lambda: session.send(requests.Finish(id=2))):
        with pytest.raises(DaemonUnreachable, match="/nowhere has gone away"):
            ask()
    session.fire_and_forget(requests.Pause())
    assert sent(session) == []


def test_unknown_events_and_fields_are_ignored(session: Session) -> None:
    utterance = queue(session, 1)
    for event in ({"type": "dreamt", "id": 1}, {"type": "started", "id": 1, "sample_rate": 24000, "mood": "good"}):
        data = msgspec.msgpack.encode(event)
        session.feed(len(data).to_bytes(4, "little") + data, [])
    assert utterance.started == m.Started(1, 24000)


@pytest.mark.parametrize(
    "data",
    [b"\xff\xff\xff\xff", b"\x01\0\0\0\xc1", b"\x01\0\0\0\x05", b"\x0e\0\0\0\x81\xa4type\xa7started", b"HTTP/1.1 400"],
)
def test_undecodable_data_ends_the_session(session: Session, data: bytes) -> None:
    session.feed(data, [])
    with pytest.raises(DaemonUnreachable, match="cannot read"):
        session.check()


def test_an_abandoned_request_is_cancelled(session: Session) -> None:
    def ask() -> PendingReply:
        return session.ask(
            requests.Speak(text="Hello."), lambda number: UtteranceBase(RequestSender(session), number, False)
        )

    before, after = ask(), ask()
    first, second = sent(session)
    session.abandon(before)
    receive(session, m.Queued(first.ref, 1), m.Queued(second.ref, 2))
    session.abandon(after)
    assert [request.ids for request in sent(session) if isinstance(request, requests.Cancel)] == [[1], [2]]


def test_an_unreferenced_stream_is_cancelled_and_device_speech_is_not(session: Session) -> None:
    stream, speech, fds = queue_stream(session, 1), queue(session, 2), ring_fds()
    session.feed(wire.encode(m.Started(1, 24000, ring=True)), fds)
    del stream, speech
    gc.collect()
    assert not any(are_open(fds))
    assert sent(session)[:] == [requests.Cancel(ref=3, ids=[1])]
    receive(session, m.Mark(1, 0, 5, 0.1), m.Finished(1, "cancelled", 5, 0.1), m.Finished(2, "done", 6, 1.0))
    assert session.utterances == []


def test_inline_samples(session: Session) -> None:
    stream = queue_stream(session, 1, inline=True)
    receive(session, m.Started(1, 16000, format="s16"), m.Audio(1, 0, b"\1\0\xff\xff"), m.Audio(1, 2, b"\0\x80"))
    receive(session, m.Finished(1, "done", 6, 1.0))
    taken = [take(stream), take(stream)]
    assert [(block.dtype.name, block.tolist()) for block in taken] == [("int16", [1, -1]), ("int16", [-32768])]
    assert stream.take() is None


def test_inline_samples_are_dropped_on_cancel(session: Session) -> None:
    stream = queue_stream(session, 1, inline=True)
    receive(session, m.Started(1, 16000), m.Audio(1, 0, b"\0\0\x80\x3f"), m.Audio(1, 1, bytes(4)))
    assert take(stream).tolist() == [1.0]
    receive(session, m.Finished(1, "replaced", 0, 0.0))
    assert stream.take() is None


def test_reply_timeout_is_longer_behind_a_request_that_waits_for_readiness(session: Session) -> None:
    session.ask(requests.Status())
    assert session.reply_timeout_s(1.0) == 1.0
    answer = session.ask(requests.Speak(text="Hello."))
    session.ask(requests.Status())
    assert session.reply_timeout_s(1.0) == 1.0 + READY_TIMEOUT_S
    receive(session, m.Queued(sent(session)[1].ref, 1))
    assert answer.is_settled
    assert session.reply_timeout_s(1.0) == 1.0


def test_settled_requests_leave_no_state(session: Session) -> None:
    for number in range(1, 4):
        utterance = queue(session, number, open=True)
        session.send(requests.Append(id=number, text="more"))
        receive(session, m.Finished(number, "done", 6, 1.0))
        assert utterance._is_finished()
    assert not session._pending
    assert not session._utterances
    assert not session._descriptors

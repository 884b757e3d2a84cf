"""Session (client/session.py): what both Python clients make of the daemon's bytes, however they come."""

import gc
import os
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.errors import DaemonUnreachable, RequestRefused
from steadyvoice.client.samples import Samples
from steadyvoice.client.session import WARM_UP_S, Answer, Session
from steadyvoice.client.speech import Speech
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import ring, wire


class Errands:
    """A connection that never has anything to send."""

    def __init__(self, session: Session) -> None:
        self.later = session.later


@pytest.fixture
def session() -> Session:
    return Session(Path("/nowhere"))


def sent(session: Session) -> list[m.Request]:
    """What goes to the daemon now."""
    session.prepare()
    frames = wire.MessageReader(1 << 20)
    frames.feed(bytes(session.outgoing))
    session.outgoing.clear()
    return [wire.decode_request(message, json=False) for message in iter(frames.next, None)]


def say(session: Session, *events: m.Event) -> None:
    session.feed(b"".join(map(wire.encode, events)), [])


def queue(session: Session, number: int, kind: type[Speech[Errands]] = Speech, **options: object) -> Speech[Errands]:
    request = m.Speak(text="Hello.", **options)
    answer = session.ask(request, lambda given: kind(Errands(session), given, request.open))
    say(session, m.Queued(sent(session)[-1].ref, number))
    assert answer.utterance is not None
    return answer.utterance


def ring_fds() -> list[int]:
    """As they come with ``started``: they are whoever's to close who gets them."""
    return [ring.create("test", 4, 64), *(os.eventfd(0, os.EFD_NONBLOCK) for _ in "bb")]


def are_open(fds: list[int]) -> list[bool]:
    return [os.path.exists(f"/proc/self/fd/{fd}") for fd in fds]


STORY = [
    m.Started(1, 24000),
    m.Queued(0, 7),  # another client's, as a follower hears it
    m.Mark(1, 0, 5, 0.1),
    m.Mark(7, 0, 5, 0.1),
    m.Mark(1, 6, 11, 0.5),
    m.Finished(7, "done", 5, 1.0),
    m.Finished(1, "cancelled", 11, 1.0),
]


@given(st.lists(st.integers(0, 400)))
def test_bytes_may_be_cut_anywhere(cuts: list[int]) -> None:
    session = Session(Path("/nowhere"))
    utterance = queue(session, 1)
    data = b"".join(map(wire.encode, STORY))
    bounds = [0, *sorted(cut for cut in cuts if 0 < cut < len(data)), len(data)]
    for start, end in pairwise(bounds):
        if start < end:
            session.feed(data[start:end], [])
    assert utterance._told == [event for event in STORY if event.id == 1 and not isinstance(event, m.Queued)]
    assert [mark.start for mark in utterance.marks] == [0, 6]
    assert utterance.heard == 11
    assert utterance._over()


def test_answers_find_who_has_asked(session: Session) -> None:
    requests = [m.Status(), m.Voices(), m.Pause()]
    answers = [session.ask(request) for request in requests]
    status, voices, pause = (request.ref for request in sent(session))
    say(session, m.Paused(pause, True), m.Error(voices, "stage_failed", "no"), m.StatusReply(status, {"pid": 1}))
    assert [answer.event for answer in answers] == [m.StatusReply(status, {"pid": 1}), None, m.Paused(pause, True)]
    assert answers[1].refused is not None
    error = answers[1].refused()
    assert isinstance(error, RequestRefused)
    assert (error.code, str(error), error.retryable) == ("stage_failed", "no", False)


def test_descriptors_go_with_their_message(session: Session) -> None:
    first, second = queue(session, 1, Samples, sink="pcm"), queue(session, 2, Samples, sink="pcm")
    before = os.listdir("/proc/self/fd")
    mine, unwanted, other = ring_fds(), ring_fds(), ring_fds()
    data = [wire.encode(m.Started(number, 24000, ring=True)) for number in (1, 3, 2)]
    session.feed(data[0] + data[1][:3], mine + unwanted[:1])
    session.feed(data[1][3:], unwanted[1:])
    session.feed(data[2], other)
    assert (first.waits_on, second.waits_on) == (mine[1:2], other[1:2])
    assert not any(are_open(unwanted[1:]))
    assert all(are_open([*mine[1:], *other[1:]]))
    say(session, m.Finished(1, "done", 6, 1.0), m.Finished(2, "cancelled", 0, 0.0))
    assert os.listdir("/proc/self/fd") == before
    assert first.take() is second.take() is None


def test_who_has_no_room_for_descriptors_is_told(session: Session) -> None:
    """The kernel then keeps them back."""
    stream, fds = queue(session, 1, Samples, sink="pcm"), ring_fds()
    os.close(fds.pop())
    session.feed(wire.encode(m.Started(1, 24000, ring=True)), fds)
    with pytest.raises(Exception, match="ulimit -n"):
        stream._over()
    assert not any(are_open(fds))
    assert [type(request) for request in sent(session)] == [m.Cancel]


def test_a_ring_that_cannot_be_read_fails_its_stream_alone(session: Session) -> None:
    stream, other = queue(session, 1, Samples, sink="pcm"), queue(session, 2)
    fds = [os.memfd_create("no ring"), *ring_fds()[1:]]
    session.feed(wire.encode(m.Started(1, 24000, ring=True)), fds)
    with pytest.raises(Exception, match="cannot read the samples"):
        stream._over()
    assert not any(are_open(fds))
    assert not other._over()


def test_refused_text_comes_back_to_its_utterance_once(session: Session) -> None:
    utterance, other = queue(session, 1, open=True), queue(session, 2, open=True)
    for number in (1, 2, 1):
        session.tell(m.Append(id=number, text="more"))
    refs = [request.ref for request in sent(session)]
    say(session, m.Error(refs[0], "text_too_long", "too long"), m.Error(refs[2], "text_too_long", "again"))
    assert not other._over()
    with pytest.raises(RequestRefused, match="too long"):
        utterance._over()
    assert not utterance._over()


def test_refused_text_of_one_that_is_over_is_no_news(session: Session) -> None:
    utterance = queue(session, 1, open=True)
    session.tell(m.Append(id=1, text="more"))
    (append,) = sent(session)
    say(session, m.Finished(1, "cancelled", 0, 0.0), m.Error(append.ref, "unknown_utterance", "there is none"))
    assert utterance._over()


def test_what_is_no_request_is_not_sent(session: Session) -> None:
    with pytest.raises(RequestRefused, match="rate") as refused:
        session.ask(m.Speak(text="Hello.", rate="fast"))
    assert refused.value.code == "bad_message"
    with pytest.raises(RequestRefused, match="text"):
        session.tell(m.Append(id=1, text=5))
    assert sent(session) == []


def test_a_refusal_without_number_is_of_the_oldest(session: Session) -> None:
    """A daemon that is older than this client knows no more of it."""
    old, young = session.ask(m.Pause()), session.ask(m.Status())
    say(session, m.Error(0, "bad_message", "not a request"))
    assert (old.is_there, young.is_there) == (True, False)


def test_what_the_daemon_says_before_it_hangs_up_is_the_reason(session: Session) -> None:
    say(session, m.Error(0, "too_many_clients", "there are 64 clients already", retryable=True))
    session.feed(b"", [])
    with pytest.raises(RequestRefused, match="64 clients") as refused:
        session.ask(m.Status())
    assert refused.value.retryable


def test_so_it_is_for_who_asks_before_it_has_hung_up(session: Session) -> None:
    first = session.ask(m.Status())
    say(session, m.Error(0, "too_many_clients", "there are 64 clients already", retryable=True))
    second = session.ask(m.Status())
    session.feed(b"", [])
    assert first.refused is second.refused
    assert isinstance(session.lost(), RequestRefused)


def test_a_refusal_is_not_the_reason_where_the_daemon_has_gone_on(session: Session) -> None:
    say(session, m.Error(0, "bad_message", "not a request"), m.Mark(7, 0, 5, 0.1))
    session.feed(b"", [])
    assert isinstance(session.lost(), DaemonUnreachable)


def test_all_who_wait_hear_that_the_daemon_has_gone(session: Session) -> None:
    over, utterance = queue(session, 1), queue(session, 2)
    say(session, m.Finished(1, "done", 6, 1.0))
    answer = session.ask(m.Status())
    session.feed(b"", [])
    assert over._over()
    with pytest.raises(DaemonUnreachable, match="/nowhere has gone away"):
        utterance._over()
    assert answer.refused is not None
    for ask in (lambda: session.ask(m.Status()), lambda: session.tell(m.Finish(id=2))):
        with pytest.raises(DaemonUnreachable, match="/nowhere has gone away"):
            ask()
    session.later(m.Pause())
    assert sent(session) == []


def test_what_later_versions_say_is_skipped(session: Session) -> None:
    utterance = queue(session, 1)
    for event in ({"type": "dreamt", "id": 1}, {"type": "started", "id": 1, "sample_rate": 24000, "mood": "good"}):
        data = msgspec.msgpack.encode(event)
        session.feed(len(data).to_bytes(4, "little") + data, [])
    assert utterance.started == m.Started(1, 24000)


@pytest.mark.parametrize(
    "data",
    [b"\xff\xff\xff\xff", b"\x01\0\0\0\xc1", b"\x01\0\0\0\x05", b"\x0e\0\0\0\x81\xa4type\xa7started", b"HTTP/1.1 400"],
)
def test_what_cannot_be_read_ends_it(session: Session, data: bytes) -> None:
    session.feed(data, [])
    with pytest.raises(DaemonUnreachable, match="cannot read"):
        session.check()


def test_who_asked_and_left_leaves_nothing_queued(session: Session) -> None:
    def ask() -> Answer:
        return session.ask(m.Speak(text="Hello."), lambda number: Speech(Errands(session), number, False))

    before, after = ask(), ask()
    first, second = sent(session)
    session.forget(before)
    say(session, m.Queued(first.ref, 1), m.Queued(second.ref, 2))
    session.forget(after)
    assert [request.ids for request in sent(session) if isinstance(request, m.Cancel)] == [[1], [2]]


def test_a_stream_that_nobody_has_is_cancelled_and_speech_is_not(session: Session) -> None:
    stream, speech, fds = queue(session, 1, Samples, sink="pcm"), queue(session, 2), ring_fds()
    session.feed(wire.encode(m.Started(1, 24000, ring=True)), fds)
    del stream, speech
    gc.collect()
    assert not any(are_open(fds))
    assert [request.ids for request in sent(session)] == [[1]]
    say(session, m.Mark(1, 0, 5, 0.1), m.Finished(1, "cancelled", 5, 0.1), m.Finished(2, "done", 6, 1.0))
    assert session.utterances == []


def test_samples_in_the_socket(session: Session) -> None:
    stream = queue(session, 1, Samples, sink="pcm", inline=True)
    say(session, m.Started(1, 16000, format="s16"), m.Audio(1, 0, b"\1\0\xff\xff"), m.Audio(1, 2, b"\0\x80"))
    say(session, m.Finished(1, "done", 6, 1.0))
    taken = [stream.take(), stream.take()]
    assert [(block.dtype, block.tolist()) for block in taken] == [("int16", [1, -1]), ("int16", [-32768])]
    assert stream.take() is None


def test_samples_in_the_socket_are_dropped_when_silenced(session: Session) -> None:
    stream = queue(session, 1, Samples, sink="pcm", inline=True)
    say(session, m.Started(1, 16000), m.Audio(1, 0, b"\0\0\x80\x3f"), m.Audio(1, 1, bytes(4)))
    assert stream.take().tolist() == [1.0]
    say(session, m.Finished(1, "replaced", 0, 0.0))
    assert stream.take() is None


def test_patience_is_longer_behind_who_waits_for_the_daemon_to_be_ready(session: Session) -> None:
    session.ask(m.Status())
    assert session.patience(1.0) == 1.0
    answer = session.ask(m.Speak(text="Hello."))
    session.ask(m.Status())
    assert session.patience(1.0) == 1.0 + WARM_UP_S
    say(session, m.Queued(sent(session)[1].ref, 1))
    assert answer.is_there
    assert session.patience(1.0) == 1.0


def test_it_keeps_nothing_of_what_is_settled(session: Session) -> None:
    for number in range(1, 4):
        utterance = queue(session, number, open=True)
        session.tell(m.Append(id=number, text="more"))
        say(session, m.Finished(number, "done", 6, 1.0))
        assert utterance._over()
    assert not session._answers
    assert not session._utterances
    assert not session._fds

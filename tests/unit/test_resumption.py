"""When a stream is gone on with, where and from which sample; and how an HTTP answer says that it has ended early."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.chunked import BadBody, ChunkedBody
from steadyvoice.client.errors import DaemonUnreachable, RequestRefused, UtteranceFailed
from steadyvoice.client.resumption import RETRY_S, Resumption, is_of_one_daemon
from steadyvoice.ipc.errors import Code, SteadyvoiceError
from steadyvoice.ipc.messages import Finished

GONE = DaemonUnreachable("gone")


def refused(code: Code, *, retryable: bool = False) -> RequestRefused:
    return RequestRefused(code, "refused", retryable=retryable)


def failed(code: Code) -> UtteranceFailed:
    return UtteranceFailed(code, "failed", Finished(1, "error", 0, 0.0, code=code))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GONE, True),
        (refused("too_many_clients", retryable=True), True),
        (refused("stage_failed"), True),
        (refused("model_too_large"), True),
        (refused("unknown_voice"), False),
        (refused("out_of_range"), False),
        (failed("too_many_utterances"), True),
        (failed("stage_failed"), False),
        (failed("out_of_range"), False),
        (SteadyvoiceError("anything else"), False),
    ],
)
def test_what_another_daemon_may_do_better(error: SteadyvoiceError, expected: bool) -> None:
    assert is_of_one_daemon(error) == expected
    place = Resumption(2)
    if expected:
        assert place.failed(error, 0.0) == 0.0
    else:
        with pytest.raises(type(error)) as raised:
            place.failed(error, 0.0)
        assert raised.value is error


@pytest.mark.parametrize(
    ("daemons", "events", "daemon", "sample", "times", "waits"),
    [
        pytest.param(2, [100, 50], 0, 150, 0, [], id="whole"),
        pytest.param(2, [100, GONE, 50], 1, 150, 1, [0.0], id="the other goes on"),
        pytest.param(2, [100, GONE, 50, GONE, 1], 0, 151, 2, [0.0, 0.0], id="and the first again"),
        pytest.param(2, [100, GONE, GONE, 50], 0, 150, 1, [0.0, RETRY_S], id="all have failed: a wait"),
        pytest.param(1, [100, GONE, GONE, 50], 0, 150, 1, [RETRY_S, RETRY_S], id="one daemon that is started again"),
        pytest.param(3, [GONE, GONE, 50], 2, 50, 0, [0.0, 0.0], id="the first two were not there"),
    ],
)
def test_where_a_stream_goes_on(
    daemons: int, events: list[int | SteadyvoiceError], daemon: int, sample: int, times: int, waits: list[float]
) -> None:
    place = Resumption(daemons)
    waited = []
    for now, event in enumerate(events):
        if isinstance(event, int):
            place.received(event)
        else:
            waited.append(place.failed(event, float(now)))
    assert (place.daemon, place.sample, place.times, waited) == (daemon, sample, times, waits)


def test_it_is_given_up_after_a_time_without_a_sample_which_its_listener_does_not_use_up() -> None:
    place = Resumption(1, sample=7, give_up_s=10.0)
    place.received(100)
    place.failed(GONE, 1000.0)  # the listener may have paused before
    place.failed(GONE, 1009.0)
    place.received(1)
    place.failed(GONE, 1020.0)
    with pytest.raises(
        DaemonUnreachable, match=r"ended at sample 108: none .* in 10 s; the last one: gone"
    ) as given_up:
        place.failed(GONE, 1030.0)
    assert given_up.value.__cause__ is GONE


CHUNKS = st.lists(st.binary(min_size=1, max_size=40), max_size=5)


@given(CHUNKS, st.sampled_from([b"", b"Steadyvoice-Error: {}\r\nOther:  x \r\n"]), st.lists(st.integers(0, 300)))
def test_a_chunked_body_is_the_same_however_it_arrives(chunks: list[bytes], trailer: bytes, cuts: list[int]) -> None:
    sent = b"".join(b"%x;of=it\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailer + b"\r\n"
    places = sorted({0, len(sent), *(min(cut, len(sent)) for cut in cuts)})
    body = ChunkedBody()
    pieces = [sent[a:b] for a, b in pairwise(places)]
    received = []
    for piece in pieces:
        assert not body.has_ended
        received.append(body.feed(piece))
    assert b"".join(received) == b"".join(chunks)
    assert body.has_ended
    assert body.trailer == ({"steadyvoice-error": "{}", "other": "x"} if trailer else {})


@pytest.mark.parametrize("sent", [b"\r\n", b"audio\r\n", b"x" * (1 << 17)])
def test_what_is_no_chunked_body(sent: bytes) -> None:
    with pytest.raises(BadBody):
        ChunkedBody().feed(sent)

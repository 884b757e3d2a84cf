"""A trace is made of what the daemon knows and of the records; which utterances are in it; the trace context."""

import pytest
from support.traces import STAGES, recorder, slot

from steadyvoice.daemon.tracing import gather
from steadyvoice.daemon.tracing.known import KEPT, Known, Recent
from steadyvoice.ipc import flight_recorder as fr
from steadyvoice.ipc.traces import DeviceEvent, Gap, is_traceparent

MS = 1_000_000
ORIGIN = 10**12


def known(number: int = 7, **more: object) -> Known:
    values = {"received_ns": ORIGIN, "rate": 48000, "admitted_ns": ORIGIN + MS}
    return Known(number, "speech", "device", STAGES, **(values | more))  # type: ignore[arg-type]


def times(at_ms: int) -> list[int]:
    return [ORIGIN + (at_ms + each) * MS for each in range(6)]


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", True),
        ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", True),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", False),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", False),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", False),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", False),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", False),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n", False),
        ("", False),
    ],
)
def test_trace_context(value: str, valid: bool) -> None:
    assert is_traceparent(value) == valid


def test_times_are_microseconds_after_one_origin() -> None:
    with recorder() as (writer, reader, _):
        writer.event(fr.OPENED, ORIGIN + 2 * MS)
        writer.block(slot(7, 0, times(3)), ORIGIN + 9 * MS)
        writer.written(ORIGIN + 10 * MS, 0, ORIGIN + 12 * MS)
        writer.block(slot(7, 1, times(4)), ORIGIN + 11 * MS)
        writer.underrun(7, ORIGIN + 20 * MS, ORIGIN + 30 * MS, 1)
        writer.block(slot(8, 1, times(4)), ORIGIN + 11 * MS)  # of an utterance that nobody asked for
        gathering = gather.Gathering([known(first_ns=ORIGIN + 9 * MS)])
        for record in reader.snapshot().records(gathering.ids):
            gathering.add(record)
    trace = gathering.trace(ORIGIN + 50 * MS, 77 * MS, "asked")
    assert (trace.origin_ns, trace.now, trace.unix_ns, trace.why) == (ORIGIN - 1000, 50_001, 27 * MS - 1000, "asked")
    [utterance] = trace.utterances
    assert (utterance.received, utterance.admitted, utterance.first_audio, utterance.ended) == (1, 1001, 9001, 0)
    assert utterance.gaps == [Gap(20_001, 30_001, "vocoder")]
    assert utterance.blocks == "all"
    assert trace.events == [DeviceEvent(2001, "opened")]
    first, second = trace.blocks
    assert first.times == [3001, 4001, 5001, 6001, 7001, 8001, 9001, 10_001]
    assert (first.due, first.heard, second.times[6:]) == (0, 12_001, [11_001, 0])


def test_without_its_first_block_an_utterance_is_known_in_part() -> None:
    with recorder() as (writer, reader, _):
        writer.block(slot(7, 5, times(3)), ORIGIN + 9 * MS)
        trace = gather.whole([known()], reader.snapshot().records({7}), "")
    assert [utterance.blocks for utterance in trace.utterances] == ["some"]


def test_of_a_stream_the_first_and_the_last_block_are_known() -> None:
    ends = {"first": [*times(3), 0, 0], "last": [*times(90), 0, 0]}
    stream = Known(7, "speech", "pcm", STAGES[:3], ORIGIN, 24000, ends=ends, gaps=[(ORIGIN, ORIGIN + MS, "converter")])
    trace = gather.whole([stream], (), "")
    assert [block.times[:2] for block in trace.blocks] == [[3001, 4001], [90_001, 91_001]]
    [utterance] = trace.utterances
    assert (utterance.blocks, utterance.gaps) == ("ends", [Gap(1, 1001, "converter")])


@pytest.mark.parametrize(
    ("number", "since_ms", "chosen"),
    [(2, 0, [2]), (9, 0, []), (0, 0, [3]), (0, 25, [2, 3, 4]), (0, 35, [3, 4]), (0, 99, [3, 4])],
)
def test_which_utterances_are_chosen(number: int, since_ms: int, chosen: list[int]) -> None:
    """1 and 2 are over, 3 is spoken, 4 waits."""
    all_known = [
        known(1, received_ns=ORIGIN, ended_ns=ORIGIN + 20 * MS),
        known(2, received_ns=ORIGIN + 10 * MS, ended_ns=ORIGIN + 30 * MS),
        known(3, received_ns=ORIGIN + 20 * MS),
        known(4, received_ns=ORIGIN + 25 * MS, admitted_ns=0),
    ]
    since_ns = ORIGIN + since_ms * MS if since_ms else 0
    assert [each.id for each in gather.chosen(all_known, number, since_ns)] == chosen


def test_the_latest_are_remembered() -> None:
    recent = Recent()
    for number in range(KEPT + 5):
        recent.add(known(number))
    assert [each.id for each in recent.all] == list(range(5, KEPT + 5))

"""Rows of ``svctl top`` from readings of the daemon: rates are differences, and unknown where there is none."""

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from support.status import STATUS

from steadyvoice.client.svctl.top import rows
from steadyvoice.client.svctl.top.history import History, Reading, observed
from steadyvoice.ipc.daemon_status import DaemonStatus, QueueEntry
from steadyvoice.ipc.histogram import BUCKETS, Histogram, private
from steadyvoice.ipc.metric_families import MetricFamily, MetricSample

HOP = "steadyvoice_hop_seconds"


def status(blocks: int = 0, busy_s: float = 0.0, **more: Any) -> DaemonStatus:
    """Of a daemon of which the first stage has done so much."""
    made = copy.deepcopy(STATUS)
    made["stages"][0] |= {"blocks": blocks, "busy_s": busy_s}
    return {**made, **more}  # type: ignore[typeddict-item]


def family(name: str, *series: tuple[dict[str, str], Histogram]) -> MetricFamily:
    return MetricFamily(name, "histogram", "", [MetricSample(labels, h.sum_s, h.counts) for labels, h in series])


def histogram(*durations_us: int) -> Histogram:
    made = private()
    for us in durations_us:
        made.observe(us * 1000)
    return made


def history(*readings: tuple[float, DaemonStatus, Sequence[MetricFamily]]) -> History:
    made = History()
    for reading in readings:
        made.add(Reading(*reading))
    return made


def test_one_reading_has_no_rates() -> None:
    row = rows.stages(history((5.0, status(100, 3.0), [family(HOP, ({"stage": "generator hibari"}, histogram(9)))])))[0]
    assert (row.blocks_per_s, row.busy, row.wait_s, row.hop95_s) == (None, None, None, None)
    assert (row.state, row.name, row.policy, row.cpus, row.age_s) == ("R", "generator hibari", "oth", "0", 0.3)


@pytest.mark.parametrize(
    ("times", "blocks", "expected"),
    [
        ([0.0, 0.5], [100, 110], 20.0),
        ([0.0, 1.0, 2.0, 3.0], [0, 0, 10, 40], 20.0),
        ([0.0, 10.0], [5, 5], 0.0),
        ([0.0, 1.0], [50, 3], None),
    ],
    ids=["two readings", "over at least two seconds", "idle", "loaded again"],
)
def test_blocks_a_second(times: list[float], blocks: list[int], expected: float | None) -> None:
    row = rows.stages(history(*((at, status(count), []) for at, count in zip(times, blocks, strict=True))))[0]
    assert row.blocks_per_s == expected


def test_busy_is_a_share_of_the_time() -> None:
    row = rows.stages(history((1.0, status(1, 10.0), []), (5.0, status(9, 11.0), [])))[0]
    assert row.busy == pytest.approx(0.25)


def test_times_in_the_ring_are_those_between_the_readings() -> None:
    earlier, later = histogram(*[900] * 50), histogram(*[900] * 50, *[20] * 19, 300)
    other = histogram(5, 5, 5)
    labels = {"stage": "generator hibari"}, {"stage": "vocoder hibari"}
    row = rows.stages(
        history(
            (0.0, status(), [family(HOP, (labels[0], earlier), (labels[1], other))]),
            (2.0, status(), [family(HOP, (labels[0], later), (labels[1], other))]),
        )
    )
    assert row[0].wait_s == pytest.approx((19 * 20 + 300) / 20 / 1e6)
    assert row[0].hop95_s == pytest.approx(20e-6, rel=0.25)
    assert (row[1].wait_s, row[1].hop95_s) == (None, None)


def test_a_histogram_that_counts_from_zero_again_is_taken_whole() -> None:
    old, new = (
        Reading(at, status(), [family(HOP, ({}, each))]) for at, each in ((0.0, histogram(1, 1)), (1.0, histogram(7)))
    )
    assert observed(old, new, HOP).count == 1
    assert observed(None, new, HOP).count == 0
    assert observed(old, new, "steadyvoice_no_such_seconds").quantile_s(0.5) is None
    assert len(observed(old, new, HOP).counts) == BUCKETS


def test_readings_of_another_daemon_are_no_earlier_ones() -> None:
    made = history((0.0, status(100, underruns=3), []), (1.0, status(5, pid=99), []))
    assert rows.stages(made)[0].blocks_per_s is None
    assert rows.header(made).underruns is None


def test_readings_are_kept_for_a_minute() -> None:
    made = history(*((at / 2, status(at, underruns=at), []) for at in range(400)))
    assert rows.header(made).underruns == 120
    assert rows.stages(made)[0].blocks_per_s == 2.0
    assert len(made._readings) <= 122


def test_the_header() -> None:
    first = family(
        "steadyvoice_first_audio_seconds", ({"sink": "pcm"}, histogram(9_000)), ({"sink": "device"}, histogram(20_000))
    )
    late = {"generator": {"underruns": 1, "worst_ms": 3.0}, "vocoder": {"underruns": 4, "worst_ms": 9.0}}
    made = history((0.0, status(underruns=2), []), (1.0, status(underruns=5, late=late), [first]))
    head = rows.header(made)
    assert (head.state, head.device, head.limit, head.underruns, head.underruns_total) == ("ready", "default", 16, 3, 5)
    assert list(head.blame.items()) == [("vocoder", 4), ("generator", 1)]
    assert head.first_audio_p95_s == pytest.approx(0.02, rel=0.25)
    assert rows.header(history((0.0, status(problem="no engine"), []))).state == "no engine"
    assert rows.header(history((0.0, status(ready=False), []))).state == "starting"


@pytest.mark.parametrize(
    ("fields", "state", "policy"),
    [
        ({"state": "failed", "pid": 0, "policy": ""}, "F", ""),
        ({"state": "busy", "policy": "fifo", "priority": 40}, "B", "F40"),
        ({"state": "busy", "held_s": 3.0}, "H", "oth"),
    ],
)
def test_state_and_policy(fields: dict[str, Any], state: str, policy: str) -> None:
    made = status()
    made["stages"][0] |= fields  # type: ignore[typeddict-item]
    row = rows.stages(history((0.0, made, [])))[0]
    assert (row.state, row.policy) == (state, policy)


def test_the_fullest_ring_of_a_stage_counts() -> None:
    rings = [
        {"name": "output", "source": "converter", "slots": slots, "fill": fill} for slots, fill in ((1024, 9), (64, 3))
    ]
    row = rows.stages(history((0.0, status(rings=rings), [])))
    assert (row[3].fill, row[3].slots) == (3, 64)
    assert (row[0].fill, row[0].slots) == (0, 0)


def test_utterances_and_live_sound() -> None:
    entry: QueueEntry = {
        "id": 7, "client": 41, "sink": "pcm", "voice": "heart", "state": "playing", "chars": 90, "heard_chars": 12,
        "ahead_s": 1.5, "first_audio_ms": 9.2,
    }  # fmt: skip
    gone = entry | {"client": 0, "first_audio_ms": 0.0}
    live = {"id": 9, "source": "mic", "sink": "device", "dry": False}
    found = rows.utterances(status(queue=[entry, gone], live=[live]), {41: "cat"}.__getitem__)
    assert found == [
        rows.UtteranceRow(7, "cat 41", "pcm", "playing", 1.5, 0.0092, 12, 90),
        rows.UtteranceRow(7, "detached", "pcm", "playing", 1.5, None, 12, 90),
        rows.UtteranceRow(9, "mic", "device", "live", None, None, 0, 0),
    ]


def test_streams_are_counted_apart_from_the_device() -> None:
    made = status(queue=[{"sink": sink, "state": state} for sink, state in (
        ("device", "playing"), ("pcm", "playing"), ("pcm", "begun"), ("device", "waiting"))])  # fmt: skip
    made["utterances"] |= {"active": 3, "queued": 1}
    head = rows.header(history((0.0, made, [])))
    assert (head.streams, head.on_device, head.queued) == (2, 1, 1)


def test_a_daemon_of_an_older_version() -> None:
    made: Any = status()
    del made["queue"], made["limits"]["streams"]
    for stage in made["stages"]:
        for name in ("longest_ms", "heartbeat_age_s", "held_s"):
            del stage[name]
    readings = history((0.0, made, []))
    assert rows.header(readings).limit == 0
    assert [row.state for row in rows.stages(readings)] == ["R"] * 4
    assert rows.utterances(made, str) == []

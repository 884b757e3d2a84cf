"""Checks of ``svctl bench soak``: each kind of violation is detected, and nothing else is reported."""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.status import STATUS

from steadyvoice.client.svctl.bench.soak import checks, leaks
from steadyvoice.client.svctl.bench.soak.checks import FADE, STAGES, Comparison, Ledger
from steadyvoice.client.svctl.bench.soak.daemon_under_test import DaemonUnderTest
from steadyvoice.client.svctl.bench.soak.faults import Faults, InjectedFault
from steadyvoice.client.svctl.bench.soak.report import Report, line
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.messages import Finished, Mark, Paused, Queued, Reason, Started
from steadyvoice.ipc.null_device_log import RATE, Played

EXPECTED = np.linspace(-0.5, 0.5, 1000, dtype=np.float32)


def compare(*blocks: NDArray[np.float32], atol: float = 0.0, whole: bool = True) -> str:
    comparison = Comparison(EXPECTED, atol)
    for block in blocks:
        comparison.take(block)
    return comparison.end(whole)


def test_correct_samples() -> None:
    assert compare(EXPECTED[:600], EXPECTED[600:]) == ""
    assert compare(EXPECTED[:600], whole=False) == ""
    assert compare(EXPECTED + 5e-5, atol=1e-4) == ""


@pytest.mark.parametrize(
    ("blocks", "whole", "found"),
    [
        ([EXPECTED[:600]], True, "600 samples received, 1000 expected"),
        ([EXPECTED[:600], EXPECTED[500:]], True, "sample 600 of 1000 is off"),  # some twice
        ([EXPECTED[:600], EXPECTED[601:]], True, "sample 600 of 1000 is off"),  # one lost
        ([EXPECTED[:600], EXPECTED[601:700]], False, "sample 600 of 1000 is off"),
        ([EXPECTED, EXPECTED[:1]], True, "1001 samples received, 1000 expected"),
        ([np.concatenate([EXPECTED[:999], EXPECTED[:1]])], True, "sample 999 of 1000 is off by"),
        ([np.where(EXPECTED > 0.4, np.float32(np.nan), EXPECTED)], True, "sample 900 of 1000 is off by nan"),
    ],
)
def test_wrong_samples(blocks: list[NDArray[np.float32]], whole: bool, found: str) -> None:
    assert found in compare(*blocks, whole=whole)


def test_samples_beyond_the_tolerance() -> None:
    assert "sample 0 of 1000 is off" in compare(EXPECTED + np.float32(2e-4), atol=1e-4)


def finished(reason: Reason = "done", duration_s: float = 1.0, **more: Any) -> Finished:
    return Finished(1, reason, 5, duration_s, **more)


def ledger(*events: Queued | Started | Mark | Finished | Paused) -> tuple[Ledger, list[str]]:
    books = Ledger()
    return books, [wrong for at, event in enumerate(events) if (wrong := books.on_event(event, float(at)))]


def test_valid_event_sequence() -> None:
    books, wrong = ledger(
        Queued(0, 1), Started(1, 24000), Paused(0, True), Mark(1, 0, 5, 0.0), finished(), Queued(0, 2)
    )
    assert wrong == []
    assert books.unfinished == [2]
    assert books.counts() == {"finished": 1, "cancelled": 0, "failed": 0}
    assert books.compare_with_client(1, finished()) == ""


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([Queued(0, 1), finished(), finished()], "finished of utterance 1 after its finished"),
        ([Queued(0, 1), finished(), Mark(1, 0, 5, 0.0)], "mark of utterance 1 after its finished"),
        ([Started(1, 24000)], "started of utterance 1, which was never queued"),
        ([Queued(0, 1), Queued(0, 1)], "utterance 1 is queued for the second time"),
        ([Queued(0, 1), finished("error", code="stage_failed", message="broken")], "failed: stage_failed: broken"),
    ],
)
def test_invalid_event_sequence(events: list[Queued | Started | Mark | Finished | Paused], found: str) -> None:
    assert found in ledger(*events)[1][0]


def test_a_client_that_received_another_end() -> None:
    books, _ = ledger(Queued(0, 1), finished("cancelled"))
    assert "its client received" in books.compare_with_client(1, finished())


def test_a_failure_is_allowed_only_after_two_crashes_at_the_same_block() -> None:
    message = "stage vocoder (pid 7) ended: killed by SIGKILL, twice at the same block; the block is kept"
    failed = finished("error", code="stage_failed", message=message)
    for kills, expected in (
        ([(1.0, "vocoder"), (2.0, "vocoder")], True),
        ([(0.0, "vocoder"), (2.0, "vocoder")], False),
    ):
        books = Ledger(kills=kills)
        books.on_event(Queued(0, 1), 0.5)
        assert bool(books.on_event(failed, 3.0)) != expected


def test_reported_duration() -> None:
    assert checks.check_duration(finished(duration_s=0.5417), 13000, 24000, exactly=True) == ""
    assert "duration_s is 0.5, 0.5417 s received" in checks.check_duration(
        finished(duration_s=0.5), 13000, 24000, exactly=False
    )
    assert "duration_s is 0.6" in checks.check_duration(finished(duration_s=0.6), 13000, 24000, exactly=True)
    assert checks.check_duration(finished(duration_s=0.6), 13000, 24000, exactly=False) == ""
    assert checks.check_full_length(finished(duration_s=0.6), 0.6006) == ""
    assert checks.check_full_length(finished("cancelled", duration_s=0.1), 0.6) == ""
    assert "lasted 0.6 s instead of 0.7" in checks.check_full_length(finished(duration_s=0.6), 0.7)


def test_sounding_frames() -> None:
    blocks = [Played(0, 0, 128 * k, 128, 0, 0, sounding) for k, sounding in enumerate((0, 128, 128, 40, 0))]
    assert checks.sounding_frames(blocks) == 296


def test_played_frames() -> None:
    assert checks.check_played_frames(RATE, RATE, 1, 0, 0, 480) == ""
    assert (
        checks.check_played_frames(RATE + 480 + FADE, RATE, 1, 0, 1, 480)
        == checks.check_played_frames(RATE + FADE, RATE, 1, 1, 0, 480)
        == ""
    )
    for frames in (RATE + 480, RATE - 480):
        assert "frames played, 48000 expected" in checks.check_played_frames(frames, RATE, 1, 0, 0, 480)
    assert "2 deaths of the output" in checks.check_played_frames(RATE // 2, RATE, 1, 1, 2, 480)


@pytest.mark.parametrize(
    ("found", "received", "wrong"),
    [
        ({"heard": 900}, 900, ""),
        ({}, 0, ""),
        ({"heard": 900, "lost": 512}, 900, "of 900 samples 900 are heard, 512 are lost"),
        ({"heard": 388, "repeated": 512}, 900, "512 are repeated"),
        ({"heard": 388, "other": 512}, 900, "512 are other"),
        ({}, 900, "0 are heard"),  # silence
    ],
)
def test_samples_of_live_sound(found: dict[str, int], received: int, wrong: str) -> None:
    counts = dict.fromkeys(("heard", "lost", "repeated", "other"), 0) | found
    said = checks.check_live(counts, received)
    assert said == wrong if not wrong else wrong in said


def test_leaks() -> None:
    before = {"daemon": Counter({"descriptor socket": 5, "rss": 100 << 20}), "all": Counter({"output": 1})}
    assert checks.check_leaks(before, before) == ""
    assert checks.check_leaks({"daemon": Counter({"descriptor socket": 4, "rss": 120 << 20})}, before) == ""
    for more in ({"descriptor socket": 6}, {"mapping /memfd:ring": 1}, {"rss": 300 << 20}):
        assert next(iter(more)) in checks.check_leaks({"daemon": Counter(more)}, before)
    assert "all: 1 more zombie" in checks.check_leaks({"all": Counter({"output": 1, "zombie": 1})}, before)


def status() -> DaemonStatus:
    """Of an idle daemon that has replaced each stage once."""
    made = STATUS.copy()
    made["stages"] = [stage | {"restarts": 1} for stage in STATUS["stages"]]
    made["utterances"] = STATUS["utterances"] | {"finished": 3, "cancelled": 2}
    return made


def test_correct_status() -> None:
    ends, killed = {"finished": 3, "cancelled": 2, "failed": 0}, dict.fromkeys(STAGES, 1)
    assert checks.check_idle(status()) == checks.check_counts(status(), ends, killed, {}) == ""
    assert checks.check_counts(status(), ends, killed | {"output": 0}, {"output": 1}) == ""


def test_wrong_status() -> None:
    right = status()
    starting = right["stages"][3] | {"state": "starting"}
    assert checks.check_idle(right | {"stages": [*right["stages"][:3], starting]}) == "stage output is starting"
    assert checks.check_idle(right | {"stages": right["stages"][1:]}) == "stage generator is not there"
    assert "1 are active" in checks.check_idle(right | {"utterances": right["utterances"] | {"active": 1}})
    full = right | {"rings": [{"name": "vocoder", "source": "generator", "slots": 64, "fill": 2}]}
    assert "ring vocoder holds 2 slots" in checks.check_idle(full)
    assert checks.check_idle(right | {"live": [{"id": 7}]}) == "live session 7 is still there"  # type: ignore[arg-type]
    live = right["stages"][2] | {"family": "live"}
    assert checks.check_idle(right | {"stages": [*right["stages"], live]}) == "stage converter live is still there"
    assert "not ready: no" in checks.check_idle(right | {"ready": False, "problem": "no"})
    ends = {"finished": 3, "cancelled": 2, "failed": 0}
    for killed in (0, 2):
        wrong = checks.check_counts(status(), ends, dict.fromkeys(STAGES, 1) | {"output": killed}, {})
        assert wrong == f"stage output was killed {killed} times and restarted 1 times"
    assert "the status counts" in checks.check_counts(status(), ends | {"finished": 4}, dict.fromkeys(STAGES, 1), {})


def test_recovery_counts_blocks_of_the_replacement_only(tmp_path: Path) -> None:
    report = Report(1)
    faults = Faults(DaemonUnderTest(tmp_path, report, standbys=False), report)
    for number, name in ((9, "vocoder"), (19, "vocoder/stop")):
        fault = InjectedFault("vocoder", signal.Signals(number), 1_000_000_000)
        assert not faults.record_recovery(fault, [2_000_000_000, 999_000_000, 2_000_000_000, 0])
        assert faults.record_recovery(fault, [0, 1_250_000_000, 0, 0])
        assert report.recovery[name] == [250.0]
    assert report.recovered(stopped=True) == {
        "vocoder": {"p50": 250.0, "p95": 250.0, "max": 250.0, "values": [250.0], "n": 1}
    }


def test_a_violation_is_one_line() -> None:
    report = Report(7)
    report.snapshot = lambda: {"stages": {"output": "busy (12)"}, "log": "last | words"}
    report.violation("leak", "too much")
    assert " seed 7 round 0: leak: too much; state: output busy (12); last | words" in line(report.violations[0])


def test_own_resources_are_counted() -> None:
    before = leaks.own_resources()
    fd = os.memfd_create("leak")
    try:
        assert (
            checks.check_leaks({"client": leaks.own_resources()}, {"client": before})
            == "client: 1 more descriptor /memfd:leak"
        )
    finally:
        os.close(fd)
    assert checks.check_leaks({"client": leaks.own_resources()}, {"client": before}) == ""

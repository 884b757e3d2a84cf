"""``svctl bench concurrency``: results have the documented keys, and nothing is left behind. No time is asserted."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.daemon import eventually, user_env
from support.matrix import quick

from steadyvoice.client.svctl.bench import concurrency

SUMMARY = {"p50", "p95", "p99", "max"}


@pytest.fixture
def user(tmp_path: Path, cache: Path) -> dict[str, str]:
    """The environment of a separate user with an empty temporary directory."""
    (tmp_path / "t").mkdir()
    return user_env(tmp_path, cache, TMPDIR=str(tmp_path / "t"))


def start(user: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "steadyvoice.client.svctl.cli", "bench", "concurrency", *arguments]
    return subprocess.Popen(
        command, env=user, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def processes(user: dict[str, str]) -> list[str]:
    mark = f"TMPDIR={user['TMPDIR']}"  # and below it: the benchmark's own temporary directory
    listed = subprocess.run(["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if mark in line]


def left_behind(user: dict[str, str]) -> list[object]:
    return [*Path(user["TMPDIR"]).rglob("*"), *processes(user)]


@pytest.mark.long
def test_it_has_every_key_and_leaves_nothing(user: dict[str, str]) -> None:
    bench = start(user, "--seconds", "1", "--most", "2", "--json")
    out, errors = bench.communicate()
    assert (bench.returncode, errors) == (0, "")
    assert left_behind(user) == []
    result: dict[str, Any] = json.loads(out)
    assert (result["name"], result["unit"], result["seconds"]) == ("concurrency", "ms", 1)
    assert set(result["reference"]) == {"what", "p50", "p95"}
    assert set(result["machine"]) == {"cpus", "policy", "python"}
    assert 0 <= result["streams"] <= result["streams_once_begun"] <= 2
    steps = result["steps"]
    assert {step["streams"] for step in steps} in ({1}, {1, 2})  # one, if even that underran on a busy machine
    assert (result["n"], result["p95"]) in [(step["blocks"], step["jitter"]["p95"]) for step in steps]
    assert result["ratio"] == round(result["p95"] / steps[0]["jitter"]["p95"], 3)
    for step in steps:
        assert set(step["starting"]) == set(step["playing"]) == {"underruns", "ahead_ms"}
        for summary in (step["jitter"], step["wakeup"], step["first"]["together"], step["first"]["beside"]):
            assert set(summary) == SUMMARY
        assert 0 < step["jitter"]["p50"] <= step["jitter"]["max"]
        assert set(step["busy"]) == set(result["machine"]["policy"])
        assert set(step["cpu"]) == {"daemon", "client", "others"}
        assert step["busy"]["generator"] > 0
    stalled = result["stalled_readers"]
    assert (stalled["playing"], stalled["stalled"]) == (2, 6)
    assert set(stalled["cpu"]) == {"daemon", "client", "others"}
    for part in (stalled["alone"], stalled["beside"]):
        assert set(part) == {"blocks", "jitter", "underruns"}
        assert part["blocks"] > 0
    shown = concurrency.text(result)
    assert "streams without an underrun" in shown
    for step in steps:
        assert any(line.startswith(f"{step['streams']}  ") for line in shown.splitlines())
    assert "beside 6 not reading" in shown


@pytest.mark.parametrize("number", quick(1, [signal.SIGINT, signal.SIGTERM]))
def test_interrupted_it_leaves_nothing(user: dict[str, str], number: signal.Signals) -> None:
    bench = start(user, "--seconds", "100")
    eventually(lambda: any("steadyvoice.workers converter" in line for line in processes(user)))
    bench.send_signal(number)
    out, errors = bench.communicate()
    assert (bench.returncode, out, errors) == (130, "", "")
    assert left_behind(user) == []

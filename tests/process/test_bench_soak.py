"""``svctl bench soak``: two minutes without a violation; an interrupt leaves nothing behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.daemon import eventually, user_env
from support.matrix import quick

STAGES = {"generator", "vocoder", "converter", "output"}
MINUTES = "2"


@pytest.fixture
def user(tmp_path: Path, cache: Path) -> dict[str, str]:
    """The environment of a separate user with an empty temporary directory."""
    (tmp_path / "t").mkdir()
    return user_env(tmp_path, cache, TMPDIR=str(tmp_path / "t"))


def start(user: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "steadyvoice.client.svctl.cli", "bench", "soak", "--json", *arguments]
    return subprocess.Popen(
        command, env=user, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def left_behind(user: dict[str, str]) -> list[object]:
    mark = f"TMPDIR={user['TMPDIR']}"  # and below it: the benchmark's own temporary directory
    listed = subprocess.run(["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
    running = [line for line in listed.splitlines() if mark in line]
    return [*Path(user["TMPDIR"]).rglob("*"), *running, *Path(user["HOME"], ".local").rglob("*")]


@pytest.mark.timeout(300)
@pytest.mark.long
def test_two_minutes_of_soak(user: dict[str, str]) -> None:
    bench = start(user, "--minutes", MINUTES)
    out, errors = bench.communicate()
    assert errors == ""
    result: dict[str, Any] = json.loads(out)
    assert "\n".join(violation["what"] for violation in result["violations"]) == ""
    assert bench.returncode == 0
    assert left_behind(user) == []
    assert (result["name"], result["unit"], result["interrupted"]) == ("soak", "ms", False)
    assert set(result["reference"]) == {"what", "p50", "p95"}
    assert set(result["machine"]) == {"cpus", "policy", "python"}
    signals = {kind: by for kind, by in result["faults"].items() if kind in ("SIGKILL", "SIGSEGV", "SIGSTOP")}
    assert {stage for by in signals.values() for stage in by} <= STAGES | {
        "forkserver",
        "generator paced",
        "vocoder paced",
    }
    assert sum(count for by in signals.values() for count in by.values()) > 0, (
        "no signal was sent; their number depends on the machine"
    )
    assert result["utterances"]["done"] > 0
    assert result["samples_compared"] > 0
    for figures in result["recovery"].values():
        assert 0 < figures["p50"] <= figures["p95"] <= figures["max"]
    assert result["n"] == sum(figures["n"] for figures in result["recovery"].values())


@pytest.mark.parametrize("number", quick(1, [signal.SIGINT, signal.SIGTERM]))
def test_an_interrupt_reports_results_and_leaves_nothing(user: dict[str, str], number: signal.Signals) -> None:
    bench = start(user, "--seed", "9")
    eventually(
        lambda: any(log.stat().st_size > 10_000 for log in Path(user["TMPDIR"]).glob("*/play.log"))
    )  # the device plays
    bench.send_signal(number)
    out, errors = bench.communicate()
    result = json.loads(out)
    assert (bench.returncode, errors, result["violations"]) == (130, "", [])
    assert (result["interrupted"], result["seed"], result["daemons"]) == (True, 9, 1)
    assert left_behind(user) == []

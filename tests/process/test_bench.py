"""``svctl bench``: the promised keys are there, and nothing else of it stays. No time is asserted."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.daemon import user_env


@pytest.fixture
def environment(tmp_path: Path, cache: Path) -> dict[str, str]:
    """A user of their own, with a temporary directory of their own, which is empty."""
    place = tmp_path / "t"
    place.mkdir()
    return user_env(tmp_path, cache, TMPDIR=str(place))


def start(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "steadyvoice.client.cli", "bench", "first-audio", *arguments]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def processes(environment: dict[str, str]) -> list[int]:
    """Who runs with this environment: whatever the benchmark has started, and what that has started."""
    mark = f"XDG_RUNTIME_DIR={environment['XDG_RUNTIME_DIR']}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def left_behind(environment: dict[str, str]) -> list[object]:
    return [*Path(environment["TMPDIR"]).rglob("*"), *processes(environment)]


def numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, (int, float)):
        yield value


def test_first_audio_has_every_key_and_leaves_nothing(environment: dict[str, str]) -> None:
    bench = start(environment, "--rounds", "3", "--cold", "1", "--json")
    out, errors = bench.communicate()
    assert bench.returncode == 0, errors
    result: dict[str, Any] = json.loads(out)
    assert (result["name"], result["unit"], result["n"]) == ("first-audio", "ms", 3)
    assert set(result["reference"]) == {"what", "p50", "p95"}
    assert set(result["machine"]) == {"cpus", "policy", "python"}
    assert set(result["machine"]["policy"].values()) <= {"fifo", "other"}
    assert set(result["cold_ms"]) == {"p50", "p95", "n"}
    assert len(result["long"]["text"]) == 100
    for one in (result["short"], result["long"]):
        assert {"p50", "p95", "p99", "max", "reference", "over_reference_ms", "stages", "segments"} <= set(one)
        assert {"generator.first", "vocoder.first", "converter.first"} <= set(one["stages"])
        assert one["p50"] <= one["p95"] <= one["p99"] <= one["max"]
    for one in (result, result["short"], result["long"]):
        assert isinstance(one.pop("over_reference_ms", 0.0), (int, float))  # below 0 where we are the faster ones
    assert result["p50"] == result["short"]["p50"]
    assert result["ratio"] > 0
    assert all(number > 0 for number in numbers(result))
    assert left_behind(environment) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_benchmark_leaves_nothing(environment: dict[str, str], number: signal.Signals) -> None:
    bench = start(environment, "--rounds", "100000")
    while not list(Path(environment["TMPDIR"]).glob("*/bare.log")):  # by now the daemon runs, and the reference starts
        assert bench.poll() is None, bench.communicate()
        time.sleep(0.01)
    bench.send_signal(number)
    out, errors = bench.communicate()
    assert (bench.returncode, out, errors) == (130, "", "")
    assert left_behind(environment) == []


def test_a_benchmark_whose_daemon_cannot_start_says_so(environment: dict[str, str]) -> None:
    environment["TMPDIR"] += "/" + "x" * 100
    Path(environment["TMPDIR"]).mkdir()
    bench = start(environment, "--rounds", "1")
    out, errors = bench.communicate()
    assert (bench.returncode, out) == (1, "")
    assert errors.startswith("svctl: the benchmark's daemon does not answer: ")
    assert errors.count("\n") == 1
    assert left_behind(environment) == []

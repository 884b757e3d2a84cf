"""``svctl bench`` as a process of a user, and what it leaves behind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from steadyvoice.client.svctl.bench.kept.contract import missing


def start(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """In the user's home, where --save makes its folder."""
    command = [sys.executable, "-m", "steadyvoice.client.svctl.cli", "bench", *arguments]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=environment["HOME"],
    )  # fmt: skip


def processes(environment: dict[str, str]) -> list[int]:
    """Processes with this environment: those that the benchmark has started, and their children."""
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


def measured(environment: dict[str, str], name: str, unit: str, rounds: int, *arguments: str) -> dict[str, Any]:
    """The benchmark's result after checks: it has the keys of its contract, is saved, and nothing is left behind."""
    bench = start(environment, name, "--rounds", str(rounds), *arguments, "--json", "--save")
    out, errors = bench.communicate()
    result: dict[str, Any] = json.loads(out or "{}")
    assert (bench.returncode, errors) == (0, f"svctl: saved as {result.get('saved')}\n"), (bench.returncode, errors)
    assert left_behind(environment) == []
    kept = json.loads(Path(environment["HOME"], result.pop("saved")).read_text())
    assert {**kept, "machine": {}} == {**kept, **result, "machine": {}}
    assert max(map(len, kept["values"].values())) >= 1
    assert missing(result) == []
    assert (result["name"], result["unit"], result["n"]) == (name, unit, rounds)
    assert result["p50"] <= result["p95"] <= result["p99"] <= result["max"]
    assert set(result["reference"]) == {"what", "p50", "p95"}
    assert result["ratio"] > 0
    assert set(result["machine"]) == {"cpus", "policy", "python"}
    assert set(result["machine"]["policy"].values()) <= {"fifo", "other"}
    return result

"""``svctl bench all, compare, check, figures`` as a user runs them. No time is asserted."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.bench import left_behind, start
from support.daemon import eventually, user_env
from support.saved import measurements, saved


@pytest.fixture
def environment(tmp_path: Path, cache: Path) -> dict[str, str]:
    """The environment of a separate user with an empty temporary directory."""
    place = tmp_path / "t"
    place.mkdir()
    return user_env(tmp_path, cache, TMPDIR=str(place))


def svctl(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "steadyvoice.client.svctl.cli", "bench", *words]
    return subprocess.run(command, env=environment, cwd=environment["HOME"], capture_output=True, text=True)


def test_results_are_compared_checked_and_drawn(environment: dict[str, str]) -> None:
    home = Path(environment["HOME"])
    for side, middle in (("a", 10.0), ("b", 20.0)):
        saved(home / side, "writer", {"": measurements(1, middle)}, n=100)
    compared = svctl(environment, "compare", "a", "b")
    assert (compared.returncode, compared.stderr) == (0, "")
    assert compared.stdout.splitlines()[4].endswith("slower at p50")
    printed = json.loads(svctl(environment, "compare", "a", "b/writer-0.json", "--json").stdout)
    assert [each["verdict"] for each in printed["distributions"]] == ["slower"]
    checked = svctl(environment, "check", "a")
    assert (checked.returncode, checked.stderr) == (1, "")
    assert "a/writer-0.json lacks p50, p95" in checked.stdout
    drawn = svctl(environment, "figures", "b")
    assert (drawn.returncode, drawn.stdout) == (0, "b/writer-0.svg\n")
    assert (home / "b" / "writer-0.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        (["check"], 1, "svctl: no results in artifacts/bench here; svctl bench all saves them"),
        (["compare", "t", "t"], 1, "svctl: no results in t; svctl bench all saves them"),
        pytest.param(["compare", "t"], 2, "Missing argument 'B'", marks=pytest.mark.long),
        pytest.param(["all", "sing"], 2, "'sing' is none of ring, hop, first-audio", marks=pytest.mark.long),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    environment: dict[str, str], words: list[str], status: int, problem: str
) -> None:
    done = svctl(environment, *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert problem in done.stderr.splitlines()[-1]


def test_the_series_goes_on_after_a_benchmark_that_fails(environment: dict[str, str]) -> None:
    environment["TMPDIR"] += "/" + "x" * 100  # no socket fits into it
    Path(environment["TMPDIR"]).mkdir()
    done = svctl(environment, "all", "overlap", "hop", "--quick", "--json")
    assert done.returncode == 1
    printed: dict[str, Any] = json.loads(done.stdout)
    assert printed["failed"] == 2
    assert [(each["name"], each["status"], each["saved"]) for each in printed["benchmarks"]] == [
        ("overlap", 1, None),
        ("hop", 1, None),
    ]
    assert all("daemon does not answer" in each["problem"] for each in printed["benchmarks"])
    assert [line.partition(",")[0] for line in done.stderr.splitlines()] == ["svctl: overlap", "svctl: hop"]
    assert left_behind(environment) == []


@pytest.mark.long
def test_an_interrupted_series_keeps_what_is_saved(environment: dict[str, str]) -> None:
    bench = start(environment, "all", "overlap", "hop", "--quick")
    folder = Path(environment["HOME"], "artifacts", "bench")
    eventually(lambda: list(folder.rglob("overlap-*.json")), 60)
    eventually(lambda: list(Path(environment["TMPDIR"]).rglob("svd.sock")))  # of the next one
    bench.send_signal(signal.SIGINT)
    out, errors = bench.communicate()
    assert bench.returncode == 130
    assert [line.split()[0] for line in out.splitlines()] == ["benchmark", "overlap"]
    assert "saved as artifacts/bench/" in errors
    assert left_behind(environment) == []
    checked = svctl(environment, "check", "--json")
    assert json.loads(checked.stdout)["missing"] == {}

"""``svctl bench all``: the benchmarks in turn, each in a process of its own, and saved as soon as it ends."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from steadyvoice.client.svctl.bench.daemon import running, workplace
from steadyvoice.client.svctl.bench.kept.record import today
from steadyvoice.client.svctl.render import table

BENCHMARKS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "ring": ((), ("--rounds", "8")),
    "hop": ((), ("--rounds", "250")),
    "first-audio": ((), ("--rounds", "30", "--cold", "1")),
    "gateways": ((), ("--rounds", "20")),
    "command": ((), ("--rounds", "8")),
    "writer": ((), ("--rounds", "2")),
    "overlap": ((), ("--rounds", "8")),
    "barge-in": ((), ("--rounds", "20")),
    "barge-in by voice": (("--by", "voice"), ("--rounds", "8")),
    "underrun": ((), ("--seconds", "6")),
    "live": ((), ("--seconds", "5")),
    "concurrency": ((), ("--seconds", "2", "--most", "16")),
    "load": ((), ("--seconds", "10", "--rate", "2")),
    "neighbours": ((), ("--rounds", "15")),
    "streams": ((), ("--rounds", "1", "--most", "2")),
    "soak": ((), ("--minutes", "1")),
    "capacity": ((), ("--seconds", "8", "--characters", "40")),
    "pipeline": ((), ("--rounds", "1", "--sentences", "1")),
}
"""Of each, the options that select it and those that make it as short as it may be to be compared at all. What disturbs
others for a while, by filling memory or the disk, is last."""


class Done(NamedTuple):
    """One benchmark of the series."""

    name: str
    seconds: float
    status: int
    result: dict[str, Any] | None
    """As ``--json`` prints it; None if it failed."""
    problem: str
    """Its message on stderr if it failed."""


def folder() -> Path:
    """Where a series that begins now is saved, so that ``compare`` can take it as a whole."""
    now = time.time()
    return today(now) / time.strftime("all-%H%M%S", time.localtime(now))


def run(names: Sequence[str], quick: bool, folder: Path) -> Iterator[Done]:
    """Run these and yield each as it ends; a failed one does not end the series. names: of BENCHMARKS.

    KeyboardInterrupt ends the one that runs, which leaves nothing behind; what was saved before stays.
    """
    for name in names:
        selecting, shortening = BENCHMARKS[name]
        yield _done(name, (*selecting, *(shortening if quick else ())), folder)


def _done(name: str, options: tuple[str, ...], folder: Path) -> Done:
    began = time.monotonic()
    command = ("bench", name.split()[0], *options, "--save", "--folder", str(folder), "--json")
    with workplace() as place:
        log = place / "stderr"
        with running(log, "steadyvoice.client.svctl.cli", *command, with_pipes=True) as process:
            assert process.stdout is not None
            out = process.stdout.read()
            status = process.wait()
        seconds = round(time.monotonic() - began, 1)
        return Done(name, seconds, status, _result(out), _problem(log) if status else "")


def _result(out: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(out)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _problem(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if not line.startswith("svctl: saved as ")]
    return lines[-1].removeprefix("svctl: ") if lines else ""


def line(one: Done) -> str:
    """What became of one."""
    outcome = f"saved as {one.result['saved']}" if one.result and "saved" in one.result else "nothing saved"
    if one.status:
        outcome += ", ".join(filter(None, [f", status {one.status}", one.problem]))
    return f"{one.name}, {one.seconds:.0f} s: {outcome}"


def as_json(series: list[Done]) -> dict[str, Any]:
    """The object of ``bench all --json``."""
    return {
        "failed": sum(bool(one.status) for one in series),
        "benchmarks": [
            {
                "name": one.name,
                "status": one.status,
                "seconds": one.seconds,
                "saved": one.result.get("saved") if one.result else None,
                "problem": one.problem,
                **{key: one.result.get(key) if one.result else None for key in ("unit", "n", "p50", "p95", "ratio")},
            }
            for one in series
        ],
    }


def text(series: list[Done]) -> str:
    """The summary as text."""
    rows = [["benchmark", "took", "n", "p50", "p95", "over reference", ""]]
    for one in series:
        result = one.result or {}
        points = [
            f"{result[key]:.4g} {result['unit']}" if result.get(key) is not None else "-" for key in ("p50", "p95")
        ]
        ratio = "-" if result.get("ratio") is None else f"{result['ratio']:.3g}"
        outcome = f"status {one.status}" if one.status else ""
        rows.append([one.name, f"{one.seconds:.0f} s", str(result.get("n", "-")), *points, ratio, outcome])
    return table(rows)

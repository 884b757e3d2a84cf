"""Why two sides of a comparison may differ although the program has not changed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from steadyvoice.client.svctl.bench.kept.files import Run

_MACHINE: Final = ("cpus", "cpu", "memory_bytes", "kernel", "python", "policy")
_AMOUNTS: Final = frozenset({"rounds", "seconds", "minutes", "sentences", "cold"})
"""Options that say how much is measured, and not what."""
_LOAD: Final = 1.0
"""Difference of the load averages that is named."""

Side = Mapping[str, list[Run]]
"""Runs by the name of their benchmark."""


def warnings(before: Side, after: Side) -> Iterator[str]:
    """One line each, with the benchmarks that it is about."""
    for letter, side, other in (("A", before, after), ("B", after, before)):
        if only := [name for name in side if name not in other]:
            yield f"only in {letter}: {', '.join(only)}"
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in before:
        if name in after:
            for line in (*_different(before[name], after[name]), *_loaded(before[name], after[name])):
                found[line].append(name)
    for line, names in found.items():
        yield f"{line} ({', '.join(names)})"


def about(side: list[Run]) -> str:
    """How many results there are, and of which commits."""
    commits = sorted({str(run.kept["commit"]) for run in side if run.kept.get("commit")})
    return f"{len(side)} {'result' if len(side) == 1 else 'results'} of {', '.join(commits) or 'an unknown commit'}"


def _different(before: list[Run], after: list[Run]) -> Iterator[str]:
    every = [*before, *after]
    packages = sorted({package for run in every for package in run.kept.get("versions", {})})
    options = sorted({option for run in every for option in run.kept.get("options", {})} - _AMOUNTS)
    for what, table, keys in (
        ("different machines", "machine", _MACHINE),
        ("different versions", "versions", packages),
        ("different options", "options", options),
    ):
        for key in keys:
            sides = [{_shown(run.kept.get(table, {}).get(key)) for run in side} for side in (before, after)]
            if sides[0] != sides[1]:
                yield f"{what}: {key} {' and '.join(', '.join(sorted(side)) for side in sides)}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {inner}" for name, inner in value.items()) or "none"
    return "unknown" if value is None else str(value) or "none"


def _loaded(before: list[Run], after: list[Run]) -> Iterator[str]:
    old, new = highest_load(before), highest_load(after)
    if old is not None and new is not None and abs(old - new) > _LOAD:
        yield f"different load at the start: {old:.1f} and {new:.1f}"


def highest_load(side: list[Run]) -> float | None:
    """The highest load of one minute with which a run began."""
    starts = [run.kept["machine"].get("load", {}).get("start") for run in side]
    return max((start[0] for start in starts if start), default=None)

"""``svctl bench compare A B``: what changed between saved results beyond noise.

A distribution has changed if a test says that chance alone seldom does as much (significance.py; for the p50, and for
the p95), if it has changed by more than the smallest change that counts, and if the machine has not changed alike: the
reference of the same run is divided out where it tells the machine's speed. Of several runs of a benchmark on one side,
the values are joined.
"""

from collections import defaultdict
from collections.abc import Iterator
from math import inf
from typing import Final, Literal, NamedTuple

from steadyvoice.client.svctl.bench.kept import circumstances
from steadyvoice.client.svctl.bench.kept.contract import CONTRACTS, Contract, at, is_foreign
from steadyvoice.client.svctl.bench.kept.files import Run
from steadyvoice.client.svctl.bench.kept.significance import Difference, holm, rank_test, tail_test
from steadyvoice.client.svctl.bench.statistics import percentile

LEVEL: Final = 0.05
"""Chance that a comparison of equal results calls anything changed, over all of its tests."""
SMALLEST: Final = {50: 0.05, 95: 0.10}
"""Relative change of the p50 and of the p95 that counts."""
INDEPENDENT: Final = 8.0
"""Rounds that are needed on each side: with fewer, only large differences of a test would mean something."""

Verdict = Literal["noise", "slower", "faster", "machine", "too few"]
CHANGED: Final[tuple[Verdict, ...]] = ("slower", "faster")


class Row(NamedTuple):
    """One distribution on both sides."""

    benchmark: str
    key: str
    """Path of its summary; "" for the benchmark's figure."""
    before: tuple[int, float, float]
    """n, p50 and p95."""
    after: tuple[int, float, float]
    p: float
    """Of the test that decided, corrected for the number of tests."""
    verdict: Verdict
    percent: int
    """Which percentile the verdict is about."""

    def change(self, percent: int) -> float:
        """Of the p50 or p95, relative; infinite from 0."""
        return _change(self.before, self.after, percent)


class Figure(NamedTuple):
    """A number of the contract without values: it is shown and not judged."""

    benchmark: str
    key: str
    before: float
    after: float


class Comparison(NamedTuple):
    rows: list[Row]
    figures: list[Figure]
    warnings: list[str]
    sides: tuple[str, str]
    """How many results of which commits."""


class _Pair:
    """One distribution on both sides, and the tests of it."""

    def __init__(self, name: str, key: str, sides: tuple[list[Run], list[Run]]) -> None:
        self.name, self.key = name, key
        self.before, self.after = ([value for run in side for value in run.values.get(key, [])] for side in sides)
        self.tests = dict(_tests(self.before, self.after))
        """By percentile."""
        self._scaled = [_scaled(name, key, side) for side in sides]

    def row(self, corrected: dict[int, float]) -> Row:
        """corrected: p of each of the tests."""
        row = Row(self.name, self.key, _figures(self.before), _figures(self.after), 1.0, "noise", 50)
        for percent, p in corrected.items():
            change = row.change(percent)
            if abs(change) < SMALLEST[percent]:
                continue
            if self.tests[percent].independent < INDEPENDENT:
                return row._replace(p=p, verdict="too few", percent=percent)
            if p < LEVEL:
                return row._replace(p=p, verdict=self._changed(percent, change), percent=percent)
        return row._replace(p=min(corrected.values()))

    def _changed(self, percent: int, change: float) -> Verdict:
        if is_foreign(self.name, self.key) or (all(self._scaled) and not self._also_scaled(percent, change)):
            return "machine"
        return "slower" if change > 0 else "faster"

    def _also_scaled(self, percent: int, change: float) -> bool:
        """Whether it has changed in the same direction relative to the reference."""
        before, after = self._scaled
        test = dict(_tests(before, after)).get(percent)
        relative = _change(_figures(before), _figures(after), percent)
        return test is not None and test.p < LEVEL and abs(relative) >= SMALLEST[percent] and relative * change > 0


def compare(before: list[Run], after: list[Run]) -> Comparison:
    """Of the benchmarks that both sides have."""
    sides = _by_name(before), _by_name(after)
    names = [name for name in sides[0] if name in sides[1]]
    pairs = [_Pair(name, key, (sides[0][name], sides[1][name])) for name in names for key in _keys(name, sides)]
    corrected = iter(holm([test.p for pair in pairs for test in pair.tests.values()]))
    rows = [pair.row({percent: next(corrected) for percent in pair.tests}) for pair in pairs]
    figures = [figure for name in names for figure in _numbers(name, sides[0][name][-1], sides[1][name][-1])]
    about = circumstances.about(before), circumstances.about(after)
    return Comparison(rows, figures, [*circumstances.warnings(*sides), *_single(rows, *sides)], about)


def _single(rows: list[Row], before: circumstances.Side, after: circumstances.Side) -> Iterator[str]:
    """A warning if something has changed of which one side has a single run."""
    changed = dict.fromkeys(row.benchmark for row in rows if row.verdict in CHANGED)
    if single := [name for name in changed if 1 in (len(before[name]), len(after[name]))]:
        yield f"how runs differ is not known from one run: measure three or more of each, in turn ({', '.join(single)})"


def _by_name(found: list[Run]) -> dict[str, list[Run]]:
    sorted_runs: defaultdict[str, list[Run]] = defaultdict(list)
    for run in found:
        sorted_runs[run.name].append(run)
    return sorted_runs


def _keys(name: str, sides: tuple[dict[str, list[Run]], dict[str, list[Run]]]) -> list[str]:
    """The distributions that all runs of both sides have, each once: several summaries may be of the same values."""
    every = [run for side in sides for run in side[name]]
    found: dict[str, list[list[float]]] = {}
    for key in reversed(every[0].values):  # a result's own figure is also that of one of its parts, which comes later
        measured = [run.values.get(key, []) for run in every]
        if all(measured) and measured not in found.values():
            found[key] = measured
    return list(reversed(found))


def _tests(before: list[float], after: list[float]) -> Iterator[tuple[int, Difference]]:
    yield 50, rank_test(before, after)
    tail = tail_test(before, after, 95)
    if tail is not None:
        yield 95, tail


def _scaled(name: str, key: str, side: list[Run]) -> list[float]:
    """The values of each run over the median of its reference; none if that does not tell the machine's speed."""
    if CONTRACTS.get(name, Contract()).reference != "speed":
        return []
    found: list[float] = []
    for run in side:
        reference = sorted(run.values.get(f"{key}.reference") or run.values.get("reference") or [])
        if not reference or not (middle := percentile(reference, 50)):
            return []
        found += [value / middle for value in run.values.get(key, [])]
    return found


def _change(before: tuple[int, float, float], after: tuple[int, float, float], percent: int) -> float:
    old, new = (side[1 if percent == 50 else 2] for side in (before, after))
    return new / old - 1 if old else inf if new else 0.0


def _figures(values: list[float]) -> tuple[int, float, float]:
    ordered = sorted(values)
    return len(ordered), percentile(ordered, 50), percentile(ordered, 95)


def _numbers(name: str, before: Run, after: Run) -> Iterator[Figure]:
    for key in ("ratio", *CONTRACTS.get(name, Contract()).keys):
        if key.rpartition(".")[2] in ("p50", "p95"):
            continue
        for (old,), (new,) in zip(at(before.kept, key), at(after.kept, key), strict=False):
            if isinstance(old, (int, float)) and isinstance(new, (int, float)):
                yield Figure(name, key, old, new)

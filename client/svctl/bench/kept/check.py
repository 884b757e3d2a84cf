"""``svctl bench check``: saved results against the product's figures and against the contract of their keys."""

from typing import Any, Final, Literal, NamedTuple

from steadyvoice.client.svctl.bench.kept.bars import BARS, Bar
from steadyvoice.client.svctl.bench.kept.circumstances import highest_load
from steadyvoice.client.svctl.bench.kept.contract import at, missing
from steadyvoice.client.svctl.bench.kept.files import Run
from steadyvoice.client.svctl.render import table

_LOAD: Final = 1.0
"""Of one minute: more than that is named."""


class Check(NamedTuple):
    """One figure of one result."""

    run: Run
    bar: Bar
    value: float | None
    verdict: Literal["met", "not met", "not judged"]

    @property
    def n(self) -> Any:
        """Number of measurements."""
        return next(at(self.run.kept, self.bar.counted), (None,))[0]


class Checked(NamedTuple):
    checks: list[Check]
    missing: dict[str, list[str]]
    """Keys of the contract by file."""
    unmeasured: list[str]
    """Benchmarks that have a target and no result."""
    load: float | None
    """The highest load of one minute with which one of the results began."""

    @property
    def passed(self) -> bool:
        return not self.missing and all(check.verdict != "not met" for check in self.checks)


def check(found: list[Run]) -> Checked:
    names = {run.name for run in found}
    return Checked(
        [_judged(run, bar) for run in found for bar in BARS if bar.benchmark == run.name],
        {str(run.path): keys for run in found if (keys := missing(run.kept))},
        list(dict.fromkeys(bar.benchmark for bar in BARS if bar.benchmark not in names)),
        highest_load(found),
    )


def _judged(run: Run, bar: Bar) -> Check:
    value = bar.measured(run.kept)
    if value is None or (bar.realtime and "fifo" not in run.kept["machine"].get("policy", {}).values()):
        return Check(run, bar, value, "not judged")
    return Check(run, bar, value, "met" if bar.met(value) else "not met")


def as_json(found: Checked) -> dict[str, Any]:
    """The object of ``bench check --json``."""
    return {
        "passed": found.passed,
        "figures": [
            {
                "benchmark": check.bar.benchmark,
                "figure": check.bar.figure,
                "unit": check.bar.unit,
                "value": check.value,
                check.bar.side.replace(" ", "_"): check.bar.limit,
                "n": check.n,
                "verdict": check.verdict,
                "file": str(check.run.path),
            }
            for check in found.checks
        ],
        "missing": found.missing,
        "unmeasured": found.unmeasured,
        "load": found.load,
    }


def text(found: Checked) -> str:
    """The checks as text."""
    rows = [["benchmark", "figure", "measured", "target", "n", ""]]
    for check in found.checks:
        _, bar, value, verdict = check
        measured = "-" if value is None else f"{value:g} {bar.unit}".rstrip()
        target = f"{bar.side} {bar.limit:g} {bar.unit}".rstrip()
        rows.append([bar.benchmark, bar.figure, measured, target, str(check.n), verdict])
    parts = [table(rows)]
    parts += [f"{path} lacks {', '.join(keys)}" for path, keys in found.missing.items()]
    if found.unmeasured:
        parts.append(f"not measured: {', '.join(found.unmeasured)}")
    if found.load is not None and found.load > _LOAD:
        parts.append(f"warning: the machine was busy with a load of {found.load:g} before a measurement")
    counts = [sum(check.verdict == verdict for check in found.checks) for verdict in ("met", "not met", "not judged")]
    parts.append(
        f"{'passed' if found.passed else 'failed'}: {counts[0]} met, {counts[1]} not met, {counts[2]} not judged"
    )
    return "\n\n".join(parts)

"""A comparison as text and as JSON."""

from math import isfinite
from typing import Any, Final

from steadyvoice.client.svctl.bench.kept.compare import CHANGED, LEVEL, SMALLEST, Comparison, Verdict
from steadyvoice.client.svctl.render import table

_MEANING: Final[dict[Verdict, str]] = {
    "slower": "more than chance and the machine explain",
    "faster": "more than chance and the machine explain",
    "machine": "another program's, or changed as much as the reference in the same run",
    "too few": "a change that counts, in too few independent rounds to tell",
    "noise": f"less than {SMALLEST[50]:.0%} (p50) and {SMALLEST[95]:.0%} (p95), or as chance has it",
}


def as_json(found: Comparison) -> dict[str, Any]:
    """The object of ``bench compare --json``."""
    keys = ("n", "p50", "p95")
    return {
        "changed": sum(row.verdict in CHANGED for row in found.rows),
        "level": LEVEL,
        "a": found.sides[0],
        "b": found.sides[1],
        "distributions": [
            {
                "benchmark": row.benchmark,
                "key": row.key,
                "a": dict(zip(keys, row.before, strict=True)),
                "b": dict(zip(keys, row.after, strict=True)),
                "change": {"p50": _rounded(row.change(50)), "p95": _rounded(row.change(95))},
                "p": float(f"{row.p:.3g}"),
                "verdict": row.verdict,
                "of": f"p{row.percent}",
            }
            for row in found.rows
        ],
        "figures": [{"benchmark": f.benchmark, "key": f.key, "a": f.before, "b": f.after} for f in found.figures],
        "warnings": found.warnings,
    }


def _rounded(change: float) -> float | None:
    return round(change, 4) if isfinite(change) else None


def text(found: Comparison) -> str:
    """The comparison as text."""
    rows = [["distribution", "A p50", "p95", "B p50", "p95", "p50", "p95", "p", "verdict"]]
    for row in found.rows:
        figures = [f"{figure:.4g}" for figure in (*row.before[1:], *row.after[1:])]
        changes = [_percent(row.change(percent)) for percent in (50, 95)]
        verdict = row.verdict + (f" at p{row.percent}" if row.verdict != "noise" else "")
        rows.append([f"{row.benchmark} {row.key}".rstrip(), *figures, *changes, f"{row.p:.2g}", verdict])
    parts = [f"A: {found.sides[0]}\nB: {found.sides[1]}", table(rows)]
    if found.figures:
        numbers = [["figure without values, not judged", "A", "B"]]
        numbers += [[f"{f.benchmark} {f.key}", f"{f.before:.6g}", f"{f.after:.6g}"] for f in found.figures]
        parts.append(table(numbers))
    counts = {verdict: sum(row.verdict == verdict for row in found.rows) for verdict in _MEANING}
    parts.append(
        "\n".join(f"{counts[verdict]} {verdict}: {what}" for verdict, what in _MEANING.items() if counts[verdict])
    )
    parts.append("\n".join(f"warning: {line}" for line in found.warnings))
    return "\n\n".join(filter(None, parts))


def _percent(change: float) -> str:
    return f"{change:+.1%}" if isfinite(change) else "-"

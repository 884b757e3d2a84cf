"""``svctl bench figures``: a saved result as a picture, each of its distributions beside its reference.

A row is a distribution: how often each value was measured, with a line at the p50 and a dashed one at the p95.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

from steadyvoice.client.svctl.bench.kept import svg
from steadyvoice.client.svctl.bench.kept.axis import Axis
from steadyvoice.client.svctl.bench.kept.circumstances import highest_load
from steadyvoice.client.svctl.bench.kept.contract import is_foreign
from steadyvoice.client.svctl.bench.kept.files import NoSavedResult, Run
from steadyvoice.client.svctl.bench.statistics import percentile

_DRAWN: Final = {
    "first-audio": ("short", "short.reference", "long", "long.reference"),
    "hop": ("conditions.*",),
    "concurrency": ("steps.*.jitter",),
    "streams": ("counts.*.ms",),
    "ring": ("blocks.*",),
}
"""Of benchmarks that measure several things, the distributions that belong together; of others all."""
_GROUPS: Final = frozenset({"", "conditions", "steps", "blocks", "counts"})
"""Parts of a path that say nothing to a reader."""
_MOST: Final = 16
_WIDTH: Final = 800
_LEFT, _RIGHT = 230, 650
"""Of the axis."""
_P50, _P95 = 715, 780
"""Right ends of the columns of numbers."""
_TOP: Final = 56
_ROW: Final = 34
_BINS: Final = 84


class Row(NamedTuple):
    label: str
    values: list[float]
    """Ascending."""
    foreign: bool


def write(run: Run) -> Path:
    """Draw beside the result's file, and return the picture's path. NoSavedResult if the file has no values."""
    path = run.path.with_suffix(".svg")
    path.write_text(draw(run), encoding="utf-8")
    return path


def draw(run: Run) -> str:
    rows = list(_rows(run))
    if not rows:
        raise NoSavedResult(f"{run.path} has no measured values: it was not made with --save")
    axis = Axis([row.values for row in rows])
    height = _TOP + _ROW * len(rows) + 34
    unit = str(run.kept.get("unit", ""))
    title = f"svctl bench {run.name}, {unit}" + (", logarithmic" if axis.is_log else "")
    about = _about(run)
    said = "; ".join(f"{row.label}: p50 {_short(percentile(row.values, 50))}" for row in rows)
    elements = [svg.words(0, 16, title, "title"), svg.words(0, 34, about, "quiet")]
    elements += [svg.words(x, _TOP - 4, head, "quiet", "end") for x, head in ((_P50, "p50"), (_P95, "p95"))]
    elements += _grid(axis, height)
    for number, row in enumerate(rows):
        elements += _drawn(row, _TOP + _ROW * (number + 1), axis)
    return svg.page(_WIDTH, height, title, f"{about}. {said}", elements)


def _rows(run: Run) -> Iterator[Row]:
    patterns = _DRAWN.get(run.name, ("*",))
    chosen = [key for key in run.values if any(fnmatchcase(key, pattern) for pattern in patterns)]
    for number, key in enumerate(chosen[:_MOST]):
        values = run.values[key]
        if values and all(
            values != run.values[later] for later in chosen[number + 1 :]
        ):  # a result's own figure is one of those
            yield Row(_label(run, key), sorted(values), is_foreign(run.name, key) or key.endswith("reference"))


def _label(run: Run, key: str) -> str:
    """A reference is in the row below that of which it is one."""
    parts = [part for part in key.split(".") if part not in _GROUPS]
    if parts[-1:] == ["reference"]:
        return "reference"
    if run.name == "concurrency":
        parts = [f"{parts[0]} streams"]
    return ", ".join(part.replace("_", " ") for part in parts) or run.name


def _about(run: Run) -> str:
    """Where and when."""
    about = run.kept["machine"]
    parts = [f"n = {run.kept.get('n')}", f"{about.get('cpus')} cores", str(about.get("cpu", "")), run.began[:10]]
    if (load := highest_load([run])) is not None:
        parts.append(f"load {load:g} at the start")
    return ", ".join(filter(None, [*parts, str(run.kept.get("commit", ""))]))


def _x(share: float) -> float:
    return _LEFT + share * (_RIGHT - _LEFT)


def _grid(axis: Axis, height: int) -> Iterator[str]:
    for value in axis.ticks():
        x = _x(axis.share(value))
        yield svg.line(x, _TOP, x, height - 28, "axis")
        yield svg.words(x, height - 12, f"{value:g}", "quiet", "middle")


def _drawn(row: Row, base: float, axis: Axis) -> Iterator[str]:
    counts = [0] * _BINS
    for value in row.values:
        counts[min(_BINS - 1, int(axis.share(value) * _BINS))] += 1
    smooth = [sum(counts[max(0, at - 1) : at + 2]) / 3 for at in range(_BINS)]
    scale = (_ROW - 8) / max(smooth)
    points = [(_x((at + 0.5) / _BINS), base - count * scale) for at, count in enumerate(smooth)]
    yield svg.area(points, base, "other" if row.foreign else "ours")
    yield svg.line(_LEFT, base, _RIGHT, base, "axis")
    yield svg.words(_LEFT - 10, base - 8, row.label, "quiet" if row.foreign else "", "end")
    for percent, kind, at in ((50, "mark", _P50), (95, "tail", _P95)):
        value = percentile(row.values, percent)
        x = _x(axis.share(value))
        yield svg.line(x, base - _ROW + 10, x, base, kind)
        yield svg.words(at, base - 8, _short(value), "quiet" if row.foreign else "", "end")


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"

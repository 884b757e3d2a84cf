"""Columns of the two tables of ``svctl top``: what a cell says, and which columns fit a terminal. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from steadyvoice.client.svctl.top.rows import StageRow, UtteranceRow

Row = TypeVar("Row")
_UNKNOWN: Final = "-"
_GAP: Final = " "


@dataclass(frozen=True)
class Column(Generic[Row]):
    title: str
    width: int
    cell: Callable[[Row], str]
    rank: int = 0
    """Columns of higher rank are left out first where the terminal is narrow."""
    left: bool = False
    """Aligned to the left; such a column may become narrower, down to ``least``."""
    least: int = 0


def duration(seconds: float | None) -> str:
    """At most six characters: 16us, 1.2ms, 340ms, 12.3s, 7.5m, 5.0h, 30d."""
    if not seconds:
        return _UNKNOWN if seconds is None else "0"
    for limit, factor, unit in (
        (1e-3, 1e6, "us"),
        (1, 1e3, "ms"),
        (100, 1, "s"),
        (6000, 1 / 60, "m"),
        (1e5, 1 / 3600, "h"),
    ):
        if seconds < 0.9995 * limit:
            value = seconds * factor
            return f"{value:.1f}{unit}" if value < 9.95 or unit == "s" else f"{value:.0f}{unit}"
    return f"{seconds / 86400:.0f}d"


def number(value: float | None) -> str:
    if value is None:
        return _UNKNOWN
    return f"{value:.1f}" if 0 < value < 99.95 else f"{value:.0f}"


def size(count: int) -> str:
    """Bytes, in at most four characters."""
    mib = count / (1 << 20)
    return f"{mib:.0f}M" if mib < 999.5 else f"{mib / 1024:.1f}G"


STAGES: Final[Sequence[Column[StageRow]]] = (
    Column("S", 1, lambda row: row.state),
    Column("NAME", 20, lambda row: row.name, left=True, least=17),
    Column("PID", 7, lambda row: str(row.pid or _UNKNOWN), rank=5),
    Column("CPU", 5, lambda row: row.cpus or _UNKNOWN, rank=6),
    Column("POL", 3, lambda row: row.policy or _UNKNOWN, rank=4),
    Column("BLK/s", 6, lambda row: number(row.blocks_per_s)),
    Column("BUSY%", 5, lambda row: number(None if row.busy is None else 100 * row.busy)),
    Column("WAIT", 6, lambda row: duration(row.wait_s), rank=7),
    Column("HOP95", 6, lambda row: duration(row.hop95_s), rank=1),
    Column("LONGEST", 7, lambda row: duration(row.longest_s), rank=2),
    Column("RING", 8, lambda row: f"{row.fill}/{row.slots}" if row.slots else _UNKNOWN, rank=3),
    Column("RST", 3, lambda row: str(row.restarts)),
    Column("RSS", 5, lambda row: size(row.rss_bytes), rank=8),
    Column("AGE", 5, lambda row: duration(row.age_s), rank=9),
)
UTTERANCES: Final[Sequence[Column[UtteranceRow]]] = (
    Column("ID", 6, lambda row: str(row.id)),
    Column("CLIENT", 24, lambda row: row.client, left=True, least=8),
    Column("SINK", 6, lambda row: row.sink, left=True, rank=2, least=6),
    Column("STATE", 8, lambda row: row.state, left=True, least=7),
    Column("AHEAD", 6, lambda row: duration(row.ahead_s)),
    Column("FIRST", 6, lambda row: duration(row.first_s), rank=1),
    Column("HEARD", 13, lambda row: f"{row.heard_chars}/{row.chars}" if row.chars else _UNKNOWN),
)


def fitting(columns: Sequence[Column[Row]], width: int) -> list[Column[Row]]:
    """The columns that a line of this width has; 0: no limit. Where they are too wide, the least needed go first."""
    kept = list(columns)
    while width and _least_width(kept) > width and (rank := max(column.rank for column in kept)):
        kept = [column for column in kept if column.rank != rank]
    return kept


def _least_width(columns: Sequence[Column[Row]]) -> int:
    return sum((column.least or column.width) + len(_GAP) for column in columns) - len(_GAP)


def table(columns: Sequence[Column[Row]], rows: Sequence[Row], width: int) -> list[str]:
    """The titles, then a line for each row. width: of the terminal; 0: no limit."""
    kept = fitting(columns, width)
    spare = width - _least_width(kept)
    widths = []
    for column in kept:
        least = column.least or column.width
        more = column.width - least if not width else max(0, min(column.width - least, spare))
        spare -= more
        widths.append(least + more)
    cells = [[column.title for column in kept], *([column.cell(row) for column in kept] for row in rows)]
    return [
        _GAP.join(
            cell[:wide].ljust(wide) if column.left else cell.rjust(wide)
            for cell, column, wide in zip(line, kept, widths, strict=True)
        ).rstrip()
        for line in cells
    ]

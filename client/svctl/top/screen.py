"""The lines of ``svctl top``: for a terminal of some size, or for batch mode. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from steadyvoice.client.svctl.top.columns import STAGES, UTTERANCES, duration, table
from steadyvoice.client.svctl.top.rows import Header, StageRow, UtteranceRow
from steadyvoice.client.svctl.top.view import HELP, View

Style = Literal["plain", "title", "chosen", "good", "bad", "held"]
MIN_COLUMNS, MIN_ROWS = 44, 8
_KEYS: Final = "q quit  h help  space stop  d delay  s sort  k cancel  t trace"


@dataclass(frozen=True)
class Line:
    text: str
    style: Style = "plain"


def header_lines(head: Header) -> list[Line]:
    """Three: the daemon and its device, what is spoken, underruns and the stages to blame."""
    state: Style = "good" if head.state == "ready" else "bad"
    device = f"{head.device}, {head.latency_ms:.0f} ms" if head.device else "no sound device"
    paused = ", paused" if head.paused else ""
    limit = f"/{head.limit}" if head.limit else ""
    blame = ", ".join(f"{stage} {count}" for stage, count in head.blame.items())
    recent = "" if head.underruns is None else f" ({head.underruns} in the last minute)"
    lateness: Style = "bad" if head.underruns else "plain"
    return [
        Line(f"svd {head.version}, up {duration(head.uptime_s)}, {head.state}; {device}{paused}", state),
        Line(
            f"streams {head.streams}{limit}, on the device {head.on_device}, queue {head.queued}, "
            f"first audio p95 {duration(head.first_audio_p95_s)} in the last minute"
        ),
        Line(f"underruns {head.underruns_total}{recent}{f': {blame}' if blame else ''}", lateness),
    ]


def stage_lines(rows: Sequence[StageRow], width: int) -> list[Line]:
    title, *lines = table(STAGES, rows, width)
    return [Line(title, "title"), *(Line(line, _style(row)) for line, row in zip(lines, rows, strict=True))]


def _style(row: StageRow) -> Style:
    if row.state == "F":
        return "bad"
    return "held" if row.state == "H" else "plain"


def utterance_lines(rows: Sequence[UtteranceRow], width: int, chosen: int) -> list[Line]:
    title, *lines = table(UTTERANCES, rows, width)
    styles: list[Style] = ["chosen" if row.id == chosen else "plain" for row in rows]
    return [Line(title, "title"), *(Line(line, style) for line, style in zip(lines, styles, strict=True))]


def shares(height: int, stages: int, utterances: int) -> tuple[int, int]:
    """How many rows of each table are shown in this height; a table gets what the other one does not need."""
    for_utterances = min(utterances, max(height // 3, height - stages))
    return min(stages, height - for_utterances), for_utterances


def part(lines: list[Line], count: int, at: int = 0) -> list[Line]:
    """A title and ``count`` of the lines after it, among them the one with this index; the last one says what is left.

    No line is cut off where all fit.
    """
    title, *rows = lines
    if len(rows) <= count:
        return lines
    shown = max(0, count - 1)
    first = max(0, min(at - shown + 1, len(rows) - shown))
    left = len(rows) - shown
    return [title, *rows[first : first + shown], *([Line(f"... {left} more")] if count else [])]


def screen(
    head: Header, stages: Sequence[StageRow], utterances: Sequence[UtteranceRow], view: View, width: int, height: int
) -> list[Line]:
    """At most ``height`` lines, each at most ``width`` characters."""
    if width < MIN_COLUMNS or height < MIN_ROWS:
        return cut([Line(f"too small: {MIN_COLUMNS} x {MIN_ROWS} are needed", "bad")], width, height)
    if view.help:
        return cut([Line("svctl top", "title"), *map(Line, HELP), Line("any key: back")], width, height)
    top, bottom = header_lines(head), Line(_bottom(view), "title")
    for_stages, for_utterances = shares(height - len(top) - 3, len(stages), len(utterances))  # two titles, the bottom
    chosen = next((at for at, row in enumerate(utterances) if row.id == view.chosen), 0)
    lines = [
        *top,
        *part(stage_lines(view.in_order(stages), width), for_stages),
        *part(utterance_lines(utterances, width, view.chosen), for_utterances, chosen),
    ]
    return cut([*lines, *[Line("")] * (height - 1 - len(lines)), bottom], width, height)


def _bottom(view: View) -> str:
    if view.typed is not None:
        return f"seconds between readings (now {view.delay_s:g}): {view.typed}"
    if view.message:
        return view.message
    return f"STOPPED, space goes on  {_KEYS}" if view.paused else _KEYS


def cut(lines: Sequence[Line], width: int, height: int) -> list[Line]:
    return [Line(line.text[:width], line.style) for line in lines[:height]]


def plain(head: Header, stages: Sequence[StageRow], utterances: Sequence[UtteranceRow]) -> str:
    """For batch mode: nothing is left out."""
    lines = [*header_lines(head), *stage_lines(stages, 0)]
    if utterances:
        lines += utterance_lines(utterances, 0, 0)
    return "\n".join(line.text for line in lines) + "\n"

"""A trace as a picture: a row for each stage, a rectangle for each block, underruns as red bands, ticks of time."""

from collections.abc import Iterable
from html import escape
from typing import Final

from steadyvoice.client.svctl.trace.spans import Row, Span, at_work, extent, rows
from steadyvoice.client.svctl.trace.waterfall import headline, ms, notes
from steadyvoice.ipc.traces import Trace, TracedUtterance

WIDTH: Final = 1200
_LEFT, _RIGHT, _ROW, _BAR, _TITLE = 120, 20, 30, 20, 18
_LEAST_PX: Final = 0.6
"""Blocks of one row that are drawn closer than this are one rectangle: a long trace stays small."""
_COLOURS: Final = {
    "generator": "#4269d0", "flow": "#9c6b4e", "vocoder": "#3ca951", "converter": "#ff8a3a", "input": "#6cc5b0",
    "output": "#a463f2", "client": "#565b66", "heard": "#97bbf5", "text": "#222",
}  # fmt: skip
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#222}.t{fill:#666}.l{stroke:#ddd}.q{fill:#c9c9c9}.u{fill:#7d8797}"
    ".g{fill:#e5484d;fill-opacity:.35}rect:hover{stroke:#000}"
)
_TICKS: Final = 10
_MOST_UTTERANCES: Final = 24


def svg(trace: Trace) -> str:
    """A document of its own, WIDTH pixels wide, for light and dark pages."""
    found = rows(trace)
    begin, end = extent(trace, found)
    scale = _Scale(begin, end)
    shown = trace.utterances[:_MOST_UTTERANCES]
    heads = [headline(each) for each in shown[:3]] + ([f"and {len(trace.utterances) - 3} more"] if shown[3:] else [])
    any_us, two_us = at_work(found)
    foot = [f"any stage at work {ms(any_us)} ms, two or more {ms(two_us)} ms", *notes(trace, begin)]
    top = 10 + _TITLE * len(heads)
    bottom = top + _ROW * (len(found) + bool(shown))
    height = bottom + 30 + _TITLE * len(foot) + 6
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
        f"<style>{_STYLE}{_colours(found)}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff" stroke="none"/>',
        *(_text(10, 16 + _TITLE * at, head) for at, head in enumerate(heads)),
        *_axis(scale, top, bottom),
    ]
    if shown:
        parts += _lane("utterances", top, (bar for each in shown for bar in _utterance(each, trace.now, scale)))
    for at, row in enumerate(found, bool(shown)):
        bars = (_rect(scale, span.begin, span.end, _about(row, span, begin)) for span in _merged(row.spans, scale))
        parts += _lane(row.name, top + _ROW * at, bars, f"s{at - bool(shown)}")
    for each in trace.utterances:
        for gap in each.gaps:
            about = f"underrun of {ms(gap.until - gap.since)} ms: {escape(gap.stage or '?')} was late"
            x, width = scale.span(gap.since, gap.until)
            place = f'x="{x}" y="{top}" width="{width}" height="{bottom - top}"'
            parts.append(f'<rect class="g" {place}><title>{about}</title></rect>')
    parts += [_text(10, bottom + 36 + _TITLE * at, line) for at, line in enumerate(foot)]
    return "".join([*parts, "</svg>\n"])


class _Scale:
    """From microseconds to pixels."""

    def __init__(self, begin: int, end: int) -> None:
        self.begin, self.end = begin, end
        self._px = (WIDTH - _LEFT - _RIGHT) / (end - begin)

    def x(self, us: int) -> float:
        return _LEFT + (min(max(us, self.begin), self.end) - self.begin) * self._px

    def span(self, begin: int, end: int) -> tuple[str, str]:
        """Left edge and width, at least a visible one."""
        return _short(self.x(begin)), _short(max(_LEAST_PX, self.x(end) - self.x(begin)))


def step_us(span_us: int) -> int:
    """Microseconds between two ticks: 1, 2 or 5 times a power of ten, so that there are about ten."""
    step, steps = 1, (2.0, 2.5, 2.0)
    at = 0
    while span_us / step > _TICKS:
        step = int(step * steps[at % 3])
        at += 1
    return step


def _axis(scale: _Scale, top: int, bottom: int) -> list[str]:
    step = step_us(scale.end - scale.begin)
    parts = []
    for at in range(0, scale.end - scale.begin + 1, step):
        x = _short(scale.x(scale.begin + at))
        parts.append(f'<path class="l" d="M{x} {top}V{bottom}"/>')
        parts.append(f'<text class="t" x="{x}" y="{bottom + 14}" text-anchor="middle">{at / 1000:g}</text>')
    return [*parts, f'<text class="t" x="{WIDTH - 4}" y="{bottom + 14}" text-anchor="end">ms</text>']


def _lane(name: str, top: int, bars: Iterable[str], style: str = "") -> list[str]:
    named = f' class="{style}"' if style else ""
    return [
        f'<text x="{_LEFT - 8}" y="{top + 17}" text-anchor="end">{escape(name)}</text>',
        f'<g{named} transform="translate(0 {top + 4})">',
        *bars,
        "</g>",
    ]


def _utterance(of: TracedUtterance, now: int, scale: _Scale) -> list[str]:
    """Its time in the queue, then the rest."""
    end = of.ended or now
    began = of.admitted or end
    about = escape(headline(of))
    bars = [_rect(scale, began, end, about, "u")] if began < end else []
    return ([_rect(scale, of.received, began, f"queue: {about}", "q")] if of.kind == "speech" else []) + bars


def _rect(scale: _Scale, begin: int, end: int, about: str, style: str = "") -> str:
    x, width = scale.span(begin, end)
    named = f' class="{style}"' if style else ""
    return f'<rect{named} x="{x}" width="{width}" height="{_BAR}"><title>{about}</title></rect>'


def _about(row: Row, span: Span, begin: int) -> str:
    if span.begin == span.end and span.is_complete:
        return f"{escape(row.name)} {ms(span.begin - begin)}"
    took = f"{ms(span.end - span.begin)} ms" if span.is_complete else "never finished"
    return f"{escape(row.name)} {ms(span.begin - begin)}: {took}, {span.utterance}/{span.segment}"


def _merged(spans: list[Span], scale: _Scale) -> list[Span]:
    """Spans that would be drawn over each other, as one."""
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last is not None and scale.x(span.end) - scale.x(last.begin) < 2 * _LEAST_PX:
            last.end = span.end
        else:
            merged.append(Span(span.begin, span.end, span.utterance, span.segment, span.ready, span.is_complete))
    return merged


def _colours(found: list[Row]) -> str:
    return "".join(
        f".s{at} rect{{fill:{_COLOURS.get(row.name.partition(' ')[0], '#888')}}}" for at, row in enumerate(found)
    )


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}">{escape(text)}</text>'


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")

"""A trace as text: what each stage did, a row of it in time, and one line for each underrun."""

from typing import Final

from steadyvoice.client.svctl.render import table
from steadyvoice.client.svctl.trace.spans import Row, StageFigures, at_work, extent, figures, rows, slack
from steadyvoice.ipc.traces import Trace, TracedUtterance

_BARS: Final = " ▁▂▃▄▅▆▇█"
_ASCII_BARS: Final = " .:-=+*##"
_LEAST_COLUMNS: Final = 20


def text(trace: Trace, columns: int, *, ascii_only: bool = False) -> str:
    """columns: width of the terminal. ascii_only: its encoding has no other signs."""
    found = rows(trace)
    lines = [f"kept because: {trace.why}"] if trace.why else []
    lines += [headline(each) for each in trace.utterances[:_MOST_UTTERANCES]]
    if (more := len(trace.utterances) - _MOST_UTTERANCES) > 0:
        lines.append(f"and {more} more")
    begin, end = extent(trace, found)
    if found:
        figured = table(_table(figures(found, trace.utterances), begin))
        lines += ["", figured.replace("µ", "u") if ascii_only else figured]
        lines += ["", *_bars(found, begin, end, columns, _ASCII_BARS if ascii_only else _BARS)]
        any_us, two_us = at_work(found)
        lines += ["", f"any stage at work {ms(any_us)} ms, two or more {ms(two_us)} ms"]
    else:
        lines.append("no block is recorded" if trace.utterances else "nothing was spoken in that time")
    return "\n".join([*lines, *notes(trace, begin)])


_MOST_UTTERANCES: Final = 8


def headline(of: TracedUtterance) -> str:
    """What was spoken, and how it went."""
    parts = [f"{'live session' if of.kind == 'live' else 'utterance'} {of.id}"]
    parts.append("sound device" if of.sink == "device" else "stream")
    if of.kind == "speech":
        voice = f"{of.voice} through {of.converter}" if of.converter else of.voice
        parts += [f"{of.chars} characters", f"voice {voice}"]
    said = ", ".join(parts)
    went = []
    if of.admitted and of.kind == "speech":
        went.append(f"{ms(of.admitted - of.received)} ms in the queue")
    if of.first_audio:
        went.append(f"first audio after {ms(of.first_audio - of.received)} ms")
    if of.ended:
        went.append(f"{of.reason} after {ms(of.ended - of.received)} ms, {of.duration_s:.2f} s of sound")
    else:
        went.append("it goes on")
    return f"{said}: {', '.join(went)}"


def notes(trace: Trace, begin: int) -> list[str]:
    """Underruns, what happened to the device, and what is missing."""
    lines = []
    if left := slack(trace):
        usual = ms(left[len(left) // 2])
        lines.append(f"the device had {usual} ms left to play when it was given a block, at least {ms(left[0])}")
    for each in trace.utterances:
        for gap in each.gaps:
            late = ms(gap.until - gap.since)
            lines.append(f"underrun at {ms(gap.since - begin)} ms, {late} ms long: stage {gap.stage or '?'} was late")
    lines += [f"sound device {each.what} at {ms(each.at - begin)} ms" for each in trace.events if each.at >= begin]
    for each in trace.utterances:
        if each.blocks == "ends" and each.admitted:
            lines.append(f"of {each.id}, only the first and the last block are known: its client has the others")
        elif each.blocks == "some" and each.kind == "live":
            lines.append(f"of {each.id}, one block in four is recorded")
        elif each.blocks == "some":
            lines.append(f"of {each.id}, the first blocks are recorded no more")
    return lines


def _table(found: list[StageFigures], begin: int) -> list[list[str]]:
    out = [["stage", "from, ms", "busy", "blocks", "longest", "overlapped", "hop, µs", "waited for", "kept waiting"]]
    for each in found:
        waited = f"{each.waited_for} {ms(each.waited)}" if each.waited else "-"
        queued = ms(each.queued) if each.queued else "-"
        hop = str(each.hop) if each.hop else "-"
        out.append([
            each.name, ms(each.first - begin), ms(each.busy), str(each.spans), ms(each.longest),
            f"{each.overlapped:.0%}", hop, waited, queued,
        ])  # fmt: skip
    return out


def _bars(found: list[Row], begin: int, end: int, columns: int, signs: str) -> list[str]:
    """A row for each stage: the share of each column's time in which it worked, as the height of a sign."""
    margin = max(len(row.name) for row in found) + 2
    width = max(_LEAST_COLUMNS, columns - margin - 1)
    column_us = (end - begin) / width
    lines = []
    for row in found:
        work = [0.0] * width
        for span in row.spans:
            first = min(width - 1, int((span.begin - begin) / column_us))
            last = min(width - 1, int((span.end - begin) / column_us))
            for at in range(first, last + 1):
                left, right = begin + at * column_us, begin + (at + 1) * column_us
                work[at] += max(1.0, min(span.end, right) - max(span.begin, left))
        heights = [min(len(signs) - 1, -int(-each / column_us * (len(signs) - 1) // 1)) for each in work]
        lines.append((row.name.ljust(margin) + "".join(signs[height] for height in heights)).rstrip())
    label = f"{ms(end - begin)} ms"
    return [*lines, " " * margin + "0" + label.rjust(width - 1)]


def ms(us: int) -> str:
    """Milliseconds, with one decimal below 100."""
    return f"{us / 1e3:.1f}" if abs(us) < 100_000 else f"{us / 1e3:.0f}"

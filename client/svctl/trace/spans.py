"""The work of each stage as spans of time, from the blocks of a trace. Pure. Times are microseconds of the trace."""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Final

from steadyvoice.ipc.traces import Trace, TracedBlock, TracedUtterance

_TOUCHES_US: Final = 1500
"""Blocks that follow each other on the sound device by less than this are one span."""


_PASSIVE: Final = ("text", "heard", "client")
"""Rows that are no stages: they do no work."""


@dataclass
class Span:
    """The work of a stage on one of its input blocks, which may have become several blocks.

    Of input blocks that were collected into one, only the last is known.
    """

    begin: int
    end: int
    """The stage has published the last of them. As ``begin`` where it never has."""
    utterance: int
    segment: int
    ready: int = 0
    """The stage before had finished the input; 0: there is none."""
    is_complete: bool = True


@dataclass
class Row:
    """A stage, in the order of the path, or where the sound goes."""

    name: str
    spans: list[Span] = field(default_factory=list)
    """In order of time, without overlap."""

    @property
    def busy_us(self) -> int:
        return sum(span.end - span.begin for span in self.spans)


def rows(trace: Trace) -> list[Row]:
    """One for each stage that has worked, in the order of the paths.

    Before them ``text``, the pieces that a client has sent; after them ``heard``, what the sound device has played.
    """
    utterances = {each.id: each for each in trace.utterances}
    found: dict[str, dict[tuple[int, int], Span]] = {}
    for block in trace.blocks:
        if (utterance := utterances.get(block.utterance)) is not None:
            for at, name in enumerate(utterance.stages):
                _add(found.setdefault(name, {}), block, at)
    order = _order(trace.utterances, set(found))
    texts = [Span(at, at, each.id, 0) for each in trace.utterances for at in each.texts]
    made = [Row("text", _apart(texts)), *(Row(name, _apart(list(found[name].values()))) for name in order)]
    made += [Row("heard", heard)] if (heard := _heard(trace.blocks)) else []
    return [row for row in made if row.spans]


def _add(spans: dict[tuple[int, int], Span], block: TracedBlock, at: int) -> None:
    times = block.times[2 * at : 2 * at + 2]
    if len(times) < 2 or not times[0]:
        return
    begin, end = times
    span = spans.setdefault((block.utterance, begin), Span(begin, begin, block.utterance, block.segment))
    span.is_complete = bool(end)
    span.end = max(span.end, end)
    if at:
        span.ready = span.ready or block.times[2 * at - 1]


def _order(utterances: list[TracedUtterance], names: set[str]) -> list[str]:
    """The stages by their mean place from the end of the paths."""
    places: dict[str, list[int]] = {name: [] for name in names}
    for utterance in utterances:
        for at, name in enumerate(reversed(utterance.stages)):
            if name in places:
                places[name].append(at - (1 if utterance.stages[-1] == "client" else 0))
    return sorted(names, key=lambda name: (-sum(places[name]) / len(places[name]), name))


def _apart(spans: list[Span]) -> list[Span]:
    """In order of time. A stage that works for several utterances at once does so in the part that follows."""
    ordered = sorted(spans, key=lambda span: (span.begin, span.end))
    last = 0
    for span in ordered:
        span.begin = max(span.begin, last)
        span.end = last = max(span.begin, span.end)
    return ordered


def _heard(blocks: list[TracedBlock]) -> list[Span]:
    """What the sound device played, blocks that follow each other as one span."""
    spans: list[Span] = []
    for block in blocks:
        if not block.heard:
            continue
        end = block.heard + block.samples * 1_000_000 // 48000
        last = spans[-1] if spans else None
        if last is not None and last.utterance == block.utterance and block.heard < last.end + _TOUCHES_US:
            last.end = max(last.end, end)
        else:
            spans.append(Span(block.heard, end, block.utterance, block.segment))
    return _apart(spans)


@dataclass(frozen=True)
class StageFigures:
    """Of one stage, in microseconds."""

    name: str
    first: int
    """When it began its first block, of the trace."""
    busy: int
    spans: int
    longest: int
    overlapped: float
    """Share of its work during which another stage worked too, 0 to 1."""
    waited: int
    """It had nothing to do, because the stage before had not finished the next block."""
    waited_for: str
    """The stage before; empty: there is none. The output waits for the sound device's clock."""
    queued: int
    """Its blocks were ready, and it was at work on earlier ones."""
    hop: int
    """Median from a block's readiness to its begin, while the stage had nothing else to do."""


def figures(of: list[Row], utterances: list[TracedUtterance]) -> list[StageFigures]:
    """Of each stage that has worked. of: the rows of the trace of these utterances."""
    ends = {each.id for each in utterances if each.blocks == "ends"}
    live = {each.id for each in utterances if each.kind == "live"}
    working = [row for row in of if row.name not in _PASSIVE]
    shared = _overlaps(working)
    found = []
    for before, row in zip([None, *working], working, strict=False):
        waited, queued, hops = (0, 0, []) if row.name == "output" else _waits(row, ends, live)
        found.append(
            StageFigures(
                row.name,
                row.spans[0].begin,
                row.busy_us,
                len(row.spans),
                max(span.end - span.begin for span in row.spans),
                shared[row.name] / row.busy_us if row.busy_us else 0.0,
                waited,
                before.name if before is not None and row.name != "output" else "",
                queued,
                sorted(hops)[len(hops) // 2] if hops else 0,
            )
        )
    return found


def _waits(row: Row, ends: Container[int], live: Container[int]) -> tuple[int, int, list[int]]:
    """How long the stage waited for blocks, its blocks for the stage, and the hops; the first block is not counted.

    ends: utterances of which only the first and the last block are known. live: of which one in four is.
    """
    waited = queued = 0
    hops: list[int] = []
    free = row.spans[0].end
    for span in row.spans[1:]:
        if span.ready and span.utterance not in ends:
            if span.utterance not in live:
                waited += max(0, min(span.begin, span.ready) - free)
                queued += max(0, free - span.ready)
            if span.ready >= free and span.begin >= span.ready:
                hops.append(span.begin - span.ready)
        free = span.end
    return waited, queued, hops


def at_work(of: list[Row]) -> tuple[int, int]:
    """Microseconds in which any stage worked, and in which two or more did."""
    changes = _changes([row for row in of if row.name not in _PASSIVE])
    any_us = two_us = count = last = 0
    for at in sorted(changes):
        any_us += (at - last) * (count >= 1)
        two_us += (at - last) * (count >= 2)
        count, last = count + changes[at], at
    return any_us, two_us


def _changes(of: list[Row]) -> Counter[int]:
    """By how much the number of stages at work changes, by time."""
    changes: Counter[int] = Counter()
    for row in of:
        for span in row.spans:
            changes[span.begin] += 1
            changes[span.end] -= 1
    return changes


def _overlaps(of: list[Row]) -> dict[str, int]:
    """Microseconds of each stage's work in which another one worked too."""
    found = {}
    for row in of:
        own = _changes([row])
        others = _changes([other for other in of if other is not row])
        total = mine = theirs = last = 0
        for at in sorted({*own, *others}):
            total += (at - last) * (mine > 0 and theirs > 0)
            mine, theirs, last = mine + own[at], theirs + others[at], at
        found[row.name] = total
    return found


def slack(trace: Trace) -> list[int]:
    """What the sound device had left to play when it was given each block, ascending; below 0: it had been silent."""
    return sorted(block.due - block.times[-1] for block in trace.blocks if block.due and block.times[-1])


def extent(trace: Trace, of: list[Row]) -> tuple[int, int]:
    """From when to when there is something to show."""
    begins = [span.begin for row in of for span in row.spans]
    ends = [span.end for row in of for span in row.spans]
    for each in trace.utterances:
        if each.kind == "speech" and each.blocks != "some":
            begins.append(each.received)
            ends.append(each.ended or each.received)
    begins += [gap.since for each in trace.utterances for gap in each.gaps if not begins]
    begin, end = min(begins, default=0), max(ends, default=trace.now)
    return begin, max(end, begin + 1)

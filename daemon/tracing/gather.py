"""Makes a trace of what is known of utterances and of the flight recorder's records. Pure."""

import time
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from steadyvoice.daemon.tracing.known import Known
from steadyvoice.ipc import flight_recorder as fr
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.traces import DeviceEvent, Gap, Trace, TracedBlock, TracedUtterance

_EVENTS: Final[dict[int, Literal["opened", "lost"]]] = {fr.OPENED: "opened", fr.LOST: "lost"}


class Gathering:
    """Takes records one by one, so that the caller may do something else in between."""

    def __init__(self, known: Sequence[Known], since_ns: int = 0) -> None:
        """since_ns: blocks that were taken before this time are left out."""
        self._known = {each.id: each for each in known}
        self._since_ns = since_ns
        self._blocks: list[list[int]] = []
        self._events: list[list[int]] = []
        self._gaps: dict[int, list[tuple[int, int, str]]] = {}
        self._whole: set[int] = set()
        """Ids of utterances of which the first block is recorded still."""

    @property
    def ids(self) -> frozenset[int]:
        """Of the utterances of which records are wanted."""
        return frozenset(self._known)

    def add(self, record: list[int]) -> None:
        if record[s.KIND] in _EVENTS:
            if record[fr.AT] >= self._since_ns:
                self._events.append(record)
            return
        known = self._known.get(record[s.UTTERANCE] & fr.IDS)
        if known is None:
            return
        if record[s.KIND] == fr.UNDERRUN:
            stage = known.stages[record[s.INDEX]] if record[s.INDEX] < len(known.stages) else ""
            self._gaps.setdefault(known.id, []).append((record[fr.DUE], record[fr.AT], stage))
        elif record[s.TIMES + 2 * (record[s.ROUTE] & s.POSITION)] >= self._since_ns:
            self._blocks.append(record)
            if not record[s.SEGMENT] and not record[s.INDEX]:
                self._whole.add(known.id)

    def trace(self, now_ns: int, unix_ns: int, why: str = "") -> Trace:
        """unix_ns: the wall clock at ``now_ns``. now_ns: of CLOCK_MONOTONIC."""
        starts = [each.received_ns for each in self._known.values()]
        starts += [record[s.TIMES] for record in self._blocks if record[s.TIMES]]
        starts += [record[fr.AT] for record in self._events]
        scale = _Scale((min(starts, default=now_ns) - 1000) // 1000 * 1000)
        blocks = [self._block(record, scale) for record in self._blocks]
        recorded = {block.utterance for block in blocks}
        for known in self._known.values():
            if known.id not in recorded:
                blocks += _ends(known, scale)
        utterances = [self._utterance(known, scale, known.id in recorded) for known in self._known.values()]
        events = [DeviceEvent(scale.us(record[fr.AT]), _EVENTS[record[s.KIND]]) for record in self._events]
        return Trace(
            scale.origin_ns, unix_ns - now_ns + scale.origin_ns, scale.us(now_ns), utterances, blocks, events, why
        )

    def _block(self, record: list[int], scale: "_Scale") -> TracedBlock:
        number, origin = record[s.UTTERANCE] & fr.IDS, scale.origin_ns
        times = record[s.TIMES : s.TIMES + 2 * len(self._known[number].stages)]
        return TracedBlock(
            number,
            record[s.SEGMENT],
            record[s.INDEX],
            record[s.COUNT],
            [(ns - origin) // 1000 if ns > origin else 0 for ns in times],
            scale.us(record[fr.DUE]),
            scale.us(record[fr.HEARD]),
        )

    def _utterance(self, known: Known, scale: "_Scale", is_recorded: bool) -> TracedUtterance:
        gaps = self._gaps.get(known.id) or known.gaps
        blocks: Literal["all", "some", "ends"] = "some" if is_recorded else "ends"
        if known.kind == "speech" and known.id in self._whole:
            blocks = "all"
        return TracedUtterance(
            id=known.id,
            kind=known.kind,
            sink=known.sink,
            stages=known.stages,
            received=scale.us(known.received_ns),
            admitted=scale.us(known.admitted_ns),
            first_audio=scale.us(known.first_ns),
            ended=scale.us(known.ended_ns),
            reason=known.reason,
            voice=known.voice,
            converter=known.converter,
            chars=known.chars,
            heard_chars=known.heard_chars,
            duration_s=known.duration_s,
            rate=known.rate,
            gaps=[Gap(scale.us(since), scale.us(until), stage) for since, until, stage in gaps],
            traceparent=known.traceparent,
            blocks=blocks,
        )


class _Scale:
    def __init__(self, origin_ns: int) -> None:
        self.origin_ns = origin_ns

    def us(self, ns: int) -> int:
        """0 for 0, which is no time, and for times before the origin, which are of no interest."""
        return max(0, (ns - self.origin_ns) // 1000)


def _ends(known: Known, scale: _Scale) -> list[TracedBlock]:
    """The first and the last block, where the stages have reported them."""
    return [
        TracedBlock(known.id, 0, 0, 0, [scale.us(ns) for ns in times[: 2 * len(known.stages)]])
        for times in known.ends.values()
        if any(times)
    ]


def chosen(known: Sequence[Known], number: int, since_ns: int) -> list[Known]:
    """The utterances that are asked for: the one of this number; those since then; or, without both, the last one that
    has begun.

    Empty where there is none.
    """
    if number:
        return [each for each in known if each.id == number][-1:]
    if since_ns:
        return [each for each in known if not each.is_over or each.ended_ns >= since_ns]
    begun = [each for each in known if each.admitted_ns]
    return [max(begun, key=lambda each: each.received_ns)] if begun else []


def now(gathering: Gathering, why: str = "") -> Trace:
    return gathering.trace(time.monotonic_ns(), time.time_ns(), why)


def whole(known: Sequence[Known], records: Iterable[list[int]], why: str) -> Trace:
    """The trace of all these records."""
    gathering = Gathering(known)
    for record in records:
        gathering.add(record)
    return now(gathering, why)

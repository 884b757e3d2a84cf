"""A trace as trace events, which Perfetto, chrome://tracing and speedscope open.

Format: "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU. A stage
is a thread of complete events (``X``), which never overlap; utterances, which may, are asynchronous (``b``, ``e``).
"""

from collections.abc import Iterator
from typing import Any, Final

from steadyvoice.client.svctl.trace.spans import rows
from steadyvoice.ipc.traces import Trace, TracedUtterance

_PID: Final = 1
Event = dict[str, Any]


def document(trace: Trace) -> dict[str, Any]:
    """Times are microseconds since the trace's origin; ``otherData`` has the wall clock then."""
    events = [*_rows(trace), *(event for each in trace.utterances for event in _utterance(each, trace.now))]
    events += [_instant(f"sound device {device.what}", device.at, {}) for device in trace.events]
    events.sort(key=lambda event: (event["ph"] != "M", event.get("ts", 0)))
    other = {"version": "steadyvoice", "unix_ns": str(trace.unix_ns)}
    return {"traceEvents": events, "displayTimeUnit": "ms", "otherData": other}


def _rows(trace: Trace) -> Iterator[Event]:
    yield {"ph": "M", "name": "process_name", "pid": _PID, "tid": 0, "args": {"name": "steadyvoice"}}
    for thread, row in enumerate(rows(trace), 1):
        yield {"ph": "M", "name": "thread_name", "pid": _PID, "tid": thread, "args": {"name": row.name}}
        yield {"ph": "M", "name": "thread_sort_index", "pid": _PID, "tid": thread, "args": {"sort_index": thread}}
        for span in row.spans:
            args = {"utterance": span.utterance, "segment": span.segment}
            yield {
                "ph": "X",
                "name": row.name,
                "cat": "stage",
                "pid": _PID,
                "tid": thread,
                "ts": span.begin,
                "dur": span.end - span.begin,
                "args": args if span.is_complete else args | {"unfinished": True},
            }


def _utterance(of: TracedUtterance, now: int) -> Iterator[Event]:
    name = f"{'live session' if of.kind == 'live' else 'utterance'} {of.id}"
    end = of.ended or now
    args = {"sink": of.sink, "characters": of.chars, "voice": of.voice, "reason": of.reason}
    yield from _asynchronous(of, name, of.received, end, args)
    if of.kind == "speech":
        yield from _asynchronous(of, "queue", of.received, of.admitted or end, {})
    for gap in of.gaps:
        yield from _asynchronous(of, "underrun", gap.since, gap.until, {"stage": gap.stage})
    if of.first_audio:
        yield _instant(f"first audio of {of.id}", of.first_audio, {})


def _asynchronous(of: TracedUtterance, name: str, begin: int, end: int, args: dict[str, Any]) -> Iterator[Event]:
    event = {"cat": "utterance", "name": name, "id": of.id, "pid": _PID, "tid": 0}
    yield {"ph": "b", **event, "ts": begin, "args": args}
    yield {"ph": "e", **event, "ts": max(begin, end)}


def _instant(name: str, at: int, args: dict[str, Any]) -> Event:
    return {"ph": "i", "name": name, "cat": "moment", "s": "p", "pid": _PID, "tid": 0, "ts": at, "args": args}

"""A trace as an OpenTelemetry document: one trace an utterance, a span each for its time in the queue and its stages.

The form is that of OTLP over HTTP in JSON (opentelemetry-proto, docs/specification.md): ids in hexadecimal, 64-bit
integers as text. A stage's span lasts from its first block to its last one; blocks are its events.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from steadyvoice.ipc.traces import Trace, TracedBlock, TracedUtterance, is_traceparent

MAX_EVENTS: Final = 512
"""Of a span; more are counted in ``droppedEventsCount``."""
_INTERNAL, _SERVER, _ERROR = 1, 2, 2


def is_sampled(traceparent: str) -> bool:
    """Whether the caller has its trace recorded; without a trace context, yes."""
    return not traceparent or bool(int(traceparent.rpartition("-")[2], 16) & 1)


def document(trace: Trace) -> dict[str, Any]:
    """The body of a POST to ``/v1/traces``, as JSON has it."""
    blocks: dict[int, list[TracedBlock]] = {}
    for block in trace.blocks:
        blocks.setdefault(block.utterance, []).append(block)
    spans = [span for each in trace.utterances for span in _Utterance(trace, each).spans(blocks.get(each.id, []))]
    scope = {"scope": {"name": "steadyvoice"}, "spans": spans}
    return {
        "resourceSpans": [
            {"resource": {"attributes": _attributes({"service.name": "steadyvoice"})}, "scopeSpans": [scope]}
        ]
    }


class _Utterance:
    def __init__(self, trace: Trace, of: TracedUtterance) -> None:
        self._trace, self._of = trace, of
        self._seed = f"{_boot()} {of.id} {trace.origin_ns // 1000 + of.received}"
        """The same at each call, on one machine."""
        context = of.traceparent.split("-") if is_traceparent(of.traceparent) else ["", "", "", ""]
        self._trace_id, self._caller = context[1] or self._id("trace", 16), context[2]
        self._root = self._id("utterance", 8)

    def spans(self, blocks: list[TracedBlock]) -> list[dict[str, Any]]:
        of = self._of
        end = of.ended or self._trace.now
        attributes = {
            "steadyvoice.id": of.id,
            "steadyvoice.sink": of.sink,
            "steadyvoice.voice": of.voice,
            "steadyvoice.converter": of.converter,
            "steadyvoice.characters": of.chars,
            "steadyvoice.heard_characters": of.heard_chars,
            "steadyvoice.reason": of.reason,
            "steadyvoice.first_audio_ms": (of.first_audio - of.received) / 1e3 if of.first_audio else None,
            "steadyvoice.audio_s": of.duration_s,
            "steadyvoice.underruns": len(of.gaps),
        }
        gaps = [
            self._event("underrun", gap.since, {"stage": gap.stage, "late_ms": (gap.until - gap.since) / 1e3})
            for gap in of.gaps
        ]
        name = "live session" if of.kind == "live" else "utterance"
        root = self._span(name, of.received, end, attributes, gaps) | {"spanId": self._root, "kind": _SERVER}
        root["parentSpanId"] = self._caller
        if of.reason == "error":
            root["status"] = {"code": _ERROR}
        found = [root]
        if of.kind == "speech":
            found.append(self._span("queue", of.received, of.admitted or end, {}, []))
        return found + list(self._stages(blocks))

    def _stages(self, blocks: list[TracedBlock]) -> Iterable[dict[str, Any]]:
        for at, stage in enumerate(self._of.stages):
            worked = [block for block in blocks if len(block.times) > 2 * at and block.times[2 * at]]
            if not worked:
                continue
            first = min(block.times[2 * at] for block in worked)
            last = max(max(block.times[2 * at : 2 * at + 2]) for block in worked)
            events = [
                self._event(
                    "block",
                    block.times[2 * at],
                    {
                        "segment": block.segment,
                        "index": block.index,
                        "samples": block.samples,
                        "took_ms": max(0, block.times[2 * at + 1] - block.times[2 * at]) / 1e3,
                    },
                )
                for block in worked[:MAX_EVENTS]
            ]
            span = self._span(stage, first, last, {"steadyvoice.blocks": len(worked)}, events)
            span["droppedEventsCount"] = len(worked) - len(events)
            yield span

    def _span(
        self, name: str, begin: int, end: int, attributes: dict[str, Any], events: list[dict[str, Any]]
    ) -> dict[str, Any]:
        return {
            "traceId": self._trace_id,
            "spanId": self._id(name, 8),
            "parentSpanId": self._root,
            "name": name,
            "kind": _INTERNAL,
            "startTimeUnixNano": self._unix(begin),
            "endTimeUnixNano": self._unix(max(begin, end)),
            "attributes": _attributes(attributes),
            "events": events,
        }

    def _event(self, name: str, at: int, attributes: dict[str, Any]) -> dict[str, Any]:
        return {"timeUnixNano": self._unix(at), "name": name, "attributes": _attributes(attributes)}

    def _unix(self, us: int) -> str:
        return str(self._trace.unix_ns + us * 1000)

    def _id(self, name: str, size: int) -> str:
        return hashlib.sha256(f"{self._seed} {name}".encode()).digest()[:size].hex()


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Values that are not known are left out."""
    return [{"key": key, "value": _value(value)} for key, value in values.items() if value not in (None, "")]


def _value(value: object) -> dict[str, Any]:
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def _boot() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""

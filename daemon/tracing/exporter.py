"""Sends the trace of each utterance that has ended to an OpenTelemetry collector: OTLP as JSON over HTTP.

The format is that of opentelemetry-proto 1.x (docs/specification.md, "JSON Protobuf Encoding"). A thread of its own
encodes and sends; where the collector is slow, traces are dropped and counted, never waited for.
"""

import logging
import queue
import threading
from typing import Final
from urllib.parse import urlsplit

import msgspec

from steadyvoice.daemon.tracing import gather
from steadyvoice.daemon.tracing.known import Known
from steadyvoice.ipc import otlp
from steadyvoice.ipc.errors import describe
from steadyvoice.ipc.flight_recorder import Snapshot

log = logging.getLogger("svd")

WAITING: Final = 16
"""Traces that wait for the collector, at most; one may hold a copy of the flight recorder, a mebibyte."""
_TIMEOUT_S: Final = 5.0


class Exporter:
    def __init__(self, url: str) -> None:
        self.url = url
        """Of the collector; empty: nothing is exported. May be changed."""
        self.exported = 0
        self.dropped = 0
        """Traces that the collector did not take, or that waited for it in vain."""
        self.problem = ""
        """Why the last one was dropped; empty after one that arrived."""
        self._waiting: queue.Queue[tuple[Known, Snapshot | None]] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None

    def wants(self, known: Known) -> bool:
        """The caller's trace context decides, where it has sent one."""
        return bool(self.url) and otlp.is_sampled(known.traceparent)

    def export(self, known: Known, snapshot: Snapshot | None) -> None:
        """snapshot: None where the recorder has nothing of the utterance. Never waits."""
        try:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="otlp", daemon=True)
                thread.start()
                self._thread = thread
            self._waiting.put_nowait((known, snapshot))
        except RuntimeError as error:  # a container may refuse threads
            self._drop(describe(error))
        except queue.Full:
            self._drop("the collector is too slow")

    def _run(self) -> None:
        while True:
            known, snapshot = self._waiting.get()
            try:
                records = snapshot.records({known.id}) if snapshot is not None else ()
                _post(self.url, msgspec.json.encode(otlp.document(gather.whole([known], records, ""))))
            except (OSError, ValueError) as error:
                self._drop(f"{self.url}: {describe(error)}")
            else:
                self.exported, self.problem = self.exported + 1, ""

    def _drop(self, why: str) -> None:
        self.dropped += 1
        problem = f"a trace was dropped: {why}"
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem


def _post(url: str, body: bytes) -> None:
    """OSError where the collector does not take it."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # 20 ms, and only where it is configured

    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    target = (parts.path or "/v1/traces") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if not 200 <= answer.status < 300:
            raise OSError(f"the collector answers {answer.status} {answer.reason}")
    except HTTPException as error:
        raise OSError(f"no HTTP: {describe(error)}") from error
    finally:
        connection.close()

"""Traces made by hand: blocks at given times, and the flight recorder's way to them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from os import close
from threading import Thread
from typing import Any, Self

from steadyvoice.ipc import flight_recorder as fr
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.flight_recorder import FlightRecorder, Reader
from steadyvoice.ipc.slot import HEADER_BYTES, Slot
from steadyvoice.ipc.traces import Gap, Trace, TracedBlock, TracedUtterance

STAGES = ["generator", "vocoder", "converter", "output"]


def slot(utterance: int, number: int, times: Sequence[int], *, segment: int = 0, index: int = -1) -> Slot:
    """A slot of PCM as the output gets it. times: of the stages before it."""
    made = Slot(memoryview(bytearray(HEADER_BYTES)), 0)
    words = made.words
    words[s.SEQ], words[s.UTTERANCE], words[s.KIND], words[s.SEGMENT] = number, utterance, s.PCM, segment
    words[s.COUNT], words[s.INDEX] = 512, 512 * number if index < 0 else index
    words[s.ROUTE] = len(times) // 2
    for at, ns in enumerate(times):
        words[s.TIMES + at] = ns
    return made


@contextmanager
def recorder() -> Iterator[tuple[FlightRecorder, Reader, int]]:
    """Both ends, and the descriptor."""
    fd = fr.create()
    try:
        yield FlightRecorder(fd), Reader(fd), fd
    finally:
        close(fd)


class Collector:
    """Takes traces by HTTP, as an OpenTelemetry collector does; while it is entered."""

    def __init__(self) -> None:
        self.status = 200
        """Of its answers."""
        self.traces: list[list[dict[str, Any]]] = []
        """The spans of each document."""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                collector.traces.append(body["resourceSpans"][0]["scopeSpans"][0]["spans"])
                self.send_response(collector.status)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/traces"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def utterance(number: int = 7, **more: object) -> TracedUtterance:
    values = {
        "id": number, "kind": "speech", "sink": "device", "stages": STAGES, "received": 1000, "admitted": 2000,
        "first_audio": 30_000, "ended": 400_000, "reason": "done", "voice": "heart", "chars": 120,
        "heard_chars": 120, "duration_s": 0.4,
    }  # fmt: skip
    return TracedUtterance(**(values | more))  # type: ignore[arg-type]


def trace(utterances: list[TracedUtterance], blocks: list[TracedBlock], **more: object) -> Trace:
    values = {"origin_ns": 5_000_000, "unix_ns": 1_798_660_800_000_000_000, "now": 500_000}
    return Trace(**(values | more), utterances=utterances, blocks=blocks)  # type: ignore[arg-type]


def usual(blocks: int = 112) -> Trace:
    """Four spans a block: 112 blocks are the 448 spans of three sentences."""
    made = []
    for at in range(blocks):
        times = [t + 4000 * at for t in (3000, 6000, 6050, 8000, 8020, 8500, 8600, 8700)]
        made.append(TracedBlock(7, 0, 512 * at, 512, times, 9000 + 4000 * at, 9000 + 4000 * at))
    return trace([utterance(ended=4000 * blocks, gaps=[Gap(100_000, 112_000, "vocoder")])], made)

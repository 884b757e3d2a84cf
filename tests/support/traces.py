"""Traces made by hand: blocks at given times, and the flight recorder's way to them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import close

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

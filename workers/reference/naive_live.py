"""``python -m steadyvoice.workers.reference.naive_live``: live sound in one process, with threads and queues.

The usual design: one thread captures, one runs the plugins, one plays, with a ``queue.Queue`` between each two. One
JSON object in: {"seconds", "block"}; one out: blocks, underruns, and the milliseconds from each block's capture until
the device was given it. Both devices are simulated, with one clock; the plugins are a gain and a filter in numpy.
"""

import contextlib
import queue
import sys
import threading
import time
from typing import TypeAlias

import msgspec
import numpy as np

from steadyvoice.ipc.stage_protocol import SINK_RATE as RATE
from steadyvoice.workers.playback.fade import Samples
from steadyvoice.workers.playback.null_device import NullDevice

Blocks: TypeAlias = "queue.Queue[tuple[float, Samples]]"
_QUEUED = 8
"""Blocks that a queue may hold."""


def _capture(block: int, to: Blocks, over: threading.Event) -> None:
    began, count = time.monotonic(), 0
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, block).astype(np.float32)
    while not over.is_set():
        count += 1
        due = began + count * block / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        with contextlib.suppress(queue.Full):
            to.put_nowait((due, sound))


def _convert(source: Blocks, to: Blocks, over: threading.Event) -> None:
    kernel = np.hanning(64).astype(np.float32) / 32
    tail = np.zeros(63, np.float32)
    while not over.is_set():
        due, block = source.get()
        block = block * np.float32(0.5)
        whole = np.concatenate([tail, block])
        tail = whole[-63:]
        to.put((due, np.convolve(whole, kernel, "valid")))


def main() -> None:
    asked = msgspec.json.decode(sys.stdin.readline())
    size = asked["block"]
    captured: Blocks = queue.Queue(_QUEUED)
    converted: Blocks = queue.Queue(_QUEUED)
    over = threading.Event()
    for work, arguments in ((_capture, (size, captured)), (_convert, (captured, converted))):
        threading.Thread(target=work, args=(*arguments, over), daemon=True).start()
    device = NullDevice("null")
    device.open(2000 * size / RATE)
    device.write(np.zeros(size, np.float32))
    underruns, delays, began = 0, [], time.monotonic()
    while time.monotonic() - began < asked["seconds"]:
        due, block = converted.get()
        while (space := device.writable()) < size:
            time.sleep((size - space) / RATE)
        underruns += device.write(block)
        delays.append((time.monotonic() - due) * 1000)
    over.set()
    seconds = round(time.monotonic() - began, 1)
    found = {"seconds": seconds, "blocks": len(delays), "underruns": underruns, "values": delays}
    print(msgspec.json.encode(found).decode(), flush=True)


if __name__ == "__main__":
    main()

"""``python -m steadyvoice.workers.reference.naive``: speech in one process, with threads and a queue.

The usual design: one thread synthesises, another plays, with a ``queue.Queue`` between them. One JSON object in:
{"text", "seconds", "block"}; one out: underruns, drift in samples, and the delay of each block in ms. The device is a
null device with a buffer of 20 ms.
"""

import queue
import sys
import threading
import time

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from steadyvoice.ipc.stage_protocol import SINK_RATE as RATE
from steadyvoice.workers.playback.null_device import NullDevice

_AHEAD = 200
"""Blocks in the queue: two seconds, which is the daemon's lookahead."""


def _speak(text: str, block: int, blocks: "queue.Queue[NDArray[np.float32]]", over: threading.Event) -> None:
    from hibari import Hibari

    package = Hibari()
    while not over.is_set():
        samples = soxr.resample(package(text), 24000, RATE)
        for at in range(0, len(samples) - block, block):
            while not over.is_set():
                try:
                    blocks.put(samples[at : at + block], timeout=0.1)
                    break
                except queue.Full:
                    pass


def main() -> None:
    asked = msgspec.json.decode(sys.stdin.readline())
    blocks: queue.Queue[NDArray[np.float32]] = queue.Queue(_AHEAD)
    over = threading.Event()
    size = asked["block"]
    speaker = threading.Thread(target=_speak, args=(asked["text"], size, blocks, over))
    speaker.start()
    device = NullDevice("null")
    device.open(20.0)
    block = blocks.get()
    underruns, late, began = 0, [], time.monotonic()
    while time.monotonic() - began < asked["seconds"]:
        while (room := device.writable()) < size:
            time.sleep((size - room) / RATE)
        late.append((room - size) / RATE * 1000)
        underruns += device.write(block)
        block = blocks.get()
    over.set()
    speaker.join()
    lost = device.played() - len(late) * size
    seconds = round(time.monotonic() - began, 1)
    found = {"seconds": seconds, "blocks": len(late), "underruns": underruns, "drift_samples": lost, "values": late}
    print(msgspec.json.encode(found).decode(), flush=True)


if __name__ == "__main__":
    main()

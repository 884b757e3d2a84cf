"""A program that captures from a source as the input stage does: ``python live_capture.py SOURCE``.

It writes the samples to standard output, and each quarter of a second its status, as a line of JSON, to standard error.
"""

import json
import os
import sys
import time

from steadyvoice.workers.live.live_input import LiveInput
from steadyvoice.workers.live.naming import source_of
from steadyvoice.workers.live.sources import MonotonicClock
from steadyvoice.workers.playback.sound_library import silence_libraries


def main(source: str) -> None:
    silence_libraries()
    live = LiveInput(source_of(source), MonotonicClock())
    live.open(time.monotonic_ns())
    reported = 0.0
    while not live.is_over:
        for block in live.step(time.monotonic_ns()):
            os.write(1, block.samples.tobytes())
        if time.monotonic() - reported > 0.25:
            reported = time.monotonic()
            print(json.dumps(live.status()._asdict() | {"written": live.index}), file=sys.stderr, flush=True)
        time.sleep(live.sleep_s)


if __name__ == "__main__":
    main(sys.argv[1])

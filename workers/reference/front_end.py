"""``python -m steadyvoice.workers.reference.front_end``: the cost of the text front end alone, for a benchmark.

One JSON object per line. Out, once warm: {"ready": true}. In: {"text": ...}. Out: {"ms": ..., "samples": 0}, the time
from the text as it is written to the words that an English voice speaks. Ends with its standard input.
"""

import sys
import time

import msgspec

from steadyvoice.workers.text.front_end import spoken

_WARMUP = "On May 5, 2024 at 7:30 p.m. Dr. Lee paid $3.50 for 2.5 kg of flour."


def main() -> None:
    spoken(_WARMUP, "en-US")
    _say({"ready": True})
    for line in sys.stdin:
        text = msgspec.json.decode(line)["text"]
        began = time.perf_counter_ns()
        spoken(text, "en-US")
        _say({"ms": (time.perf_counter_ns() - began) / 1e6, "samples": 0})


def _say(reply: dict[str, object]) -> None:
    print(msgspec.json.encode(reply).decode(), flush=True)


if __name__ == "__main__":
    main()

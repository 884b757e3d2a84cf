"""``python -m steadyvoice.workers.reference.bare``: the unmodified hibari package, the baseline of its engine.

One JSON object per line. Out, once warm: {"ready": true}. In: {"text": ...}. Out: {"ms": ..., "samples": ...}, the
time of ``Hibari()(text)`` from text to complete audio. Ends with its standard input. Threads, memory and garbage
collection are left at their defaults.
"""

import sys
import time

import msgspec

_WARMUP = ("Hi.", "Hello there, how do you do?", "The quick brown fox jumps over the lazy dog. " * 3)


def main() -> None:
    from hibari import Hibari

    package = Hibari()
    for text in _WARMUP:
        package(text)
    _say({"ready": True})
    for line in sys.stdin:
        text = msgspec.json.decode(line)["text"]
        began = time.perf_counter_ns()
        audio = package(text)
        took = time.perf_counter_ns() - began
        _say({"ms": took / 1e6, "samples": len(audio)})


def _say(reply: dict[str, object]) -> None:
    print(msgspec.json.encode(reply).decode(), flush=True)


if __name__ == "__main__":
    main()

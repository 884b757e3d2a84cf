"""``python -m steadyvoice.workers.reference.whole ENGINE VOICE``: the models of a voice in one process, a text at once.

One JSON object per line, as in `bare`: {"ms"} is the time from text to complete audio. Kokoro decodes each clause at
once, as published. Models have one thread, or OMP_NUM_THREADS.
"""

import os
import sys
import time

import msgspec
import numpy as np

from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.engines.engine import Downstream, Engine, Generator, Samples, Word


def main(name: str, voice: str) -> None:
    os.environ.setdefault("STEADYVOICE_KOKORO", "whole")
    engine = engines.load(name)
    generator = engine.generator()
    generator.warmup()
    _speak(engine, generator, voice, "Hello there, how do you do?")
    _say({"ready": True})
    for line in sys.stdin:
        text = msgspec.json.decode(line)["text"]
        began = time.perf_counter_ns()
        samples = _speak(engine, generator, voice, text)
        _say({"ms": (time.perf_counter_ns() - began) / 1e6, "samples": len(samples)})


def _speak(engine: Engine, generator: Generator, voice: str, text: str) -> Samples:
    parts = generator.generate(text, voice, 1.0, more=False)
    frames = np.concatenate([part for part in parts if not isinstance(part, Word)])
    if isinstance(engine, engines.WithFlow):
        flow = engine.flow(voice, Downstream())
        frames = np.concatenate([flow.push(frames), flow.finish()])
    vocoder = engine.vocoder(voice, Downstream())
    return np.concatenate([vocoder.push(frames), vocoder.finish()])


def _say(reply: dict[str, object]) -> None:
    print(msgspec.json.encode(reply).decode(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

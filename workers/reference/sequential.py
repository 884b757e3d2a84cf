"""``python -m steadyvoice.workers.reference.sequential``: an engine's two halves, one after the other in one process.

One JSON object a line. In: {"engine", "text"}; the engine is loaded by its name, and its first voice speaks the text as
one segment. Out: {"ms", "samples", "chunks_ms"}: the time from the text to the last sample, and from each chunk's
samples to the next one's, from the text to the first. Ends with its standard input.
"""

import sys
import time

import msgspec

from steadyvoice.workers.engines.engine import Word, load


def main() -> None:
    for line in sys.stdin:
        asked = msgspec.json.decode(line)
        print(msgspec.json.encode(_speak(asked["engine"], asked["text"])).decode(), flush=True)


def _speak(name: str, text: str) -> dict[str, object]:
    engine = load(name)
    voice = engine.voices()[0].name
    generator, vocoder = engine.generator(), engine.vocoder(voice, lambda: 0.0)
    generator.warmup()
    samples, chunks = 0, []
    began = before = time.perf_counter_ns()
    for frames in generator.generate(text, voice, 1.0, more=False):
        if isinstance(frames, Word):
            continue
        samples += len(vocoder.push(frames))
        now = time.perf_counter_ns()
        chunks.append((now - before) / 1e6)
        before = now
    samples += len(vocoder.finish())
    return {"ms": (time.perf_counter_ns() - began) / 1e6, "samples": samples, "chunks_ms": chunks}


if __name__ == "__main__":
    main()

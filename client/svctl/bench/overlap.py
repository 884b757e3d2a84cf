"""``svctl bench overlap``: two stages that take 400 and 160 ms for each 600 ms of audio, pipelined and in sequence.

ours        the daemon's generator and vocoder, each a process, and a client that reads at once
sequential  the reference: the same two halves of the engine, called one after the other in one process
            (``steadyvoice.workers.reference.sequential``)

The bound is the slower stage alone: 400 ms for each chunk.
"""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import BenchFailed, Reference, machine, private_daemon, running, workplace
from steadyvoice.client.svctl.bench.statistics import result
from steadyvoice.client.svctl.render import table

_GENERATOR_MS: Final = 400
_VOCODER_MS: Final = 160
_FRAMES: Final = 60
_CHUNK_SAMPLES: Final = _FRAMES * 240
_CHUNK: Final = f"{_GENERATOR_MS}/{_VOCODER_MS}/{_FRAMES} "
_SETTINGS: Final = 'engines = ["paced"]\nvoice = "paced"\n[audio]\ndevice = "null"\n'

Spans = dict[int, int]
"""Times at which a stage worked: start (key) and end, monotonic nanoseconds, in order."""


def measure(rounds: int) -> dict[str, Any]:
    """The object of ``bench overlap --json``. Its figure: ms from one chunk at the client to the next one.

    The first chunk counts from the request. Its own keys, times in ms:

    bound_ms, elapsed_ms, sequential_ms  all chunks: the slower stage alone; from the request to the last sample
    ratio, sequential_ratio              the bound over the elapsed time; 1.0 is perfect
    generator_ms, vocoder_ms, both_ms    how long each worked, and both at the same time
    hidden                               both_ms over vocoder_ms: the share of the faster stage that took no extra time
    generator_idle_ms                    its longest pause between two blocks: near 0, or else the client was the limit
    """
    words = _CHUNK * rounds
    with workplace() as place:
        with private_daemon(place, _SETTINGS) as client:
            about = machine(client)
            elapsed, chunks, generator, vocoder = _stream(client, words)
        sequential = _sequential(place, words)
    if len(chunks) != rounds or round(sequential["seconds"] * 24000) != rounds * _CHUNK_SAMPLES:
        raise BenchFailed(f"{len(chunks)} chunks came instead of {rounds}")
    bound, both = rounds * _GENERATOR_MS, _both(generator, vocoder)
    pauses = [start - end for (_, end), (start, _) in pairwise(generator.items())]
    found = result("overlap", "ms", chunks, "the same two halves in sequence, in one process", sequential["chunks_ms"])
    return found | {
        "ratio": round(bound / elapsed, 3),
        "sequential_ratio": round(bound / sequential["ms"], 3),
        "machine": about,
        "bound_ms": bound,
        "elapsed_ms": round(elapsed, 3),
        "sequential_ms": round(sequential["ms"], 3),
        "generator_ms": _sum(generator),
        "vocoder_ms": _sum(vocoder),
        "both_ms": both,
        "hidden": round(both / _sum(vocoder), 3),
        "generator_idle_ms": round(max(pauses, default=0) / 1e6, 3),
    }


def _stream(client: Client, text: str) -> tuple[float, list[float], Spans, Spans]:
    """Milliseconds to the last sample and between chunks; when generator and vocoder worked."""
    generator: Spans = {}
    vocoder: Spans = {}
    samples = 0
    chunks: list[float] = []
    began = before = now = time.perf_counter_ns()
    stream = client.stream(text)
    for block in stream:
        now = time.perf_counter_ns()
        samples += len(block)
        if samples // _CHUNK_SAMPLES > len(chunks):
            chunks.append((now - before) / 1e6)
            before = now
        for spans, (start, end) in ((generator, stream.history[0:2]), (vocoder, stream.history[2:4])):
            spans[start] = end
    return (now - began) / 1e6, chunks, generator, vocoder


def _sequential(place: Path, text: str) -> dict[str, Any]:
    log = place / "sequential.log"
    with running(log, "steadyvoice.workers.reference.sequential", with_pipes=True) as process:
        return Reference(process, log).ask(
            {"engine": "paced", "voice": "", "family": "", "converter": "", "texts": [text], "threads": 1}
        )


def _sum(spans: Spans) -> float:
    return round(sum(end - start for start, end in spans.items()) / 1e6, 3)


def _both(ours: Spans, theirs: Spans) -> float:
    """Milliseconds that are in a span of both."""
    shared = sum(
        max(0, min(end, other_end) - max(start, other_start))
        for start, end in ours.items()
        for other_start, other_end in theirs.items()
    )
    return round(shared / 1e6, 3)


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    ours = [result[key] for key in ("elapsed_ms", "ratio", "p50", "p95")]
    theirs = [result[key] for key in ("sequential_ms", "sequential_ratio")]
    theirs += [result["reference"][key] for key in ("p50", "p95")]
    rows = [
        ["", "to the last sample, ms", "bound / elapsed", "chunk to chunk p50, ms", "p95"],
        ["pipelined", *(f"{figure:.3f}" for figure in ours)],
        ["sequential", *(f"{figure:.3f}" for figure in theirs)],
    ]
    return "\n".join([
        f"{result['n']} chunks of {_GENERATOR_MS} ms and {_VOCODER_MS} ms; bound: {result['bound_ms']} ms",
        "",
        table(rows),
        "",
        f"both stages worked at once for {result['both_ms']:.0f} of the vocoder's {result['vocoder_ms']:.0f} ms; "
        f"the generator never paused for more than {result['generator_idle_ms']:.2f} ms",
    ])  # fmt: skip

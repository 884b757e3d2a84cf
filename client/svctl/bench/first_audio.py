"""``svctl bench first-audio``: time from the request to the first samples at the client.

warm    from just before ``Client.stream`` to the first block, with a warm daemon and connection. The rest of the
        stream is read to its end, so that every request meets an idle pipeline.
bare    the reference: ``hibari.Hibari()(text)``, which returns its first sample together with the last one;
        with ``--voice``, that voice's models in one process (``steadyvoice.workers.reference.whole``).
front_end   the part of the warm time in which the text front end turns the text into words, measured alone
cold    from just before the daemon's process is started to the first block; models and Python are in the page cache.
"""

import gc
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import (
    TextReference,
    default_voice,
    engine_of,
    machine,
    private_daemon,
    text_reference,
    workplace,
)
from steadyvoice.client.svctl.bench.statistics import median, summary
from steadyvoice.client.svctl.render import table

TEXTS: Final = {
    "short": "Hello there.",
    "long": "The old keeper of the lighthouse climbs the stairs every evening to light the lamp for passing ships",
}
_STEPS: Final = ("generator.first", "flow.first", "vocoder.first", "converter.first")
"""Of those, a voice has what its line has."""
_WARM_UP_ROUNDS: Final = 3
"""Rounds that are run but not counted: they fill the caches of each text."""


class _Sentence:
    """Measurements of one text, in milliseconds: one value a round."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ours: list[float] = []
        self.bare: list[float] = []
        self.front_end: list[float] = []
        self.stages: dict[str, list[float]] = defaultdict(list)
        self.segments: dict[str, list[float]] = defaultdict(list)

    def ask_daemon(self, client: Client) -> None:
        took, timings = _first_block(client, self.text)
        self.ours.append(took)
        before = 0.0
        for name in filter(timings.__contains__, _STEPS):
            self.segments[name].append(timings[name] - before)
            before = timings[name]
        self.segments["client"].append(took - before)
        for name, value in timings.items():
            self.stages[name].append(value)

    def ask_bare(self, reference: TextReference) -> None:
        self.bare.append(reference.call(self.text))

    def ask_front_end(self, front_end: TextReference) -> None:
        self.front_end.append(front_end.call(self.text))

    def result(self) -> dict[str, Any]:
        return {
            "text": self.text,
            **summary(self.ours),
            "reference": _only(summary(self.bare), "p50", "p95"),
            "front_end": _only(summary(self.front_end), "p50", "p95"),
            "over_reference_ms": round(median(self.ours) - median(self.bare), 3),
            "stages": {name: median(values) for name, values in self.stages.items()},
            "segments": {name: median(values) for name, values in self.segments.items()},
        }


def measure(rounds: int, cold: int, voice: str) -> dict[str, Any]:
    """The object of ``bench first-audio --json``; its own keys beside the common ones:

    short, long: of each text, ``over_reference_ms`` (difference of the p50s), ``front_end`` (ms), ``stages`` (p50 of
    ``finished.timings``: ms since the daemon read the request) and ``segments`` (p50 of what each step added; client:
    what the daemon does not see, the transfer of the request and of the first block).
    """
    what = f"the models of {voice} in one process" if voice else "hibari.Hibari()(text)"
    settings = default_voice(voice)
    with workplace() as place:
        with ExitStack() as stack:
            client = stack.enter_context(private_daemon(place, settings))
            reference = ("whole", engine_of(client, voice), voice) if voice else ("bare",)
            bare = stack.enter_context(text_reference(place, *reference))
            front_end = stack.enter_context(text_reference(place, "front_end"))
            about = machine(client)
            _rounds(client, bare, front_end, _WARM_UP_ROUNDS)
            short, long = (sentence.result() for sentence in _rounds(client, bare, front_end, rounds))
        starts = summary([_cold(place, settings) for _ in range(cold)])
    return {
        "name": "first-audio",
        "unit": "ms",
        "n": rounds,
        **_only(short, "p50", "p95", "p99", "max"),
        "reference": {"what": f"{what}, whole text to whole audio, same texts", **short["reference"]},
        "ratio": round(short["p50"] / short["reference"]["p50"], 3),
        "machine": about,
        "cold_ms": {**_only(starts, "p50", "p95"), "n": cold},
        "short": short,
        "long": long,
    }


def _rounds(client: Client, bare: TextReference, front_end: TextReference, rounds: int) -> list[_Sentence]:
    """Run each measurement once a round, in random order, so that drift of the machine affects all alike."""
    sentences = [_Sentence(text) for text in TEXTS.values()]
    steps = [
        step
        for sentence in sentences
        for step in (
            partial(sentence.ask_daemon, client),
            partial(sentence.ask_bare, bare),
            partial(sentence.ask_front_end, front_end),
        )
    ]
    with no_collections():
        for _ in range(rounds):
            random.shuffle(steps)
            for step in steps:
                step()
    return sentences


def _first_block(client: Client, text: str) -> tuple[float, dict[str, float]]:
    """Milliseconds to the first block, and the daemon's own timings, after the whole stream has been read."""
    began = time.perf_counter_ns()
    stream = client.stream(text)
    blocks = iter(stream)
    next(blocks)
    took = (time.perf_counter_ns() - began) / 1e6
    for _ in blocks:
        pass
    return took, stream.wait().timings


def _cold(place: Path, settings: str) -> float:
    with no_collections():
        began = time.perf_counter_ns()
        with private_daemon(place, settings) as client:
            stream = client.stream(TEXTS["short"])
            next(iter(stream))
            took = (time.perf_counter_ns() - began) / 1e6
            stream.cancel()
    return took


@contextmanager
def no_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _only(values: dict[str, Any], *keys: str) -> dict[str, Any]:
    """These keys of a summary, and the values."""
    return {key: values[key] for key in (*keys, "values")}


def text(result: dict[str, Any]) -> str:
    """The result as text: the figures, then the share of each step."""
    rows = [["ms", "p50", "p95", "p99", "max", "bare p50", "bare p95", "over bare", "text p95"]]
    for name in TEXTS:
        one = result[name]
        bare = one["reference"]
        figures = [*(one[q] for q in ("p50", "p95", "p99", "max")), bare["p50"], bare["p95"]]
        figures += [one["over_reference_ms"], one["front_end"]["p95"]]
        rows.append([f"{name}, {len(one['text'])} characters", *(f"{figure:.2f}" for figure in figures)])
    cold = result["cold_ms"]
    if cold["n"]:
        rows.append([f"no daemon, {cold['n']} starts", f"{cold['p50']:.0f}", f"{cold['p95']:.0f}", *[""] * 6])
    steps = [
        [
            "added, p50 ms",
            *(f"to {step}" for step in result["short"]["segments"] if step != "client"),
            "sockets, wake-ups",
        ]
    ]
    steps += [[name, *(f"{added:.2f}" for added in result[name]["segments"].values())] for name in TEXTS]
    about = result["machine"]
    policies = ", ".join(f"{stage} {policy}" for stage, policy in about["policy"].items())
    return "\n".join([
        f"first audio at a client, {result['n']} rounds; bare: {result['reference']['what']}; text: the front end",
        "",
        table(rows),
        "",
        table(steps),
        "",
        f"{about['cpus']} cores; Python {about['python']}; {policies}",
    ])  # fmt: skip

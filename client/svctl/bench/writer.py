"""``svctl bench writer``: a text that arrives at 20 tokens a second, as from a language model.

first  ms from sending the last token of the first clause until its first sample is played
marks  ms from when a word begins to play until the client receives its mark; negative: too early
Both by the null device's clock. The reference, in alternation: the same text sent whole, from the request.
"""

import re
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.render import table
from steadyvoice.client.utterance import Utterance
from steadyvoice.ipc import null_device_log
from steadyvoice.ipc.messages import Mark
from steadyvoice.ipc.null_device_log import Played

TEXTS: Final = (
    "Sure, I can help you with that. First, open the settings and look for the network page.",
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill.",
    "The capital of Australia is Canberra. It was chosen in 1908 as a compromise between two cities.",
    "Hello! How are you today? I was thinking about what you said yesterday, and I believe it.",
)
_TOKEN: Final = re.compile(r"\s?\w+|\W")
_CLAUSE_END: Final = re.compile(r"[.!?,;:](?=\s)")
_PACE_S: Final = 0.05


def measure(rounds: int) -> dict[str, Any]:
    """The object of ``bench writer --json``; ``n`` counts texts. ``marks`` and ``underruns`` are of both ways."""
    first: dict[str, list[float]] = {"written": [], "whole": []}
    marks: list[float] = []
    underruns = 0
    with workplace() as place:
        log = place / "play.log"
        with private_daemon(place, f'audio.device = "null:{log}"\n') as client:
            about = machine(client)
            for text in islice(cycle(TEXTS), rounds):
                for way in first:
                    log.write_bytes(b"")
                    asked = time.monotonic_ns()
                    utterance = client.open() if way == "written" else client.speak(text)
                    since, timed_marks = _follow(client, utterance, text if way == "written" else "")
                    begin = _first_block(log)
                    first[way].append((begin.heard_at(begin.position) - (since or asked)) / 1e6)
                    for mark, at in timed_marks:
                        word = begin.heard_at(begin.position + round(mark.at_s * null_device_log.RATE))
                        marks.append((at - word) / 1e6)
                    underruns += utterance.wait().underruns
    found = result("writer", "ms", first["written"], "the same texts sent whole", first["whole"])
    about_marks = {"marks": summary(marks), "earliest_mark": round(min(marks), 3)}
    return found | {"machine": about, "underruns": underruns, **about_marks}


def _follow(client: Client, utterance: Utterance, text: str) -> tuple[int, list[tuple[Mark, int]]]:
    """Write the text, if given, and receive events until the end.

    Returns when the first clause was complete, else 0, and the time of each mark.
    """
    timed_marks: list[tuple[Mark, int]] = []
    since = 0
    match = _CLAUSE_END.search(text)
    left = match.end() if match else 0
    tokens = _TOKEN.findall(text)
    due = time.monotonic()
    while utterance.finished is None:
        if tokens and time.monotonic() >= due:
            token = tokens.pop(0)
            utterance.append(token)
            if 0 < left <= len(token):
                since = time.monotonic_ns()
            left -= len(token)
            due += _PACE_S
            if not tokens:
                utterance.finish()
        client.receive(max(0.0, due - time.monotonic()) if tokens else None)
        timed_marks += [(mark, time.monotonic_ns()) for mark in utterance.marks[len(timed_marks) :]]
    return since, timed_marks


def _first_block(log: Path) -> Played:
    return next(block for block in null_device_log.read(log) if block.sounding)


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["ms", "p50", "p95", "p99", "max"]]
    for name, values in (("first clause written → played", result), ("word played → mark received", result["marks"])):
        rows.append([name, *(f"{values[key]:.1f}" for key in ("p50", "p95", "p99", "max"))])
    reference = result["reference"]
    rows.append(["sent whole → played", f"{reference['p50']:.1f}", f"{reference['p95']:.1f}", "", ""])
    early = f"{result['earliest_mark']:.1f}"
    head = f"{result['n']} texts, 20 tokens a second; underruns: {result['underruns']}; earliest mark: {early} ms"
    return f"{head}\n\n{table(rows)}"

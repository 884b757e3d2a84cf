"""``svctl bench streams``: what a second of sound costs if several streams of one large voice are made at once.

Each stream is read as fast as it is made, by a client of its own. The numbers of streams take turns in each round.

reference  one stream
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.statistics import median, result, summary
from steadyvoice.client.svctl.bench.weights import weights
from steadyvoice.client.svctl.render import table

_SETTINGS: Final = '[audio]\ndevice = "null"\n[models]\npreload = ["soprano"]\n'
_TEXT: Final = "The old keeper of the lighthouse climbs the stairs every evening, and then he lights the lamp."


def measure(rounds: int, voice: str, most: int) -> dict[str, Any]:
    """The object of ``bench streams --json``. Its figure: ms for a second of sound with the most streams.

    counts: for each number of streams ``ms``, summaries of the time for a second of sound of all streams together;
    ``first_ms``, of the time to each stream's first block; ``cpu_ms``, for each stage that runs the model, the median
    of its processor time for a second of sound.
    """
    counts = [count for count in (1, 2, 3, 4, 8) if count < most] + [most]
    runs: dict[int, list[_Run]] = {count: [] for count in counts}
    with workplace() as place, weights(place, voice, voice) as (name, _), private_daemon(place, _SETTINGS) as client:
        about = machine(client)
        _Run(place / "svd.sock", client, name, 1)
        for _ in range(rounds):
            for count in counts:
                runs[count].append(_Run(place / "svd.sock", client, name, count))
    ms = {count: [run.ms for run in made] for count, made in runs.items()}
    found = result("streams", "ms", ms[most], "one stream", ms[1])
    return found | {
        "machine": about,
        "counts": {
            str(count): {
                "ms": summary(ms[count]),
                "first_ms": summary(first for run in made for first in run.first_ms),
                "cpu_ms": {stage: median(run.cpu_ms[stage] for run in made) for stage in made[0].cpu_ms},
            }
            for count, made in runs.items()
        },
    }


class _Run:
    """So many streams at once, read to their ends."""

    def __init__(self, socket: Path, client: Client, voice: str, count: int) -> None:
        self._sound_s, self.first_ms = [0.0] * count, [0.0] * count
        cpu_before = _cpu_s(client)
        with ThreadPoolExecutor(count) as pool, ExitStack() as stack:  # an interrupt closes the clients first
            clients = [stack.enter_context(Client(socket)) for _ in range(count)]
            began = time.perf_counter()
            list(pool.map(self._read, range(count), clients, [voice] * count))
            took_s = time.perf_counter() - began
        per_s = 1e3 / sum(self._sound_s)
        self.ms = took_s * per_s
        self.cpu_ms = {stage: (cpu_s - cpu_before[stage]) * per_s for stage, cpu_s in _cpu_s(client).items()}

    def _read(self, number: int, client: Client, voice: str) -> None:
        began = time.perf_counter()
        stream = client.stream(_TEXT, voice=voice)
        samples = 0
        for block in stream:
            if not samples:
                self.first_ms[number] = (time.perf_counter() - began) * 1e3
            samples += len(block)
        self._sound_s[number] = samples / stream.sample_rate


def _cpu_s(client: Client) -> dict[str, float]:
    """Processor time of the stages of Soprano, in seconds."""
    used = {}
    for stage in client.status()["stages"]:
        if stage["engine"] == "soprano":
            fields = Path(f"/proc/{stage['pid']}/stat").read_text().rsplit(")", 1)[1].split()
            used[stage["name"]] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["streams", "ms for 1 s of sound p50", "p95", "first audio p50", "p95", "generator", "vocoder"]]
    for count, one in result["counts"].items():
        ms = [f"{one[key][point]:.0f}" for key in ("ms", "first_ms") for point in ("p50", "p95")]
        rows.append([count, *ms, *(f"{one['cpu_ms'][stage]:.0f}" for stage in ("generator", "vocoder"))])
    return table(rows)

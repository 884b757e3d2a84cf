"""``svctl bench concurrency``: number of simultaneous streams, and the effect of clients that stop reading.

jitter     ms from when a block was due until the client had it, including the client's own wake-up
wakeup     the part of jitter before the client process was running: the latency of any program on a busy machine
ahead_ms   the smallest margin between synthesis of a block and its deadline; negative: an underrun
first      ms from a request to its first block: ``together``, of all streams requested at the same time; ``beside``,
           of one more stream requested while they play
busy       share of the time that each stage was working, by its own clock; ``cores``: the same by core
cpu        cores used by the daemon, by this client, and by ``others``: all other processes
"""

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench import listeners
from steadyvoice.client.svctl.bench.daemon import machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.listeners import ListenerGroup
from steadyvoice.client.svctl.bench.statistics import summary
from steadyvoice.client.svctl.bench.work import Work, busiest
from steadyvoice.client.svctl.render import table

_STREAMS: Final = 240  # the highest value that the configuration allows
_SETTINGS: Final = f'audio.device = "null"\nlimits.streams = {_STREAMS}\nlimits.utterances = {_STREAMS}\n'
_TRIES: Final = 2
"""Attempts for each number of streams, because other programs may disturb one."""
_PAUSE_S: Final = 0.25
_PLAYING, _STALLED = 8, 24


def measure(seconds: float, most: int) -> dict[str, Any]:
    """The object of ``bench concurrency --json``. ``streams``: the most that played without an underrun from the start.

    ``steps``: for each number of streams the values above, and underruns while ``starting`` and while ``playing``.
    ``stalled_readers``: ``playing`` streams, in alternation ``alone`` and ``beside`` a number of ``stalled`` streams,
    of which another client read one block and then no more.
    """
    gc.collect()
    gc.disable()
    try:
        with workplace() as place, private_daemon(place, _SETTINGS) as client:
            about = machine(client)
            for _ in client.stream(listeners.SENTENCES[0]):
                pass
            steps = list(_steps(client, place, seconds, most))
            stalled_readers = _stalled_readers(client, place, seconds, most)
    finally:
        gc.enable()
    held = [step for step in steps if not _underruns(step)]
    begun = [step["streams"] for step in steps if not step["playing"]["underruns"]]
    best, alone = held[-1] if held else steps[0], steps[0]["jitter"]
    return {
        "name": "concurrency",
        "unit": "ms",
        "n": best["blocks"],
        **best["jitter"],
        "reference": {"what": "one stream alone", **{key: alone[key] for key in ("p50", "p95", "values")}},
        "ratio": round(best["jitter"]["p95"] / alone["p95"], 3) if alone["p95"] else None,
        "machine": about,
        "streams": best["streams"] if held else 0,
        "streams_once_begun": max(begun, default=0),
        "seconds": seconds,
        "steps": steps,
        "stalled_readers": stalled_readers,
    }


def _underruns(step: dict[str, Any]) -> int:
    return int(step["starting"]["underruns"] + step["playing"]["underruns"])


def _steps(client: Client, place: Path, seconds: float, most: int) -> Iterator[dict[str, Any]]:
    """Double the number of streams until one underruns even after all have begun."""
    count = 1
    while True:
        tries: list[dict[str, Any]] = []
        while len(tries) < _TRIES and all(map(_underruns, tries)):
            tries.append(_step(client, place, count, seconds))
        yield from tries
        if count == most or all(step["playing"]["underruns"] for step in tries):
            return
        count = min(2 * count, most)


def _step(client: Client, place: Path, count: int, seconds: float) -> dict[str, Any]:
    group = ListenerGroup(client, count, seconds)
    starting = _gaps(group)
    group.reset()
    before, over = Work(client), Event()
    if count == _STREAMS:
        over.set()  # the limit is reached: no further stream is possible
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(_ask_again, place, over)
        try:
            group.play(seconds)
        finally:
            over.set()
    playing = _gaps(group)
    work = Work(client).since(before)
    client.cancel()
    return {
        "streams": count,
        "starting": starting,
        "playing": playing,
        "blocks": len(group.late_ms),
        "jitter": summary(group.late_ms),
        "wakeup": summary(group.wakeup_ms),
        "first": {"together": summary(each.first_ms for each in group.listeners), "beside": summary(beside.result())},
        **work,
    }


def _gaps(group: ListenerGroup) -> dict[str, Any]:
    ahead = group.ahead_ms
    return {"underruns": sum(ms < 0 for ms in ahead), "ahead_ms": round(min(ahead), 3)}


def _ask_again(place: Path, over: Event) -> list[float]:
    """Request a further stream repeatedly; return the ms to the first block of each."""
    values = []
    with Client(place / "svd.sock") as client:
        while not over.wait(_PAUSE_S):
            began = time.perf_counter_ns()
            stream = client.stream(listeners.SENTENCES[0])
            next(iter(stream))
            values.append((time.perf_counter_ns() - began) / 1e6)
            stream.cancel()
    return values


def _stalled_readers(client: Client, place: Path, seconds: float, most: int) -> dict[str, Any]:
    playing, stalled = min(_PLAYING, most), min(_STALLED, 3 * most)
    late: dict[str, list[float]] = {"alone": [], "beside": []}
    underruns = dict.fromkeys(late, 0)
    group = ListenerGroup(client, playing, 2 * seconds + 4 * listeners.START_S)
    before = Work(client)
    for _ in range(2):
        for name, values in late.items():
            with _stalled_streams(place, stalled if name == "beside" else 0):
                group.play(listeners.START_S)
                group.reset()
                group.play(seconds / 2)
                values += group.late_ms
                underruns[name] += _gaps(group)["underruns"]
    cpu = Work(client).since(before)["cpu"]
    client.cancel()
    parts = {name: {"blocks": len(v), "jitter": summary(v), "underruns": underruns[name]} for name, v in late.items()}
    return {"playing": playing, "stalled": stalled, "cpu": cpu, **parts}


@contextmanager
def _stalled_streams(place: Path, count: int) -> Iterator[None]:
    """Streams of another client, which has taken one block of each and reads no more."""
    with Client(place / "svd.sock") as client:
        for stream in [client.stream(listeners.text(number, 0)) for number in range(count)]:
            next(iter(stream))
        yield


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    heading = ["streams", "underruns", "ahead", "jitter p50", "p95", "p99", "max", "wake-up p95", "first p50", "p95"]
    heading += ["one more p50", "p95", "busiest stage", "core", "others"]
    stalled_readers = result["stalled_readers"]
    parts = [["", "underruns", "jitter p50", "p95", "p99", "max"]]
    for name, title in (("alone", "alone"), ("beside", f"beside {stalled_readers['stalled']} not reading")):
        part = stalled_readers[name]
        parts.append([title, str(part["underruns"]), *map(_ms, part["jitter"].values())])
    about = result["machine"]
    policies = ", ".join(f"{stage} {policy}" for stage, policy in about["policy"].items())
    return "\n".join([
        f"{result['streams']} streams without an underrun ({result['streams_once_begun']} once all had begun), "
        f"{result['seconds']:g} s each; times in ms; underruns while starting + while playing",
        "",
        table([heading, *map(_row, result["steps"])]),
        "",
        f"{stalled_readers['playing']} streams; others used {stalled_readers['cpu']['others']:.2f} of a core",
        table(parts),
        "",
        f"{about['cpus']} cores; Python {about['python']}; {policies}",
    ])  # fmt: skip


def _row(step: dict[str, Any]) -> list[str]:
    first, jitter, most = step["first"], step["jitter"], [busiest(step[what]) for what in ("busy", "cores")]
    ms = [
        *jitter.values(),
        step["wakeup"]["p95"],
        *(first[w][p] for w in ("together", "beside") for p in ("p50", "p95")),
    ]
    underruns = f"{step['starting']['underruns']} + {step['playing']['underruns']}"
    ahead, others = f"{step['playing']['ahead_ms']:.0f}", f"{step['cpu']['others']:.2f}"
    return [str(step["streams"]), underruns, ahead, *map(_ms, ms), *most, others]


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value >= 10 else f"{value:.2f}"

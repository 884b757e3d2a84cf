"""``svctl bench load``: listeners that come at random, whatever the service does, and what they hear.

first audio  ms from the moment of the schedule to the first block at the listener, not from when the request was sent
underruns    blocks that came when the listener had nothing left to play; ``starved``: ms of silence before them
jitter       ms from when a block was needed until this process had it; negative: it was early
work         as in ``bench concurrency``: what stages, cores and processes did
reference    the same requests, one at a time
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench import statistics
from steadyvoice.client.svctl.bench.daemon import (
    BenchFailed,
    default_voice,
    engine_of,
    machine,
    private_daemon,
    workplace,
)
from steadyvoice.client.svctl.bench.gateway import Address, gateway
from steadyvoice.client.svctl.bench.load import listening, schedule
from steadyvoice.client.svctl.bench.load.http import Http
from steadyvoice.client.svctl.bench.load.listening import Listener
from steadyvoice.client.svctl.bench.load.schedule import Arrival, Mix
from steadyvoice.client.svctl.bench.load.sources import Native, Source, host_and_port
from steadyvoice.client.svctl.bench.load.websocket import WebSocket
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.bench.work import Work, busiest
from steadyvoice.client.svctl.render import table

LIMITS: Final = "[limits]\nstreams = 240\nutterances = 1000\n"
"""Of a benchmark's daemon, which is to refuse nothing: the most streams that the configuration allows."""
_ALONE: Final = 8
"""Requests of the reference, after one that is not counted."""
_ALONE_CHARS: Final = 40


class Target(NamedTuple):
    """The service that is asked."""

    to: str
    address: Address | str
    """Host and port, or the path of a socket."""
    socket: Path | None
    """Of the daemon, which says how busy its stages are; None: it is not known."""
    voice: str


def measure(
    to: str, address: str, rate: float, seconds: float, characters: int, cancels: float, seed: int, voice: str
) -> dict[str, Any]:
    """The object of ``bench load --json``. Its own keys:

    streams      sound that was heard over the duration: how many listened at the same time on average; ``most``
    listeners    how many came; of them ``done``, ``cancelled`` (left early), ``refused`` and ``errors``
    underruns    of all; ``starved``: summary of the silence of each listener that had one, ms
    jitter       summary, ms; problems: how often, by message
    work         ``busy``, ``cores``, ``cpu``; null for a gateway at an address
    """
    arrivals = schedule.poisson(rate, seconds, Mix(characters, cancels, seed))
    if not arrivals:
        raise BenchFailed(f"no listener comes in {seconds:g} s at {rate:g} a second; raise one of them")
    with workplace() as place, _target(place, to, address, voice) as target, ExitStack() as cleanup:
        client = cleanup.enter_context(Client(target.socket)) if target.socket else None
        if client is not None and voice:
            engine_of(client, voice)
        about = statistics.machine() if client is None else machine(client)
        alone = asyncio.run(_alone(target))
        before = None if client is None else Work(client)
        listeners = asyncio.run(_listen(target, arrivals))
        work = None if client is None or before is None else Work(client).since(before)
    found = result("load", "ms", listening.first_ms(listeners), "the same requests, one at a time", alone)
    found |= {"machine": about, "to": to, "rate": rate, "seconds": seconds}
    return found | outcome(listeners, seconds) | {"work": work}


def outcome(listeners: list[Listener], seconds: float) -> dict[str, Any]:
    """What became of them. seconds: duration of their schedule."""
    starved = [each.playback.starved_s * 1e3 for each in listeners if each.playback.underruns]
    return {
        "streams": round(sum(each.heard_s for each in listeners) / seconds, 2),
        "most": listening.most_at_once(listeners),
        "listeners": len(listeners),
        "done": listening.count(listeners, "done"),
        "cancelled": listening.count(listeners, "cancelled"),
        "refused": listening.count(listeners, "refused"),
        "errors": listening.count(listeners, "error"),
        "underruns": listening.underruns(listeners),
        "starved": summary(starved),
        "jitter": summary(listening.late_ms(listeners)),
        "problems": listening.problems(listeners),
    }


@contextmanager
def _target(place: Path, to: str, address: str, voice: str) -> Iterator[Target]:
    """The service at the address; without one, a daemon of this benchmark, and its gateway if one is wanted."""
    if address:
        native = to == "native"
        yield Target(to, address if native else host_and_port(address), Path(address) if native else None, voice)
        return
    with ExitStack() as cleanup:
        settings = f'{default_voice(voice)}[audio]\ndevice = "null"\n{LIMITS}'
        cleanup.enter_context(private_daemon(place, settings))
        socket = place / "svd.sock"
        where = str(socket) if to == "native" else cleanup.enter_context(gateway(place, "http")).address
        yield Target(to, where, socket, voice)


@asynccontextmanager
async def _source(target: Target, *, is_paced: bool = True) -> AsyncIterator[Source]:
    """is_paced: of the native socket."""
    async with AsyncExitStack() as stack:
        if isinstance(target.address, str):
            client = await stack.enter_async_context(AsyncClient(target.address))
            yield Native(client, target.voice, is_paced=is_paced)
        else:
            yield (Http if target.to == "http" else WebSocket)(*target.address, target.voice)


async def _alone(target: Target) -> list[float]:
    """First audio of requests one at a time, ms. BenchFailed if one is not answered: no other would be."""
    found = []
    async with _source(target, is_paced=False) as source:
        for number in range(_ALONE + 1):
            [listener] = await listening.listen([Arrival(0.0, schedule.text(number, _ALONE_CHARS))], source)
            if (first := listener.first_ms) is None:
                raise BenchFailed(f"nothing is heard: {listener.problem}")
            found.append(first)
    return found[1:]


async def _listen(target: Target, arrivals: list[Arrival]) -> list[Listener]:
    async with _source(target) as source:
        return await listening.listen(arrivals, source)


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    reference, work = result["reference"], result["work"]
    rows = [["ms", "p50", "p95", "p99", "max"]]
    rows.append(["first audio, from the schedule", *(_ms(result[key]) for key in rows[0][1:])])
    rows.append(["one request at a time", _ms(reference["p50"]), _ms(reference["p95"]), "", ""])
    for name, title in (("starved", "silence of a listener that had any"), ("jitter", "a block, after it was needed")):
        rows.append([title, *map(_ms, result[name].values())])
    ends = ", ".join(f"{result[key]} {key}" for key in ("done", "cancelled", "refused", "errors"))
    lines = [
        f"{result['listeners']} listeners in {result['seconds']:g} s, {result['rate']:g} a second, {result['to']}: "
        f"{result['streams']:g} streams on average, {result['most']} at most",
        f"{ends}; {result['underruns']} underruns",
        "",
        table(rows),
        "",
    ]
    if work is not None:
        others = f"other programs used {work['cpu']['others']:.2f} of a core"
        lines.append(f"busiest: {busiest(work['busy'])}, core {busiest(work['cores'])}; {others}")
    lines += [f"{count} listeners: {problem}" for problem, count in result["problems"].items()]
    return "\n".join(lines).rstrip()


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"

"""What the model's costs are fitted to, and what its prediction is compared with: real listeners of a real daemon."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.capacity.costs import Crowd, Single
from steadyvoice.client.svctl.bench.daemon import BenchFailed
from steadyvoice.client.svctl.bench.gateway import gateway
from steadyvoice.client.svctl.bench.load import listening, schedule
from steadyvoice.client.svctl.bench.load.http import Http
from steadyvoice.client.svctl.bench.load.listening import Listener
from steadyvoice.client.svctl.bench.load.schedule import Arrival, Mix
from steadyvoice.client.svctl.bench.load.sources import Native
from steadyvoice.client.svctl.bench.work import cpu_s
from steadyvoice.ipc.daemon_status import DaemonStatus

_TEXTS: Final = (
    "Hello there.",
    "The rain had stopped by then.",
    "The old keeper climbs the stairs every evening to light the lamp.",
    "The old keeper of the lighthouse climbs the stairs every evening to light the lamp for all the ships that pass.",
)
"""Of one segment each."""
_SINGLES_S: Final = 5.0
_LEAST_SINGLES: Final = 3
_MOST_SINGLES: Final = 48
_CROWD_S: Final = 4.0
_BEGIN_S: Final = 1.0
"""Of a crowd, not measured: by then all have begun."""
_HERDS: Final = 3
_LARGEST_HERD: Final = 16
_LARGEST_CROWD: Final = 128


class Measured:
    """A daemon of which one engine is measured. Its asynchronous methods run in an event loop of their own."""

    def __init__(self, place: Path, client: Client, engine: str, voice: str) -> None:
        self._place, self._client, self._engine, self._voice = place, client, engine, voice
        self._how: dict[str, Any] = {"voice": voice} if voice else {}

    def segments(self, text: str) -> tuple[int, ...]:
        """Characters of each segment, as the daemon reads the text."""
        reply = self._client.read(text, self._voice)
        return tuple(each.end - each.start for each in reply.segments) or (len(text),)

    def singles(self) -> list[Single]:
        """At least one of three lengths."""
        self._single(_TEXTS[0])  # the first one loads what is loaded late
        found: list[Single] = []
        until = time.monotonic() + _SINGLES_S
        while len(found) < _LEAST_SINGLES or (time.monotonic() < until and len(found) < _MOST_SINGLES):
            found.append(self._single(_TEXTS[len(found) % len(_TEXTS)]))
        return found

    def _single(self, text: str) -> Single:
        before = _busy_s(self._client.status(), self._engine)
        began, first_at, sounds = time.monotonic(), 0.0, list[float]()
        stream = self._client.stream(text, **self._how)
        asked_ms = (time.monotonic() - began) * 1e3
        for block in stream:
            first_at = first_at or time.monotonic()
            sounds.append(len(block) / stream.sample_rate)
        times = stream.wait().timings
        after = _busy_s(self._client.status(), self._engine)
        if not sounds:
            raise BenchFailed(f"the voice says nothing of {text!r}")
        return Single(
            len(text),
            sum(sounds),
            len(sounds),
            sounds[0],
            first_at - began,
            {name: after[name] - before[name] for name in before},
            _first_busy_s(list(before), times, asked_ms),
        )

    def crowds(self, guess: float, mix: Mix) -> list[Crowd]:
        """With several numbers of clients. guess: streams that the machine may hold."""
        counts = {max(1, min(_LARGEST_CROWD, round(guess * share))) for share in (1 / 12, 1 / 3, 1)}
        return [asyncio.run(self._crowd(count, mix)) for count in sorted(counts)]

    async def _crowd(self, count: int, mix: Mix) -> Crowd:
        heard = [0.0] * count

        async def read(number: int) -> None:
            turn = number
            while True:
                async for block in source.blocks(schedule.text(turn, mix.characters)):
                    heard[number] += block.seconds
                turn += 1

        async with AsyncClient(self._place / "svd.sock") as client:
            source = Native(client, self._voice, is_paced=False)
            tasks = [asyncio.create_task(read(number)) for number in range(count)]
            try:
                await _while_all_run(tasks, _BEGIN_S)
                before, began, sound = _busy_s(await client.status(), self._engine), time.monotonic(), sum(heard)
                await _while_all_run(tasks, _CROWD_S)
                sound, wall = sum(heard) - sound, time.monotonic() - began
                after = _busy_s(await client.status(), self._engine)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        if not sound:
            raise BenchFailed(f"{count} streams at once had no sound in {_CROWD_S:g} s")
        return Crowd(count, wall, sound, {name: after[name] - before[name] for name in before})

    def herd_first_s(self, guess: float, mix: Mix) -> tuple[list[Arrival], float]:
        """A small herd, and the mean of its first audio."""
        arrivals = schedule.herd(max(1, min(_LARGEST_HERD, round(guess / 3))), mix)
        first = [ms for _ in range(_HERDS) for ms in listening.first_ms(self.listen(arrivals, is_paced=False))]
        if not first:
            raise BenchFailed("no stream of several at once has begun")
        return arrivals, sum(first) / len(first) / 1e3

    def listen(self, arrivals: Sequence[Arrival], *, is_paced: bool = True, while_held: bool = False) -> list[Listener]:
        async def run() -> list[Listener]:
            async with AsyncClient(self._place / "svd.sock") as client:
                source = Native(client, self._voice, is_paced=is_paced)
                return await listening.listen(arrivals, source, while_held=while_held)

        return asyncio.run(run())

    def gateway_core(self, guess: float, mix: Mix) -> float | None:
        """Share of a core that ``svgate http`` takes for a stream; None if there is none here."""
        arrivals = schedule.herd(max(1, min(_LARGEST_HERD, round(guess / 3))), mix)
        try:
            with gateway(self._place, "http") as (address, pid):
                before, sound = cpu_s(pid), 0.0
                for _ in range(_HERDS):
                    listeners = asyncio.run(listening.listen(arrivals, Http(*address, "")))
                    sound += sum(each.playback.sound_s for each in listeners)
                return (cpu_s(pid) - before) / sound if sound else None
        except BenchFailed:
            return None


async def _while_all_run(tasks: "Sequence[asyncio.Task[None]]", seconds: float) -> None:
    """Wait; an exception of one of them, which have no end, is raised."""
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()


def _busy_s(status: DaemonStatus, engine: str) -> dict[str, float]:
    """Of each stage of the engine's path to a client, in its order."""
    stages = [stage for stage in status["stages"] if not stage["family"]]
    path = [stage for stage in stages if stage["engine"] == engine]
    path += [stage for stage in stages if stage["name"] == "converter"]
    return {stage["name"]: stage["busy_s"] for stage in path}


def _first_busy_s(stages: list[str], times: Mapping[str, float], asked_ms: float) -> dict[str, float]:
    """Of each stage, for the first block of an utterance.

    times: ms since the request, as ``finished`` has them. asked_ms: until the request was answered, which is when the
    first stage began, about: where a block needs several of its steps, only the last one's beginning is reported.
    """
    found = {name: max(0.0, times[f"{name}.first"] - times[f"{name}.first_began"]) / 1e3 for name in stages}
    found[stages[0]] = max(found[stages[0]], (times[f"{stages[0]}.first"] - asked_ms) / 1e3)
    return found

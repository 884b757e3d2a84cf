"""The rounds of a soak: who comes, what goes wrong meanwhile, and the look around when all is quiet again."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from steadyvoice.client.svctl.bench.soak import checks
from steadyvoice.client.svctl.bench.soak.clients import MOMENTS, Clients, Work
from steadyvoice.client.svctl.bench.soak.daemon_under_test import STAGES, DaemonUnderTest
from steadyvoice.client.svctl.bench.soak.faults import Faults
from steadyvoice.client.svctl.bench.soak.player import Player
from steadyvoice.client.svctl.bench.soak.report import Report
from steadyvoice.client.svctl.bench.soak.texts import Texts

_KINDS: Final = ("alone", "alone", "crowd", "crowd", "device", "device", "flood", "restart")
_SETTLES_S: Final = 20.0
"""After the last fault until every stage is ready: a stage that was stopped while idle is found in two seconds."""
_RELEASE_S: Final = 15.0
"""Until what was held is given back; the device is closed a second after its last sample."""
_POLL_S: Final = 0.1
_MEAN_FAULT_GAP_S: Final = 0.4
"""Between faults that come whenever they like."""


class Rounds:
    def __init__(self, place: Path, report: Report, *, standbys: bool) -> None:
        self.report = report
        self.daemon = DaemonUnderTest(place, report, standbys=standbys)
        self.texts = Texts()
        self._faults = Faults(self.daemon, report)
        self._clients = Clients(self.daemon, self.texts, self._faults, report)
        self._player = Player(self.daemon, self.texts, self._faults, report)
        self._first: dict[str, Counter[str]] = {}
        """What was held at the beginning."""
        self.policy: dict[str, str] = {}
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._began

    async def run(self, seconds: float) -> None:
        """Until then, and a round's rest longer."""
        await self.daemon.start()
        self.policy = {one["name"]: one["policy"] for one in self.daemon.status["stages"]}
        await self.texts.record(self.daemon.socket)
        await self._clients.run(partial(self._player.play, random.Random(0), acts=0))
        await self._check_quiet()
        if self.daemon.standbys:
            await self._until(self._missing_standbys, _RELEASE_S)
        self._first = await self.daemon.resources()
        order = list(_KINDS)
        while self.seconds < seconds:
            rng = random.Random(f"{self.report.seed} {self.report.round}")
            self.report.round += 1
            if (self.report.round - 1) % len(order) == 0:
                rng.shuffle(order)
            await self._round(rng, order[(self.report.round - 1) % len(order)])
            await self._check_quiet()
            await self._check_leaks()

    async def _missing_standbys(self) -> str:
        """While there is not one of each stage."""
        processes = Counter(self.daemon.processes().values())
        return "" if all(processes[name] == 2 for name in STAGES) else str(processes)

    async def _round(self, rng: random.Random, kind: str) -> None:
        if rng.random() < 0.5:
            await self._faults.inject_random(rng, "in idle")
        if kind == "alone":
            await self._one_by_one(rng)
            return
        until = time.monotonic() + rng.uniform(*((3, 8) if kind == "device" else (2, 5)))
        clients = [self._client_activity(rng) for _ in range(rng.randrange(4, 14))]
        clients += [partial(self._clients.stop_reading, _own_rng(rng), until=until) for _ in range(rng.randrange(3))]
        if kind == "device":
            clients.append(partial(self._player.play, _own_rng(rng), acts=rng.randrange(1, 6)))
        if kind == "flood":
            clients += [partial(self._clients.flood, _own_rng(rng)) for _ in range(2)]
            clients += [partial(self._clients.abuse, _own_rng(rng)) for _ in range(6)]
        try:
            async with asyncio.TaskGroup() as group:
                for work in clients:
                    group.create_task(self._clients.run(work))
                await (self._restart(rng) if kind == "restart" else self._inject_until(rng, until))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _one_by_one(self, rng: random.Random) -> None:
        """A fault of each stage, with one listener; so its recovery is measured."""
        for stage in rng.sample(STAGES, len(STAGES)):
            work: Work = partial(self._player.alone, rng)
            if stage != "output":
                work = partial(self._clients.alone, rng, stage=stage, moment=rng.choice(list(MOMENTS)[:2]))
            await self._clients.run(work)
            await self._ready()

    def _client_activity(self, rng: random.Random) -> Work:
        own, kind = _own_rng(rng), rng.choice(("writer", "struck", "done", "done", "cancelled", "left"))
        if kind == "writer":
            return partial(self._clients.write, own)
        if kind == "struck":
            return partial(self._clients.listen, own, fault=rng.choice(list(MOMENTS)))
        return partial(self._clients.listen, own, end=kind)

    async def _inject_until(self, rng: random.Random, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, rng.expovariate(1 / _MEAN_FAULT_GAP_S)))
            if rng.random() < (0.3 if self.daemon.standbys else 0.1):
                await self._faults.kill_helper(rng)
            elif rng.random() < 0.2:
                await self._faults.suspend_briefly(rng)
            else:
                await self._faults.inject_random(rng, "whenever")

    async def _restart(self, rng: random.Random) -> None:
        await asyncio.sleep(3 * rng.random())
        number = rng.choice((signal.SIGTERM, signal.SIGKILL))
        self.report.faults[f"{number.name} of the daemon"]["daemon"] += 1
        if rng.random() < 0.5:
            await self._faults.inject_random(rng, "as the daemon ends")
        await self.daemon.restart(number)

    async def _ready(self) -> None:
        """Whoever was struck is there again."""

        async def check() -> str:
            return checks.check_idle(await self.daemon.ask())

        if wrong := await self._until(check, _SETTLES_S):
            self.report.violation("status", f"{_SETTLES_S:g} s after the last fault: {wrong}")

    async def _check_quiet(self) -> None:
        """All is said, all stages are ready, and what was counted is what was told."""
        await self._ready()
        daemon = self.daemon

        async def check() -> str:
            killed = {name: len(pids) for name, pids in daemon.killed.items()}
            return checks.check_counts(await daemon.ask(), daemon.ledger.counts(), killed, daemon.possible_restarts)

        if wrong := await self._until(check, _SETTLES_S):
            self.report.violation("status", wrong)
        if unfinished := daemon.ledger.unfinished:
            self.report.violation("hangs", f"no finished was told of utterances {unfinished}")

    async def _check_leaks(self) -> None:
        async def check() -> str:
            return checks.check_leaks(await self.daemon.resources(), self._first)

        if wrong := await self._until(check, _RELEASE_S):
            self.report.violation("leak", f"{_RELEASE_S:g} s after the last utterance: {wrong}")

    async def _until(self, check: Callable[[], Awaitable[str]], seconds: float) -> str:
        """Look until nothing is wrong; what still is after so many seconds."""
        deadline = time.monotonic() + seconds
        while (wrong := await check()) and time.monotonic() < deadline:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(_POLL_S)
        return wrong


def _own_rng(rng: random.Random) -> random.Random:
    """For one of many at the same time: what it draws does not depend on when the others do."""
    return random.Random(rng.random())

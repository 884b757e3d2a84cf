"""The rounds of a soak: clients, faults, and the checks when the daemon is idle again."""

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
from steadyvoice.client.svctl.bench.soak.checks import STAGES
from steadyvoice.client.svctl.bench.soak.clients import MOMENTS, Clients, Work
from steadyvoice.client.svctl.bench.soak.daemon_under_test import DaemonUnderTest
from steadyvoice.client.svctl.bench.soak.faults import Faults
from steadyvoice.client.svctl.bench.soak.live import LiveClients
from steadyvoice.client.svctl.bench.soak.player import Player
from steadyvoice.client.svctl.bench.soak.report import Report
from steadyvoice.client.svctl.bench.soak.texts import Texts

_KINDS: Final = ("alone", "alone", "crowd", "crowd", "device", "device", "flood", "restart")
_SETTLES_S: Final = 20.0
"""Seconds after the last fault until every stage is ready: a hang of an idle stage is detected in two seconds."""
_RELEASE_S: Final = 15.0
"""Seconds until resources are released; the device is closed a second after its last sample."""
_POLL_S: Final = 0.1
_MEAN_FAULT_GAP_S: Final = 0.4
"""Mean time in seconds between random faults."""


class Rounds:
    """Runs the rounds until the time is over. For one event loop.

    More than 12 methods: each is one kind of round or one check.
    """

    def __init__(self, place: Path, report: Report, *, standbys: bool) -> None:
        self.report = report
        self.daemon = DaemonUnderTest(place, report, standbys=standbys)
        self.texts = Texts()
        self._faults = Faults(self.daemon, report)
        self._clients = Clients(self.daemon, self.texts, self._faults, report)
        self._player = Player(self.daemon, self.texts, self._faults, report)
        self._live = LiveClients(self.daemon, report)
        self._place = place
        self._first: dict[str, Counter[str]] = {}
        """Resources held at the beginning."""
        self.policy: dict[str, str] = {}
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    async def run(self, seconds: float) -> None:
        """Run rounds until ``seconds`` have passed; the last round is completed."""
        with self._live.comparing(self._place):
            await self._run(seconds)

    async def _run(self, seconds: float) -> None:
        await self.daemon.start()
        self.policy = {one["name"]: one["policy"] for one in (await self.daemon.ask())["stages"]}
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
        """Empty if there is a standby for each stage."""
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
        if kind in ("crowd", "device", "restart"):
            # in a round of the player the device's log has its sound alone
            source = "silence" if kind == "device" else f"noise:{rng.randrange(100)}"
            clients += [
                partial(self._live.use, _own_rng(rng), until=until, source=source) for _ in range(rng.randrange(1, 4))
            ]
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
        """One fault of each stage with one listener, to measure its recovery."""
        for stage in rng.sample(STAGES, len(STAGES)):
            work: Work = partial(self._player.alone, rng)
            if stage != "output":
                work = partial(self._clients.alone, rng, stage=stage, moment=rng.choice(list(MOMENTS)[:2]))
            await self._clients.run(work)
            await self._ready()

    def _client_activity(self, rng: random.Random) -> Work:
        own, kind = _own_rng(rng), rng.choice(("writer", "fault", "done", "done", "cancelled", "left"))
        if kind == "writer":
            return partial(self._clients.write, own)
        if kind == "fault":
            return partial(self._clients.listen, own, fault=rng.choice(list(MOMENTS)))
        return partial(self._clients.listen, own, end=kind)

    async def _inject_until(self, rng: random.Random, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, rng.expovariate(1 / _MEAN_FAULT_GAP_S)))
            if rng.random() < (0.3 if self.daemon.standbys else 0.1):
                await self._faults.kill_helper(rng)
            elif rng.random() < 0.2:
                await rng.choice((self._faults.suspend_briefly, self._faults.suspend_live_briefly))(rng)
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
        """Check that all stages have recovered."""

        async def check() -> str:
            return checks.check_idle(await self.daemon.ask())

        if wrong := await self._until(check, _SETTLES_S):
            self.report.violation("status", f"{_SETTLES_S:g} s after the last fault: {wrong}")

    async def _check_quiet(self) -> None:
        """Check that all stages are ready, and that the counters match the events."""
        await self._ready()
        daemon = self.daemon

        async def check() -> str:
            killed = {name: len(pids) for name, pids in daemon.killed.items()}
            return checks.check_counts(await daemon.ask(), daemon.ledger.counts(), killed, daemon.possible_restarts)

        if wrong := await self._until(check, _SETTLES_S):
            self.report.violation("status", wrong)
        if unfinished := daemon.ledger.unfinished:
            self.report.violation("hangs", f"no finished event of utterances {unfinished}")

    async def _check_leaks(self) -> None:
        async def check() -> str:
            return checks.check_leaks(await self.daemon.resources(), self._first)

        if wrong := await self._until(check, _RELEASE_S):
            self.report.violation("leak", f"{_RELEASE_S:g} s after the last utterance: {wrong}")

    async def _until(self, check: Callable[[], Awaitable[str]], seconds: float) -> str:
        """Repeat the check until it passes; return what is still wrong after this many seconds."""
        deadline = time.monotonic() + seconds
        while (wrong := await check()) and time.monotonic() < deadline:  # noqa: ASYNC110 - the status has no event
            await asyncio.sleep(_POLL_S)
        return wrong


def _own_rng(rng: random.Random) -> random.Random:
    """A generator for one of several concurrent activities: its choices do not depend on the order of the others."""
    return random.Random(rng.random())

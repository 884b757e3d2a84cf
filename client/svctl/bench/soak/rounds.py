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
from steadyvoice.client.svctl.bench.soak.faults import Faults
from steadyvoice.client.svctl.bench.soak.guests import MOMENTS, Guests, Work
from steadyvoice.client.svctl.bench.soak.house import STAGES, House
from steadyvoice.client.svctl.bench.soak.player import Player
from steadyvoice.client.svctl.bench.soak.report import Report
from steadyvoice.client.svctl.bench.soak.texts import Texts

_KINDS: Final = ("alone", "alone", "crowd", "crowd", "device", "device", "flood", "restart")
_SETTLES_S: Final = 20.0
"""After the last fault until every stage is ready: a stage that was stopped while idle is found in two seconds."""
_FREE_S: Final = 15.0
"""Until what was held is given back; the device is closed a second after its last sample."""
_LOOK_S: Final = 0.1
_CHAOS_S: Final = 0.4
"""Between faults that come whenever they like."""


class Rounds:
    def __init__(self, place: Path, report: Report, *, standbys: bool) -> None:
        self.report = report
        self.house = House(place, report, standbys=standbys)
        self.texts = Texts()
        self._faults = Faults(self.house, report)
        self._guests = Guests(self.house, self.texts, self._faults, report)
        self._player = Player(self.house, self.texts, self._faults, report)
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
        await self.house.start()
        self.policy = {one["name"]: one["policy"] for one in self.house.status["stages"]}
        await self.texts.learn(self.house.socket)
        await self._guests.visit(partial(self._player.play, random.Random(0), acts=0))
        await self._quiet()
        if self.house.standbys:
            await self._until(self._no_spares, _FREE_S)
        self._first = await self.house.traces()
        order = list(_KINDS)
        while self.seconds < seconds:
            rng = random.Random(f"{self.report.seed} {self.report.round}")
            self.report.round += 1
            if (self.report.round - 1) % len(order) == 0:
                rng.shuffle(order)
            await self._round(rng, order[(self.report.round - 1) % len(order)])
            await self._quiet()
            await self._leaks()

    async def _no_spares(self) -> str:
        """While there is not one of each stage."""
        family = Counter(self.house.family().values())
        return "" if all(family[name] == 2 for name in STAGES) else str(family)

    async def _round(self, rng: random.Random, kind: str) -> None:
        if rng.random() < 0.5:
            await self._faults.strike_some(rng, "in idle")
        if kind == "alone":
            await self._one_by_one(rng)
            return
        until = time.monotonic() + rng.uniform(*((3, 8) if kind == "device" else (2, 5)))
        guests = [self._guest(rng) for _ in range(rng.randrange(4, 14))]
        guests += [partial(self._guests.sleep, _own(rng), until=until) for _ in range(rng.randrange(3))]
        if kind == "device":
            guests.append(partial(self._player.play, _own(rng), acts=rng.randrange(1, 6)))
        if kind == "flood":
            guests += [partial(self._guests.flood, _own(rng)) for _ in range(2)]
            guests += [partial(self._guests.be_rude, _own(rng)) for _ in range(6)]
        try:
            async with asyncio.TaskGroup() as group:
                for work in guests:
                    group.create_task(self._guests.visit(work))
                await (self._restart(rng) if kind == "restart" else self._chaos(rng, until))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _one_by_one(self, rng: random.Random) -> None:
        """A fault of each stage, with one listener; so its recovery is measured."""
        for stage in rng.sample(STAGES, len(STAGES)):
            work: Work = partial(self._player.alone, rng)
            if stage != "output":
                work = partial(self._guests.alone, rng, stage=stage, moment=rng.choice(list(MOMENTS)[:2]))
            await self._guests.visit(work)
            await self._ready()

    def _guest(self, rng: random.Random) -> Work:
        own, kind = _own(rng), rng.choice(("writer", "struck", "done", "done", "cancelled", "left"))
        if kind == "writer":
            return partial(self._guests.write, own)
        if kind == "struck":
            return partial(self._guests.listen, own, strike=rng.choice(list(MOMENTS)))
        return partial(self._guests.listen, own, end=kind)

    async def _chaos(self, rng: random.Random, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, rng.expovariate(1 / _CHAOS_S)))
            if rng.random() < (0.3 if self.house.standbys else 0.1):
                await self._faults.strike_aside(rng)
            elif rng.random() < 0.2:
                await self._faults.hold_up(rng)
            else:
                await self._faults.strike_some(rng, "whenever")

    async def _restart(self, rng: random.Random) -> None:
        await asyncio.sleep(3 * rng.random())
        number = rng.choice((signal.SIGTERM, signal.SIGKILL))
        self.report.faults[f"{number.name} of the daemon"]["daemon"] += 1
        if rng.random() < 0.5:
            await self._faults.strike_some(rng, "as the daemon ends")
        await self.house.restart(number)

    async def _ready(self) -> None:
        """Whoever was struck is there again."""

        async def look() -> str:
            return checks.unsettled(await self.house.ask())

        if wrong := await self._until(look, _SETTLES_S):
            self.report.violation("status", f"{_SETTLES_S:g} s after the last fault: {wrong}")

    async def _quiet(self) -> None:
        """All is said, all stages are ready, and what was counted is what was told."""
        await self._ready()
        house = self.house

        async def look() -> str:
            struck = {name: len(pids) for name, pids in house.struck.items()}
            return checks.miscounted(await house.ask(), house.ledger.tally(), struck, house.maybe)

        if wrong := await self._until(look, _SETTLES_S):
            self.report.violation("status", wrong)
        if unfinished := house.ledger.unfinished:
            self.report.violation("hangs", f"no finished was told of utterances {unfinished}")

    async def _leaks(self) -> None:
        async def look() -> str:
            return checks.leaked(await self.house.traces(), self._first)

        if wrong := await self._until(look, _FREE_S):
            self.report.violation("leak", f"{_FREE_S:g} s after the last utterance: {wrong}")

    async def _until(self, look: Callable[[], Awaitable[str]], seconds: float) -> str:
        """Look until nothing is wrong; what still is after so many seconds."""
        deadline = time.monotonic() + seconds
        while (wrong := await look()) and time.monotonic() < deadline:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(_LOOK_S)
        return wrong


def _own(rng: random.Random) -> random.Random:
    """For one of many at the same time: what it draws does not depend on when the others do."""
    return random.Random(rng.random())

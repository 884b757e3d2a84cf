"""Stages that are killed, broken and stopped, and how long it takes until their successors have done a block."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steadyvoice.client.svctl.bench.soak.house import STAGES, House
from steadyvoice.client.svctl.bench.soak.report import Report

SIGNALS: Final = (signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)
_WELL_S: Final = 1.2
"""Who was ready for so long is well: daemon.supervisor gives up who dies five times without that."""
_HASTY: Final = 3
"""So often in a row a stage may be struck before."""
_ASIDE: Final = (*STAGES, "forkserver")
_HELD_UP_S: Final = 0.5
_DEAD_NS: Final = 2_000_000
"""A process does nothing any more so long after a signal was sent, and no successor has done anything yet."""


@dataclass
class Strike:
    stage: str
    number: signal.Signals
    at: int
    """Monotonic nanoseconds."""

    @property
    def name(self) -> str:
        """In Report.recovery."""
        return self.stage + ("/stop" if self.number == signal.SIGSTOP else "")

    def recovered_ms(self, done: int) -> float | None:
        """done: when the stage was done with a block. None where that was done before."""
        return (done - self.at) / 1e6 if done > self.at + _DEAD_NS else None


class Faults:
    def __init__(self, house: House, report: Report) -> None:
        self._house, self._report = house, report
        self._hasty: Counter[str] = Counter()

    async def strike(self, stage: str, number: signal.Signals, when: str) -> Strike | None:
        """None where the stage is dead already, or has died too often lately. when: for the report."""
        pid = await self._victim(stage)
        if not pid or not self._send(pid, number):
            return None
        self._house.struck[stage].add(pid)
        self._house.ledger.kills.append((time.monotonic(), stage))
        self._report.faults[number.name][stage] += 1
        self._report.moments[when] += 1
        return Strike(stage, number, self._sent)

    async def _victim(self, stage: str) -> int:
        """The stage's process; 0 where it is dead already, or has died too often lately."""
        generation, house = self._house.generation, self._house
        pid = next(int(one["pid"]) for one in (await house.ask())["stages"] if one["name"] == stage)
        if generation != house.generation or not pid or pid in house.struck[stage]:
            return 0
        hasty = self._hasty[stage] + 1 if house.ready_for_s(pid) < _WELL_S else 0
        if hasty > _HASTY:
            return 0
        self._hasty[stage] = hasty
        return pid

    async def strike_some(self, rng: random.Random, when: str) -> None:
        """One, or two at once."""
        for stage in rng.sample(STAGES, rng.choice((1, 1, 2))):
            await self.strike(stage, rng.choice(SIGNALS), when)

    async def strike_aside(self, rng: random.Random) -> None:
        """The process that forks the stages, or one that waits to take a stage's place."""
        stages = {one["pid"] for one in (await self._house.ask())["stages"]}
        aside = [(pid, name) for pid, name in self._house.family().items() if name in _ASIDE and pid not in stages]
        if not aside:
            return
        pid, name = rng.choice(aside)
        number = rng.choice((signal.SIGKILL, signal.SIGSTOP)) if name == "forkserver" else signal.SIGKILL
        if self._send(pid, number):
            self._house.maybe[name] += 1  # a spare may just have been taken
            self._report.faults[number.name if name == "forkserver" else f"{number.name} of a spare"][name] += 1

    async def hold_up(self, rng: random.Random) -> None:
        """A stage is stopped, and goes on before or after the daemon has found that it hangs."""
        stage = rng.choice(STAGES)
        pid, struck = await self._victim(stage), self._house.struck[stage]
        if not pid or not self._send(pid, signal.SIGSTOP):
            return
        self._house.maybe[stage] += 1
        self._house.ledger.kills.append((time.monotonic(), stage))
        self._report.faults["SIGSTOP, SIGCONT"][stage] += 1
        try:
            await asyncio.sleep(_HELD_UP_S * rng.random())
        finally:
            if pid not in struck:  # who was struck meanwhile is to stay so
                self._send(pid, signal.SIGCONT)

    def _send(self, pid: int, number: signal.Signals) -> bool:
        self._sent = time.monotonic_ns()
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def note(self, strike: Strike, done: Sequence[int]) -> bool:
        """Whether a block with this history (when each stage was done with it) is one that the successor has done."""
        if (ms := strike.recovered_ms(done[STAGES.index(strike.stage)])) is None:
            return False
        self._report.recovery[strike.name].append(ms)
        return True

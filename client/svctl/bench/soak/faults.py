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

from steadyvoice.client.svctl.bench.soak.daemon_under_test import STAGES, DaemonUnderTest
from steadyvoice.client.svctl.bench.soak.report import Report

SIGNALS: Final = (signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)
_STABLE_S: Final = 1.2
"""Who was ready for so long is well: daemon.supervisor gives up who dies five times without that."""
_MAX_EARLY_KILLS: Final = 3
"""So often in a row a stage may be struck before."""
_HELPERS: Final = (*STAGES, "forkserver")
_MAX_SUSPEND_S: Final = 0.5
_KILL_DELAY_NS: Final = 2_000_000
"""A process does nothing any more so long after a signal was sent, and no successor has done anything yet."""


@dataclass
class InjectedFault:
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
        return (done - self.at) / 1e6 if done > self.at + _KILL_DELAY_NS else None


class Faults:
    def __init__(self, daemon: DaemonUnderTest, report: Report) -> None:
        self._daemon, self._report = daemon, report
        self._early_kills: Counter[str] = Counter()

    async def inject(self, stage: str, number: signal.Signals, when: str) -> InjectedFault | None:
        """None where the stage is dead already, or has died too often lately. when: for the report."""
        pid = await self._target(stage)
        if not pid or not self._send(pid, number):
            return None
        self._daemon.killed[stage].add(pid)
        self._daemon.ledger.kills.append((time.monotonic(), stage))
        self._report.faults[number.name][stage] += 1
        self._report.moments[when] += 1
        return InjectedFault(stage, number, self._sent_ns)

    async def _target(self, stage: str) -> int:
        """The stage's process; 0 where it is dead already, or has died too often lately."""
        generation, daemon = self._daemon.generation, self._daemon
        pid = next(int(one["pid"]) for one in (await daemon.ask())["stages"] if one["name"] == stage)
        if generation != daemon.generation or not pid or pid in daemon.killed[stage]:
            return 0
        early_kills = self._early_kills[stage] + 1 if daemon.ready_for_s(pid) < _STABLE_S else 0
        if early_kills > _MAX_EARLY_KILLS:
            return 0
        self._early_kills[stage] = early_kills
        return pid

    async def inject_random(self, rng: random.Random, when: str) -> None:
        """One, or two at once."""
        for stage in rng.sample(STAGES, rng.choice((1, 1, 2))):
            await self.inject(stage, rng.choice(SIGNALS), when)

    async def kill_helper(self, rng: random.Random) -> None:
        """The process that forks the stages, or one that waits to take a stage's place."""
        stages = {one["pid"] for one in (await self._daemon.ask())["stages"]}
        helpers = [
            (pid, name) for pid, name in self._daemon.processes().items() if name in _HELPERS and pid not in stages
        ]
        if not helpers:
            return
        pid, name = rng.choice(helpers)
        number = rng.choice((signal.SIGKILL, signal.SIGSTOP)) if name == "forkserver" else signal.SIGKILL
        if self._send(pid, number):
            self._daemon.possible_restarts[name] += 1  # a spare may just have been taken
            self._report.faults[number.name if name == "forkserver" else f"{number.name} of a spare"][name] += 1

    async def suspend_briefly(self, rng: random.Random) -> None:
        """A stage is stopped, and goes on before or after the daemon has found that it hangs."""
        stage = rng.choice(STAGES)
        pid, killed = await self._target(stage), self._daemon.killed[stage]
        if not pid or not self._send(pid, signal.SIGSTOP):
            return
        self._daemon.possible_restarts[stage] += 1
        self._daemon.ledger.kills.append((time.monotonic(), stage))
        self._report.faults["SIGSTOP, SIGCONT"][stage] += 1
        try:
            await asyncio.sleep(_MAX_SUSPEND_S * rng.random())
        finally:
            if pid not in killed:  # who was struck meanwhile is to stay so
                self._send(pid, signal.SIGCONT)

    def _send(self, pid: int, number: signal.Signals) -> bool:
        self._sent_ns = time.monotonic_ns()
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def record_recovery(self, fault: InjectedFault, done: Sequence[int]) -> bool:
        """Whether a block with this history (when each stage was done with it) is one that the successor has done."""
        if (ms := fault.recovered_ms(done[STAGES.index(fault.stage)])) is None:
            return False
        self._report.recovery[fault.name].append(ms)
        return True

"""Kills and suspends stages, and measures the time until their replacements have finished a block."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steadyvoice.client.svctl.bench.soak.checks import LIVE, STAGES, is_of
from steadyvoice.client.svctl.bench.soak.daemon_under_test import DaemonUnderTest
from steadyvoice.client.svctl.bench.soak.report import Report
from steadyvoice.client.svctl.bench.soak.texts import OTHER_ENGINE

SIGNALS: Final = (signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)
_STABLE_S: Final = 1.2
"""A stage that was ready for this long counts as stable: daemon.supervisor gives up after five early deaths."""
_MAX_EARLY_KILLS: Final = 3
"""Consecutive kills of a stage before it is stable."""
_HELPERS: Final = (*STAGES, "forkserver")
_MAX_SUSPEND_S: Final = 0.5
_OTHER_SHARE: Final = 0.7
"""Share of the random faults to which one in a stage of the other engine is added."""
_KILL_DELAY_NS: Final = 2_000_000
"""Upper bound from a signal until the process has stopped; no replacement has finished a block by then."""


@dataclass
class InjectedFault:
    """A signal sent to a stage."""

    stage: str
    number: signal.Signals
    at: int
    """Monotonic nanoseconds."""

    @property
    def name(self) -> str:
        """The key in Report.recovery."""
        return self.stage + ("/stop" if self.number == signal.SIGSTOP else "")

    def recovered_ms(self, done: int) -> float | None:
        """done: when the stage finished a block, monotonic ns. None if that was before the fault."""
        return (done - self.at) / 1e6 if done > self.at + _KILL_DELAY_NS else None


class Faults:
    """Injects faults into the stages of the daemon under test."""

    def __init__(self, daemon: DaemonUnderTest, report: Report) -> None:
        self._daemon, self._report = daemon, report
        self._early_kills: Counter[str] = Counter()

    async def inject(self, stage: str, number: signal.Signals, when: str) -> InjectedFault | None:
        """Send the signal. None if the stage is already dead or has died too often. when: for the report."""
        pid = await self._target(stage)
        if not pid or not self._send(pid, number):
            return None
        self._daemon.killed[stage].add(pid)
        self._daemon.ledger.kills.append((time.monotonic(), stage))
        self._report.faults[number.name][stage] += 1
        self._report.moments[when] += 1
        return InjectedFault(stage, number, self._sent_ns)

    async def _target(self, stage: str) -> int:
        """Pid of the stage; 0 if it is already dead, is not there or has died too often."""
        generation, daemon = self._daemon.generation, self._daemon
        stages = (await daemon.ask())["stages"]
        others = (OTHER_ENGINE, LIVE)
        mine = [one for one in stages if one["name"] == stage and not any(is_of(one, other) for other in others)]
        pid = mine[0]["pid"] if mine else 0
        if generation != daemon.generation or not pid or pid in daemon.killed[stage] or not self._may_kill(stage, pid):
            return 0
        return pid

    def _may_kill(self, stage: str, pid: int) -> bool:
        """Count a kill, unless the stage has died too often before it was stable."""
        early_kills = self._early_kills[stage] + 1 if self._daemon.ready_for_s(pid) < _STABLE_S else 0
        if early_kills > _MAX_EARLY_KILLS:
            return False
        self._early_kills[stage] = early_kills
        return True

    async def inject_random(self, rng: random.Random, when: str) -> None:
        """Inject a fault into one stage, or into two at once."""
        for stage in rng.sample(STAGES, rng.choice((1, 1, 2))):
            await self.inject(stage, rng.choice(SIGNALS), when)
        for model in (OTHER_ENGINE, LIVE):
            if rng.random() < _OTHER_SHARE:
                await self._inject_uncounted(rng, when, model)

    async def _inject_uncounted(self, rng: random.Random, when: str, model: str) -> None:
        """Into a stage that comes and goes, so that nobody counts its restarts: while it works, loads or ends.

        model: OTHER_ENGINE or LIVE.
        """
        if (found := await self._uncounted(rng, model)) is None:
            return
        (name, pid), number = found, rng.choice(SIGNALS)
        if self._send(pid, number):
            self._daemon.ledger.kills.append((time.monotonic(), name.partition(" ")[0]))
            self._report.faults[number.name][name] += 1
            self._report.moments[when] += 1

    async def _uncounted(self, rng: random.Random, model: str) -> tuple[str, int] | None:
        """Name and pid of a stage that may be killed; None if there is none."""
        generation = self._daemon.generation
        stages = [one for one in (await self._daemon.ask())["stages"] if is_of(one, model) and one["pid"]]
        if not stages or generation != self._daemon.generation:
            return None
        one = rng.choice(stages)
        name = f"{one['name']} {model}"
        return (name, one["pid"]) if self._may_kill(name, one["pid"]) else None

    async def kill_helper(self, rng: random.Random) -> None:
        """Kill the forkserver or a standby process."""
        stages = {one["pid"] for one in (await self._daemon.ask())["stages"]}
        helpers = [
            (pid, name) for pid, name in self._daemon.processes().items() if name in _HELPERS and pid not in stages
        ]
        if not helpers:
            return
        pid, name = rng.choice(helpers)
        number = rng.choice((signal.SIGKILL, signal.SIGSTOP)) if name == "forkserver" else signal.SIGKILL
        if self._send(pid, number):
            self._daemon.possible_restarts[name] += 1  # the standby may just have become the stage
            self._report.faults[number.name if name == "forkserver" else f"{number.name} of a spare"][name] += 1

    async def suspend_briefly(self, rng: random.Random) -> None:
        """Suspend a stage and continue it, before or after the daemon has detected the hang."""
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
            if pid not in killed:  # a stage killed meanwhile must stay stopped
                self._send(pid, signal.SIGCONT)

    async def suspend_live_briefly(self, rng: random.Random) -> None:
        """As ``suspend_briefly``, a stage of live sound."""
        if (found := await self._uncounted(rng, LIVE)) is None or not self._send(found[1], signal.SIGSTOP):
            return
        self._report.faults["SIGSTOP, SIGCONT"][found[0]] += 1
        try:
            await asyncio.sleep(_MAX_SUSPEND_S * rng.random())
        finally:
            self._send(found[1], signal.SIGCONT)

    def _send(self, pid: int, number: signal.Signals) -> bool:
        self._sent_ns = time.monotonic_ns()
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def record_recovery(self, fault: InjectedFault, done: Sequence[int]) -> bool:
        """Record the recovery if this block is the replacement's. done: when each stage finished it, monotonic ns."""
        if (ms := fault.recovered_ms(done[STAGES.index(fault.stage)])) is None:
            return False
        self._report.recovery[fault.name].append(ms)
        return True

"""The daemon that is soaked: started, ended in any way and started again, with a witness of all that it tells."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.client.svctl.bench.daemon import BenchFailed, running
from steadyvoice.client.svctl.bench.soak import leaks
from steadyvoice.client.svctl.bench.soak.checks import Ledger
from steadyvoice.client.svctl.bench.soak.report import Report

STAGES: Final = ("generator", "vocoder", "converter", "output")
REPLY_TIMEOUT_S: Final = 30.0
"""For an answer: the machine may be busy."""
_SETTINGS: Final = 'standby = [{standby}]\nincomplete_sentence_timeout_s = 10.0\naudio.device = "null:{log}"\n'
"""Patience: what is made of a text that comes slowly does not depend on how busy the machine is."""
_BOOT_S, _END_S = 90.0, 20.0
_POLL_S, _BOOT_POLL_S = 0.02, 0.005


class DaemonUnderTest:
    def __init__(self, place: Path, report: Report, *, standbys: bool) -> None:
        self._place, self._report = place, report
        self.socket, self.log = place / "svd.sock", place / "play.log"
        names = ", ".join(f'"{name}"' for name in STAGES) if standbys else ""
        (place / "svd.toml").write_text(_SETTINGS.format(standby=names, log=self.log))
        self.standbys = standbys
        self.generation = 0
        self.stopped_generations: set[int] = set()
        """Of these daemons it is known that they went away."""
        self.boots_ms: list[float] = []
        self.followed = 0
        """Utterances of earlier daemons of which every event was seen."""
        self.ledger = Ledger()
        self.killed: dict[str, set[int]] = {}
        """Of this daemon's stages: the processes that were killed or stopped."""
        self.possible_restarts: Counter[str] = Counter()
        """Likewise, who may or may not have been replaced: spares, and who was stopped only for a moment."""
        self.status: dict[str, Any] = {}
        """As it was when it was last asked for."""
        self._ready_since: dict[int, float] = {}
        self._cleanup = ExitStack()
        self._process: subprocess.Popen[bytes]
        self._observer: asyncio.Task[None] | None = None
        self._control: AsyncClient | None = None
        report.snapshot = self._snapshot

    @property
    def pid(self) -> int:
        return self._process.pid

    async def start(self) -> None:
        """Until it can speak. BenchFailed where it cannot."""
        self.generation += 1
        began = time.monotonic()
        arguments = ("steadyvoice.daemon", "--socket", str(self.socket), "--config", str(self._place / "svd.toml"))
        try:
            self._process = self._cleanup.enter_context(running(self._own_log, *arguments, with_pipes=False))
        except KeyboardInterrupt:
            raise asyncio.CancelledError from None
        self.followed += len(self.ledger.records)
        self.ledger, self.killed, self.possible_restarts = Ledger(), {name: set() for name in STAGES}, Counter()
        self._control = AsyncClient(self.socket, timeout=REPLY_TIMEOUT_S)
        await self._until("pid", began)
        listening = asyncio.Event()
        self._observer = asyncio.create_task(self._follow(self.generation, listening))
        await listening.wait()
        await self._until("ready", began)
        self.boots_ms.append((time.monotonic() - began) * 1000)

    async def _until(self, key: str, began: float) -> None:
        """It answers, and its status has that. BenchFailed where it ends, or takes too long."""
        while True:
            with contextlib.suppress(DaemonUnreachable):
                if (await self.ask())[key]:
                    return
            if self._process.poll() is not None or time.monotonic() - began > _BOOT_S:
                raise BenchFailed(f"the benchmark's daemon does not answer: {self._last_log_lines()}")
            await asyncio.sleep(_BOOT_POLL_S)

    async def ask(self) -> dict[str, Any]:
        """The status. DaemonUnreachable where the daemon is away."""
        assert self._control is not None
        self.status = await self._control.status()
        for one in self.status["stages"]:
            if one["state"] in ("ready", "busy"):
                self._ready_since.setdefault(one["pid"], time.monotonic())
        return self.status

    def ready_for_s(self, pid: int) -> float:
        """Since a stage was first seen to be ready; 0 where it was not yet."""
        return time.monotonic() - self._ready_since.get(pid, time.monotonic())

    async def _follow(self, generation: int, listening: asyncio.Event) -> None:
        """Write into the ledger what everybody is told."""
        ledger = self.ledger
        try:
            async with AsyncClient(self.socket, timeout=REPLY_TIMEOUT_S) as client:
                events = await client.subscribe()
                listening.set()
                async for event in events:
                    if wrong := ledger.on_event(event, time.monotonic()):
                        self._report.violation("events", wrong)
        except DaemonUnreachable as error:
            if generation not in self.stopped_generations:
                self._report.violation("daemon", f"the daemon went away by itself: {error}")
        finally:
            listening.set()

    async def restart(self, number: signal.Signals) -> None:
        """End it so, see that nothing of it is left, and start it again."""
        self.stopped_generations.add(self.generation)
        self._process.send_signal(number)
        deadline = time.monotonic() + _END_S
        while self._process.poll() is None and time.monotonic() < deadline:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(_POLL_S)
        code = self._process.poll()
        if code != (0 if number == signal.SIGTERM else -number):
            self._report.violation("daemon", f"ended with {code} after {number.name}: {self._last_log_lines()}")
        for pid in leaks.processes(self._place):  # who was stopped before it had run a line ends when it goes on
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        while (left := leaks.processes(self._place)) and time.monotonic() < deadline:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(_POLL_S)
        if left:
            self._report.violation("processes", f"{left} live on after the daemon's end by {number.name}")
        if left_semaphores := leaks.semaphore_count(self.socket) if number == signal.SIGTERM else 0:
            self._report.violation("/dev/shm", f"{left_semaphores} semaphores are left after {number.name}")
        await self._disconnect()
        await self.start()

    async def _disconnect(self) -> None:
        if self._observer is not None:
            self._observer.cancel()
            await asyncio.gather(self._observer, return_exceptions=True)
        if self._control is not None:
            await self._control.close()
        self._cleanup.close()

    async def close(self) -> None:
        """End it, whatever it does."""
        self.stopped_generations.add(self.generation)
        try:
            await self._disconnect()
        finally:
            self._cleanup.close()

    async def resources(self) -> dict[str, Counter[str]]:
        """What each process holds, this one too, and which there are."""
        processes = leaks.processes(self._place)
        held = {"all": Counter(processes.values()), "client": leaks.own_resources()}
        held["all"]["name in /dev/shm"] = leaks.semaphore_count(self.socket)
        held["daemon"] = leaks.resources_of(self.pid)
        held |= {name: leaks.resources_of(pid) for pid, name in processes.items() if name == "forkserver"}
        for stage in (await self.ask())["stages"]:
            held[stage["name"]] = leaks.resources_of(stage["pid"])
        return held

    def processes(self) -> dict[int, str]:
        return leaks.processes(self._place)

    @property
    def _own_log(self) -> Path:
        return self._place / f"svd-{self.generation}.log"

    def _last_log_lines(self, lines: int = 1) -> str:
        try:
            return " | ".join(self._own_log.read_text().strip().splitlines()[-lines:])
        except OSError:
            return ""

    def _snapshot(self) -> dict[str, Any]:
        stages = {one["name"]: f"{one['state']} ({one['pid']})" for one in self.status.get("stages", [])}
        state = {name: self.status.get(name) for name in ("utterances", "rings", "audio")}
        return {"daemon": self.generation, "stages": stages, **state, "log": self._last_log_lines(6)}

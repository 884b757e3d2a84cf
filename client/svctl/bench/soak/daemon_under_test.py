"""The daemon under test: started, stopped in any way and restarted, with a subscriber that records all events."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Literal

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.client.svctl.bench.daemon import BenchFailed, running
from steadyvoice.client.svctl.bench.soak import leaks
from steadyvoice.client.svctl.bench.soak.checks import STAGES, Ledger
from steadyvoice.client.svctl.bench.soak.report import Report
from steadyvoice.client.svctl.bench.soak.texts import OTHER_ENGINE
from steadyvoice.ipc.daemon_status import DaemonStatus

REPLY_TIMEOUT_S: Final = 30.0
"""Timeout of a reply in seconds: the machine may be busy."""
_SETTINGS: Final = """
engines = ["hibari", "{other}"]
standby = [{standby}]
incomplete_sentence_timeout_s = 10.0
audio.device = "null:{log}"
[models]
ttl_s = 1.0
min_residency_s = 0.0
"""
"""A long sentence timeout: the audio of a slowly written text must not depend on the load of the machine."""
_BOOT_S, _END_S = 90.0, 20.0
_POLL_S, _BOOT_POLL_S = 0.02, 0.005


class DaemonUnderTest:
    """Owns the daemon's process, its subscriber and the record of its stages. For one event loop.

    More than 12 methods: starting, stopping and observing share one state.
    """

    def __init__(self, place: Path, report: Report, *, standbys: bool) -> None:
        self._place, self._report = place, report
        self.socket, self.log = place / "svd.sock", place / "play.log"
        names = ", ".join(f'"{name}"' for name in STAGES) if standbys else ""
        (place / "svd.toml").write_text(_SETTINGS.format(other=OTHER_ENGINE, standby=names, log=self.log))
        self.standbys = standbys
        self.generation = 0
        self.stopped_generations: set[int] = set()
        """Generations that the soak has stopped, so that a lost connection is expected."""
        self.boots_ms: list[float] = []
        self.followed = 0
        """Number of utterances of earlier daemons for which all events arrived."""
        self.ledger = Ledger()
        self.killed: dict[str, set[int]] = {}
        """Pids of this daemon's stages that were killed or suspended for good."""
        self.possible_restarts: Counter[str] = Counter()
        """Restarts that may or may not have happened: of standbys, and of stages suspended only briefly."""
        self._status: DaemonStatus | None = None
        """The last reply to ``status``."""
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
        """Start the daemon and wait until it can speak. BenchFailed if it cannot."""
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

    async def _until(self, key: Literal["pid", "ready"], began: float) -> None:
        """Wait until the status has this key set. BenchFailed if the daemon ends or takes too long."""
        while True:
            with contextlib.suppress(DaemonUnreachable):
                if (await self.ask())[key]:
                    return
            if self._process.poll() is not None or time.monotonic() - began > _BOOT_S:
                raise BenchFailed(f"the benchmark's daemon does not answer: {self._last_log_lines()}")
            await asyncio.sleep(_BOOT_POLL_S)

    async def ask(self) -> DaemonStatus:
        """Request the status. DaemonUnreachable if the daemon is gone."""
        assert self._control is not None
        self._status = status = await self._control.status()
        for one in status["stages"]:
            if one["state"] in ("ready", "busy"):
                self._ready_since.setdefault(one["pid"], time.monotonic())
        return status

    def ready_for_s(self, pid: int) -> float:
        """Seconds since a stage was first seen ready; 0 if it was not yet."""
        return time.monotonic() - self._ready_since.get(pid, time.monotonic())

    async def _follow(self, generation: int, listening: asyncio.Event) -> None:
        """Record the events of all utterances in the ledger."""
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
                self._report.violation("daemon", f"the daemon ended unexpectedly: {error}")
        finally:
            listening.set()

    async def restart(self, number: signal.Signals) -> None:
        """Stop the daemon with this signal, check that no process is left, and start it again."""
        self.stopped_generations.add(self.generation)
        self._process.send_signal(number)
        deadline = time.monotonic() + _END_S
        while self._process.poll() is None and time.monotonic() < deadline:  # noqa: ASYNC110 - no event
            await asyncio.sleep(_POLL_S)
        code = self._process.poll()
        if code != (0 if number == signal.SIGTERM else -number):
            self._report.violation("daemon", f"ended with {code} after {number.name}: {self._last_log_lines()}")
        for pid in leaks.processes(
            self._place
        ):  # a process suspended before it has run anything ends only when continued
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        while (left := leaks.processes(self._place)) and time.monotonic() < deadline:  # noqa: ASYNC110 - no event
            await asyncio.sleep(_POLL_S)
        if left:
            self._report.violation("processes", f"{left} still run after the daemon's end by {number.name}")
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
        """Stop the daemon in any state."""
        self.stopped_generations.add(self.generation)
        try:
            await self._disconnect()
        finally:
            self._cleanup.close()

    async def resources(self) -> dict[str, Counter[str]]:
        """Resources of each process, this one too, and the number of processes by role."""
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
        found: dict[str, Any] = {"daemon": self.generation, "log": self._last_log_lines(6)}
        if status := self._status:
            found["stages"] = {one["name"]: f"{one['state']} ({one['pid']})" for one in status["stages"]}
            found |= {"utterances": status["utterances"], "rings": status["rings"], "audio": status["audio"]}
        return found

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
from steadyvoice.client.svctl.bench.soak import traces
from steadyvoice.client.svctl.bench.soak.checks import Ledger
from steadyvoice.client.svctl.bench.soak.report import Report

STAGES: Final = ("generator", "vocoder", "converter", "output")
PATIENCE_S: Final = 30.0
"""For an answer: the machine may be busy."""
_SETTINGS: Final = 'standby = [{standby}]\nincomplete_sentence_timeout_s = 10.0\naudio.device = "null:{log}"\n'
"""Patience: what is made of a text that comes slowly does not depend on how busy the machine is."""
_BOOT_S, _END_S = 90.0, 20.0
_LOOK_S, _BOOTS_S = 0.02, 0.005


class House:
    def __init__(self, place: Path, report: Report, *, standbys: bool) -> None:
        self._place, self._report = place, report
        self.socket, self.log = place / "svd.sock", place / "play.log"
        names = ", ".join(f'"{name}"' for name in STAGES) if standbys else ""
        (place / "svd.toml").write_text(_SETTINGS.format(standby=names, log=self.log))
        self.standbys = standbys
        self.generation = 0
        self.ended: set[int] = set()
        """Of these daemons it is known that they went away."""
        self.boots_ms: list[float] = []
        self.followed = 0
        """Utterances of earlier daemons of which every event was seen."""
        self.ledger = Ledger()
        self.struck: dict[str, set[int]] = {}
        """Of this daemon's stages: the processes that were killed or stopped."""
        self.maybe: Counter[str] = Counter()
        """Likewise, who may or may not have been replaced: spares, and who was stopped only for a moment."""
        self.status: dict[str, Any] = {}
        """As it was when it was last asked for."""
        self._ready_since: dict[int, float] = {}
        self._care = ExitStack()
        self._process: subprocess.Popen[bytes]
        self._witness: asyncio.Task[None] | None = None
        self._control: AsyncClient | None = None
        report.look = self._look

    @property
    def pid(self) -> int:
        return self._process.pid

    async def start(self) -> None:
        """Until it can speak. BenchFailed where it cannot."""
        self.generation += 1
        began = time.monotonic()
        arguments = ("steadyvoice.daemon", "--socket", str(self.socket), "--config", str(self._place / "svd.toml"))
        try:
            self._process = self._care.enter_context(running(self._own_log, *arguments, talks=False))
        except KeyboardInterrupt:
            raise asyncio.CancelledError from None
        self.followed += len(self.ledger.lives)
        self.ledger, self.struck, self.maybe = Ledger(), {name: set() for name in STAGES}, Counter()
        self._control = AsyncClient(self.socket, timeout=PATIENCE_S)
        await self._until("pid", began)
        listening = asyncio.Event()
        self._witness = asyncio.create_task(self._follow(self.generation, listening))
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
                raise BenchFailed(f"the benchmark's daemon does not answer: {self._last_words()}")
            await asyncio.sleep(_BOOTS_S)

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
            async with AsyncClient(self.socket, timeout=PATIENCE_S) as client:
                events = await client.subscribe()
                listening.set()
                async for event in events:
                    if wrong := ledger.hear(event, time.monotonic()):
                        self._report.violation("events", wrong)
        except DaemonUnreachable as error:
            if generation not in self.ended:
                self._report.violation("daemon", f"the daemon went away by itself: {error}")
        finally:
            listening.set()

    async def restart(self, number: signal.Signals) -> None:
        """End it so, see that nothing of it is left, and start it again."""
        self.ended.add(self.generation)
        self._process.send_signal(number)
        deadline = time.monotonic() + _END_S
        while self._process.poll() is None and time.monotonic() < deadline:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(_LOOK_S)
        code = self._process.poll()
        if code != (0 if number == signal.SIGTERM else -number):
            self._report.violation("daemon", f"ended with {code} after {number.name}: {self._last_words()}")
        for pid in traces.family(self._place):  # who was stopped before it had run a line ends when it goes on
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        while (left := traces.family(self._place)) and time.monotonic() < deadline:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(_LOOK_S)
        if left:
            self._report.violation("processes", f"{left} live on after the daemon's end by {number.name}")
        if names := traces.names(self.socket) if number == signal.SIGTERM else 0:
            self._report.violation("/dev/shm", f"{names} names are left after {number.name}")
        await self._part()
        await self.start()

    async def _part(self) -> None:
        if self._witness is not None:
            self._witness.cancel()
            await asyncio.gather(self._witness, return_exceptions=True)
        if self._control is not None:
            await self._control.close()
        self._care.close()

    async def close(self) -> None:
        """End it, whatever it does."""
        self.ended.add(self.generation)
        try:
            await self._part()
        finally:
            self._care.close()

    async def traces(self) -> dict[str, Counter[str]]:
        """What each process holds, this one too, and which there are."""
        family = traces.family(self._place)
        held = {"all": Counter(family.values()), "client": traces.holds_here()}
        held["all"]["name in /dev/shm"] = traces.names(self.socket)
        held["daemon"] = traces.holds(self.pid)
        held |= {name: traces.holds(pid) for pid, name in family.items() if name == "forkserver"}
        for stage in (await self.ask())["stages"]:
            held[stage["name"]] = traces.holds(stage["pid"])
        return held

    def family(self) -> dict[int, str]:
        return traces.family(self._place)

    @property
    def _own_log(self) -> Path:
        return self._place / f"svd-{self.generation}.log"

    def _last_words(self, lines: int = 1) -> str:
        try:
            return " | ".join(self._own_log.read_text().strip().splitlines()[-lines:])
        except OSError:
            return ""

    def _look(self) -> dict[str, Any]:
        stages = {one["name"]: f"{one['state']} ({one['pid']})" for one in self.status.get("stages", [])}
        state = {name: self.status.get(name) for name in ("utterances", "rings", "audio")}
        return {"daemon": self.generation, "stages": stages, **state, "log": self._last_words(6)}

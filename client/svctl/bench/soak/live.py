"""The clients of the soak that use live sound: one session at a time, to the client or to the sound device.

The samples that a client gets are compared with the source by another process, because the source belongs to the
workers: ``steadyvoice.workers.reference.heard``.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.async_utterance import AsyncStream, AsyncUtterance
from steadyvoice.client.errors import RequestRefused, UtteranceFailed
from steadyvoice.client.svctl.bench.daemon import Reference, running
from steadyvoice.client.svctl.bench.soak import checks
from steadyvoice.client.svctl.bench.soak.clients import Activity
from steadyvoice.client.svctl.bench.soak.daemon_under_test import REPLY_TIMEOUT_S, DaemonUnderTest
from steadyvoice.client.svctl.bench.soak.report import Report

CHAINS: Final = ("", "gain:db=-6", "gain:db=-12", "highpass:hz=120,gain:db=3")
_ENDS: Final = ("cancel", "leave", "late")
_RATE: Final = 48000
_MAX_NAP_S: Final = 0.3
_STALL_S: Final = 20.0
"""Without a block for so long, the session counts as hung: a replacement needs a second or two, also when loaded."""


class LiveClients:
    """The activities of clients that use live sound, run by ``Clients.run``."""

    def __init__(self, daemon: DaemonUnderTest, report: Report) -> None:
        self._daemon, self._report = daemon, report
        self._asking = asyncio.Lock()
        self._reference: Reference

    @contextmanager
    def comparing(self, place: Path) -> Iterator[None]:
        """Run the process that compares samples."""
        (place / "live").mkdir()
        log = place / "live" / "heard.log"
        with running(log, "steadyvoice.workers.reference.heard", with_pipes=True) as process:
            self._reference = Reference(process, log)
            yield

    async def use(self, rng: random.Random, activity: Activity, until: float, source: str) -> None:
        """One session after the other. until: when the round ends, monotonic seconds.

        source: of sessions on the sound device.
        """
        generation = self._daemon.generation
        while time.monotonic() < until and generation == self._daemon.generation:
            await self._one(rng, activity, until, source)
            await asyncio.sleep(_MAX_NAP_S * rng.random())

    async def _one(self, rng: random.Random, activity: Activity, until: float, source: str) -> None:
        end = rng.choice(_ENDS)
        stop_at = until + rng.random() if end == "late" else time.monotonic() + 4 * rng.random()
        to_client = rng.random() < 0.6
        activity.what = f"live sound to the {'client' if to_client else 'device'} ({end})"
        async with AsyncClient(self._daemon.socket, timeout=REPLY_TIMEOUT_S) as client:
            try:
                if to_client:
                    session: AsyncUtterance = await self._listen(rng, client, activity, stop_at)
                else:
                    session = await self._play(rng, client, activity, stop_at, source)
            except RequestRefused as error:
                if error.code == "live_in_use":
                    return
                raise
            except UtteranceFailed as error:
                self._report.violation("live", f"session {activity.utterance}, {activity.what}, has failed: {error}")
                return
            if session.finished is not None:
                self._report.violation("live", f"session {session.id}, {activity.what}, ended by itself")
            elif end != "leave":
                finished = await session.cancel()
                if finished.reason != "cancelled":
                    self._report.violation("live", f"session {session.id} was cancelled, and ended: {finished}")
        self._report.live[f"{'to the client' if to_client else 'to the device'}, {end}"] += 1

    async def _listen(self, rng: random.Random, client: AsyncClient, activity: Activity, stop_at: float) -> AsyncStream:
        """Take the samples of noise until ``stop_at``, and compare them."""
        seed = rng.randrange(1 << 30)
        stream = await client.live_stream(f"noise:{seed}", inline=rng.random() < 0.3)
        activity.utterance = stream.id
        path = self._daemon.log.parent / "live" / f"{self._daemon.generation}-{stream.id}.raw"
        naps, received = rng.choice((0, 0, 2)), 0
        try:
            with path.open("wb") as file:
                while time.monotonic() < stop_at:
                    try:
                        async with asyncio.timeout(_STALL_S):
                            data = await stream.read()
                    except TimeoutError:
                        self._report.violation("hangs", f"{activity}: no sound for {_STALL_S:g} s")
                        break
                    if not data:
                        break
                    received += file.write(data) // 4
                    activity.at = f" at sample {received}"
                    if naps and rng.random() < 0.05:
                        await asyncio.sleep(_MAX_NAP_S * rng.random())
                        naps -= 1
            await self._compare(activity, path, seed, received)
        finally:
            path.unlink(missing_ok=True)
        return stream

    async def _compare(self, activity: Activity, path: Path, seed: int, received: int) -> None:
        async with self._asking:
            found = await asyncio.to_thread(self._reference.ask, {"path": str(path), "seed": seed})
        self._report.samples += found["heard"]
        if wrong := checks.check_live(found, received):
            self._report.violation("samples", f"{activity}: {wrong}")

    async def _play(
        self, rng: random.Random, client: AsyncClient, activity: Activity, stop_at: float, source: str
    ) -> AsyncUtterance:
        """Play through plugins until ``stop_at``, and change them meanwhile."""
        generation = self._daemon.generation
        session = await client.live(source, rng.choice(CHAINS))
        activity.utterance = session.id
        while session.finished is None and (left := stop_at - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 2 * rng.random()))
            if rng.random() < 0.5 and session.finished is None:
                await self._change(rng, client, activity, session, generation)
        return session

    async def _change(
        self, rng: random.Random, client: AsyncClient, activity: Activity, session: AsyncUtterance, generation: int
    ) -> None:
        """generation: of the daemon that the session belongs to."""
        wanted = rng.choice((*CHAINS, "nosuch"))
        activity.at = f", change to {wanted!r}"
        try:
            await client.change_live(session.id, wanted)
        except RequestRefused as error:
            lost = error.code == "plugin_failed" and error.retryable  # a fault ended the process that opened them
            is_another_daemon = generation in self._daemon.stopped_generations
            if lost or is_another_daemon or (wanted == "nosuch" and error.code == "unknown_plugin"):
                return
            raise
        if wanted == "nosuch":
            self._report.violation("live", f"session {session.id}: a plugin that does not exist was accepted")

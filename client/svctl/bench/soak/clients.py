"""Clients of the soak: listeners of every kind, writers, floods and abusive clients.

Each compares what it receives with what an undisturbed daemon made of the same text.
"""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.async_utterance import AsyncStream, AsyncUtterance
from steadyvoice.client.errors import DaemonUnreachable, RequestRefused, UtteranceFailed
from steadyvoice.client.svctl.bench.soak import checks
from steadyvoice.client.svctl.bench.soak.daemon_under_test import REPLY_TIMEOUT_S, DaemonUnderTest
from steadyvoice.client.svctl.bench.soak.faults import SIGNALS, Faults, InjectedFault
from steadyvoice.client.svctl.bench.soak.report import Report
from steadyvoice.client.svctl.bench.soak.texts import CHAPTER, LONG, PLAIN, SHORT, TALE, Texts, options

HANG_TIMEOUT_S: Final = 90.0
"""Longer than the longest text takes on a busy machine with all other clients; then a client counts as hung."""
_FLOOD_REQUESTS: Final = 60
_MAX_NAP_S: Final = 0.4
MOMENTS: Final = {"at the first block": 0.0, "in the middle": 0.5, "at the end": 0.97}
"""Share of the samples taken before the fault."""


@dataclass
class Activity:
    """What a client is doing, for the report of a hang."""

    what: str = "a client"
    utterance: int = 0
    at: str = ""

    def __str__(self) -> str:
        return f"{self.what}, utterance {self.utterance}{self.at}"


Work = Callable[[Activity], Awaitable[None]]


class Clients:
    """The activities of clients; each method is one activity, run by ``run``."""

    def __init__(self, daemon: DaemonUnderTest, texts: Texts, faults: Faults, report: Report) -> None:
        self._daemon, self._texts, self._faults, self._report = daemon, texts, faults, report

    async def run(self, work: Work) -> None:
        """Run an activity; report a hang, and a lost connection unless the daemon was stopped on purpose."""
        generation, activity = self._daemon.generation, Activity()
        try:
            async with asyncio.timeout(HANG_TIMEOUT_S):
                await work(activity)
        except TimeoutError:
            with contextlib.suppress(DaemonUnreachable):
                await self._daemon.ask()
            self._report.violation("hangs", f"{activity} has not ended after {HANG_TIMEOUT_S:g} s")
        except DaemonUnreachable as error:
            if generation in self._daemon.stopped_generations:
                self._report.ends["daemon ended"] += 1
            else:
                self._report.violation("daemon", f"{activity}: {error}")
        except UtteranceFailed:
            self._report.ends["error"] += 1  # the ledger checks whether it is allowed
        except RequestRefused as error:
            self._report.violation("refused", f"{activity}: {error.code}: {error}")

    def _client(self) -> AsyncClient:
        return AsyncClient(self._daemon.socket, timeout=REPLY_TIMEOUT_S)

    def _record_end(self, utterance: AsyncUtterance) -> None:
        assert utterance.finished is not None
        self._report.ends[utterance.finished.reason] += 1
        if wrong := self._daemon.ledger.compare_with_client(utterance.id, utterance.finished):
            self._report.violation("events", wrong)

    async def listen(self, rng: random.Random, activity: Activity, end: str = "done", fault: str = "") -> None:
        """Take the samples. end: ``done``, or before the end ``cancelled`` or ``left`` (disconnect).

        fault: a moment of MOMENTS.
        """
        text, variant = self._texts.pick(rng)
        form: dict[str, Any] = {"format": rng.choice(("f32", "s16")), "inline": rng.random() < 0.3}
        naps = rng.choice((0, 0, 1, 4))
        stop_at = rng.random()
        activity.what = f"listener ({end}) to {text[:20]!r} {dict(variant) | form}"
        expected, atol = self._texts.expected(text, variant, form["format"])
        comparison = checks.Comparison(expected, atol)
        async with self._client() as client:
            stream = await client.stream(text, **options(variant), **form)
            activity.utterance = stream.id
            async for block in stream:
                comparison.take(block)
                activity.at = f" at sample {comparison.at} of {len(expected)}"
                if fault and comparison.at >= MOMENTS[fault] * len(expected):
                    await self._faults.inject_random(rng, fault)
                    fault = ""
                if naps and rng.random() < 0.1:
                    await asyncio.sleep(_MAX_NAP_S * rng.random())
                    naps -= 1
                if end != "done" and comparison.at >= stop_at * len(expected):
                    break
            if end == "left":
                self._report.faults["client left"]["listener"] += 1
            elif end == "cancelled":
                await stream.cancel()
            self._check_samples(activity, stream, comparison, exactly=not form["inline"], whole=end == "done")

    def _check_samples(
        self,
        activity: Activity,
        stream: AsyncStream,
        comparison: checks.Comparison,
        *,
        exactly: bool,
        whole: bool = True,
    ) -> None:
        """exactly: the daemon counts as taken exactly what was taken. whole: all received samples were taken."""
        finished = stream.finished
        self._report.samples += comparison.at
        wrong = comparison.end(whole and finished is not None and finished.reason == "done")
        if not wrong and finished is not None:
            wrong = checks.check_duration(finished, comparison.at, stream.sample_rate, exactly)
        if wrong:
            self._report.violation("samples", f"utterance {stream.id}, {activity.what}: {wrong}")
        if finished is not None:
            self._record_end(stream)

    async def alone(self, rng: random.Random, activity: Activity, stage: str, moment: str) -> None:
        """One listener that reads at once, one fault, and the recovery of the stage."""
        activity.what = f"alone, fault of {stage} {moment}"
        text = rng.choice((LONG, CHAPTER))
        expected, atol = self._texts.expected(text, PLAIN, "f32")
        comparison = checks.Comparison(expected, atol)
        fault: InjectedFault | None = None
        killed = recovered = False
        async with self._client() as client:
            stream = await client.stream(text)
            activity.utterance = stream.id
            async for block in stream:
                comparison.take(block)
                activity.at = f" at sample {comparison.at} of {len(expected)}"
                if not killed and comparison.at >= MOMENTS[moment] * len(expected):
                    killed = True
                    number = rng.choice(SIGNALS)
                    fault = await self._faults.inject(stage, number, moment)
                elif fault is not None and not recovered:
                    recovered = self._faults.record_recovery(fault, stream.history[1::2])
            self._check_samples(activity, stream, comparison, exactly=True)

    async def stop_reading(self, rng: random.Random, activity: Activity, until: float) -> None:
        """Take one block, and the others after ``until`` (monotonic seconds), when the other clients have left."""
        activity.what = "sleeper"
        self._report.faults["client stops reading"]["listener"] += 1
        expected, _ = self._texts.expected(LONG, PLAIN, "f32")
        comparison = checks.Comparison(expected, 0.0)
        async with self._client() as client:
            stream = await client.stream(LONG, inline=(inline := rng.random() < 0.3))
            activity.utterance = stream.id
            async for block in stream:
                if not comparison.at:
                    await asyncio.sleep(max(0.0, until - time.monotonic()))
                comparison.take(block)
                activity.at = f" at sample {comparison.at} of {len(expected)}"
            self._check_samples(activity, stream, comparison, exactly=not inline)

    async def write(self, rng: random.Random, activity: Activity) -> None:
        """Write a text word by word; its samples must equal those of the whole text."""
        activity.what = "writer"
        text = rng.choice((TALE, LONG))
        expected, _ = self._texts.expected(text, PLAIN, "f32")
        comparison = checks.Comparison(expected, 0.0)
        async with self._client() as client:
            stream = await client.open_stream()
            activity.utterance = stream.id

            async def listen() -> None:
                async for block in stream:
                    comparison.take(block)
                    activity.at = f" at sample {comparison.at} of {len(expected)}"

            listening = asyncio.create_task(listen())
            try:
                for piece in text.split(" "):
                    await stream.append(piece + " ")
                    await asyncio.sleep(0.03 * rng.random())
                await stream.finish()
                await listening
            finally:
                listening.cancel()
            self._check_samples(activity, stream, comparison, exactly=True)

    async def flood(self, rng: random.Random, activity: Activity) -> None:
        """Send many requests at once; cancel half of the streams."""
        activity.what = "flood"
        self._report.faults["flood"]["client"] += 1

        async def one(client: AsyncClient, number: int) -> None:
            text = rng.choice(SHORT)
            if number % 3 == 0:
                utterance = await client.speak(text, priority=rng.choice(("text", "progress", "notification")))
                await utterance.wait()
                self._record_end(utterance)
                return
            expected, _ = self._texts.expected(text, PLAIN, "f32")
            comparison = checks.Comparison(expected, 0.0)
            stream = await client.stream(text)
            if number % 2:
                await stream.cancel()
            else:
                async for block in stream:
                    comparison.take(block)
            self._check_samples(activity, stream, comparison, exactly=True)

        async with self._client() as client:
            results = await asyncio.gather(
                *(one(client, number) for number in range(_FLOOD_REQUESTS)), return_exceptions=True
            )
        for error in results:
            if isinstance(error, Exception):
                raise error

    async def abuse(self, rng: random.Random, activity: Activity) -> None:
        """Send many requests on a bare socket, read little or nothing, and disconnect."""
        self._report.faults["client left"]["rude"] += 1
        requests: list[dict[str, Any]] = [
            {"type": "speak", "text": rng.choice((*SHORT, LONG)), "sink": "pcm", "inline": True}
            for _ in range(rng.randrange(1, 40))
        ]
        requests += [{"type": "status"}] * rng.randrange(200)
        requests += [{"type": "speak", "open": True, "sink": "pcm"}, {"type": "nonsense"}]
        requests += [{"type": "speak", "text": "Dinner is ready.", "detach": True}]
        rng.shuffle(requests)
        data = b"".join(msgspec.json.encode(request) + b"\n" for request in requests)
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.setblocking(False)
            with contextlib.suppress(OSError):  # the daemon may be stopped meanwhile or close the connection
                await loop.sock_connect(sock, str(self._daemon.socket))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        await loop.sock_sendall(sock, data[: rng.randrange(len(data))])
                        for _ in range(rng.randrange(3)):
                            await loop.sock_recv(sock, 4096)
                        await asyncio.sleep(rng.random())

"""Who has the daemon speak while it is soaked: listeners of every kind, writers, floods, and the rude.

Each checks what it gets, against what an undisturbed daemon made of the same text.
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
from steadyvoice.client.svctl.bench.soak.faults import SIGNALS, Faults, Strike
from steadyvoice.client.svctl.bench.soak.house import PATIENCE_S, House
from steadyvoice.client.svctl.bench.soak.report import Report
from steadyvoice.client.svctl.bench.soak.texts import CHAPTER, LONG, PLAIN, SHORT, TALE, Texts, options

HANGS_S: Final = 90.0
"""More than the longest text takes beside a full house on a busy machine; who is not served by then never will be."""
_MANY: Final = 60
_NAP_S: Final = 0.4
MOMENTS: Final = {"at the first block": 0.0, "in the middle": 0.5, "at the end": 0.97}
"""How much of the samples was taken."""


@dataclass
class Visit:
    """What a guest is about, should it hang."""

    what: str = "a guest"
    utterance: int = 0
    at: str = ""

    def __str__(self) -> str:
        return f"{self.what}, utterance {self.utterance}{self.at}"


Work = Callable[[Visit], Awaitable[None]]


class Guests:
    def __init__(self, house: House, texts: Texts, faults: Faults, report: Report) -> None:
        self._house, self._texts, self._faults, self._report = house, texts, faults, report

    async def visit(self, work: Work) -> None:
        """Do it; see that it ends, and that only a daemon that was ended says that it is gone."""
        generation, visit = self._house.generation, Visit()
        try:
            async with asyncio.timeout(HANGS_S):
                await work(visit)
        except TimeoutError:
            with contextlib.suppress(DaemonUnreachable):
                await self._house.ask()
            self._report.violation("hangs", f"{visit} is not over after {HANGS_S:g} s")
        except DaemonUnreachable as error:
            if generation in self._house.ended:
                self._report.ends["daemon ended"] += 1
            else:
                self._report.violation("daemon", f"{visit}: {error}")
        except UtteranceFailed:
            self._report.ends["error"] += 1  # the ledger judges it
        except RequestRefused as error:
            self._report.violation("refused", f"{visit}: {error.code}: {error}")

    def _client(self) -> AsyncClient:
        return AsyncClient(self._house.socket, timeout=PATIENCE_S)

    def _over(self, utterance: AsyncUtterance) -> None:
        assert utterance.finished is not None
        self._report.ends[utterance.finished.reason] += 1
        if wrong := self._house.ledger.told(utterance.id, utterance.finished):
            self._report.violation("events", wrong)

    async def listen(self, rng: random.Random, visit: Visit, end: str = "done", strike: str = "") -> None:
        """Take the samples. end: ``done``, or on the way ``cancelled``, or left without a word. strike: a moment."""
        text, manner = self._texts.pick(rng)
        form: dict[str, Any] = {"format": rng.choice(("f32", "s16")), "inline": rng.random() < 0.3}
        naps = rng.choice((0, 0, 1, 4))
        stop_at = rng.random()
        visit.what = f"listener ({end}) to {text[:20]!r} {dict(manner) | form}"
        owed, atol = self._texts.owed(text, manner, form["format"])
        comparison = checks.Comparison(owed, atol)
        async with self._client() as client:
            stream = await client.stream(text, **options(manner), **form)
            visit.utterance = stream.id
            async for block in stream:
                comparison.take(block)
                visit.at = f" at sample {comparison.at} of {len(owed)}"
                if strike and comparison.at >= MOMENTS[strike] * len(owed):
                    await self._faults.strike_some(rng, strike)
                    strike = ""
                if naps and rng.random() < 0.1:
                    await asyncio.sleep(_NAP_S * rng.random())
                    naps -= 1
                if end != "done" and comparison.at >= stop_at * len(owed):
                    break
            if end == "left":
                self._report.faults["client left"]["listener"] += 1
            elif end == "cancelled":
                await stream.cancel()
            self._heard(visit, stream, comparison, exactly=not form["inline"], whole=end == "done")

    def _heard(
        self, visit: Visit, stream: AsyncStream, comparison: checks.Comparison, *, exactly: bool, whole: bool = True
    ) -> None:
        """exactly: what the daemon counts as taken is what was taken. whole: all was taken that came."""
        finished = stream.finished
        self._report.samples += comparison.at
        wrong = comparison.end(whole and finished is not None and finished.reason == "done")
        if not wrong and finished is not None:
            wrong = checks.got(finished, comparison.at, stream.sample_rate, exactly)
        if wrong:
            self._report.violation("samples", f"utterance {stream.id}, {visit.what}: {wrong}")
        if finished is not None:
            self._over(stream)

    async def alone(self, rng: random.Random, visit: Visit, stage: str, moment: str) -> None:
        """One listener, as fast as it can be, one fault, and when its stage's successor has done its first block."""
        visit.what = f"alone, {stage} struck {moment}"
        text = rng.choice((LONG, CHAPTER))
        owed, atol = self._texts.owed(text, PLAIN, "f32")
        comparison = checks.Comparison(owed, atol)
        strike: Strike | None = None
        struck = recovered = False
        async with self._client() as client:
            stream = await client.stream(text)
            visit.utterance = stream.id
            async for block in stream:
                comparison.take(block)
                visit.at = f" at sample {comparison.at} of {len(owed)}"
                if not struck and comparison.at >= MOMENTS[moment] * len(owed):
                    struck = True
                    number = rng.choice(SIGNALS)
                    strike = await self._faults.strike(stage, number, moment)
                elif strike is not None and not recovered:
                    recovered = self._faults.note(strike, stream.history[1::2])
            self._heard(visit, stream, comparison, exactly=True)

    async def sleep(self, rng: random.Random, visit: Visit, until: float) -> None:
        """Take one block, and the others when everybody else has gone (monotonic seconds)."""
        visit.what = "sleeper"
        self._report.faults["client stops reading"]["listener"] += 1
        owed, _ = self._texts.owed(LONG, PLAIN, "f32")
        comparison = checks.Comparison(owed, 0.0)
        async with self._client() as client:
            stream = await client.stream(LONG, inline=(inline := rng.random() < 0.3))
            visit.utterance = stream.id
            async for block in stream:
                if not comparison.at:
                    await asyncio.sleep(max(0.0, until - time.monotonic()))
                comparison.take(block)
                visit.at = f" at sample {comparison.at} of {len(owed)}"
            self._heard(visit, stream, comparison, exactly=not inline)

    async def write(self, rng: random.Random, visit: Visit) -> None:
        """A text that comes slowly, by words; what is made of it is what is made of the whole."""
        visit.what = "writer"
        text = rng.choice((TALE, LONG))
        owed, _ = self._texts.owed(text, PLAIN, "f32")
        comparison = checks.Comparison(owed, 0.0)
        async with self._client() as client:
            stream = await client.open_stream()
            visit.utterance = stream.id

            async def hear() -> None:
                async for block in stream:
                    comparison.take(block)
                    visit.at = f" at sample {comparison.at} of {len(owed)}"

            hearing = asyncio.create_task(hear())
            try:
                for piece in text.split(" "):
                    await stream.append(piece + " ")
                    await asyncio.sleep(0.03 * rng.random())
                await stream.finish()
                await hearing
            finally:
                hearing.cancel()
            self._heard(visit, stream, comparison, exactly=True)

    async def flood(self, rng: random.Random, visit: Visit) -> None:
        """Many requests at once; half of what they ask for is cancelled on the way."""
        visit.what = "flood"
        self._report.faults["flood"]["client"] += 1

        async def one(client: AsyncClient, number: int) -> None:
            text = rng.choice(SHORT)
            if number % 3 == 0:
                utterance = await client.speak(text, priority=rng.choice(("text", "progress", "notification")))
                await utterance.wait()
                self._over(utterance)
                return
            owed, _ = self._texts.owed(text, PLAIN, "f32")
            comparison = checks.Comparison(owed, 0.0)
            stream = await client.stream(text)
            if number % 2:
                await stream.cancel()
            else:
                async for block in stream:
                    comparison.take(block)
            self._heard(visit, stream, comparison, exactly=True)

        async with self._client() as client:
            results = await asyncio.gather(*(one(client, number) for number in range(_MANY)), return_exceptions=True)
        for error in results:
            if isinstance(error, Exception):
                raise error

    async def be_rude(self, rng: random.Random, visit: Visit) -> None:
        """Ask for a lot on a bare socket, read nothing or little, and leave without a word."""
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
            with contextlib.suppress(OSError):  # the daemon may end meanwhile, and may hang up on it
                await loop.sock_connect(sock, str(self._house.socket))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        await loop.sock_sendall(sock, data[: rng.randrange(len(data))])
                        for _ in range(rng.randrange(3)):
                            await loop.sock_recv(sock, 4096)
                        await asyncio.sleep(rng.random())

"""Who speaks on the sound device while it is soaked, pauses, skips, cancels; and what the device's log says of that."""

import asyncio
import random
from typing import Final

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.async_utterance import AsyncUtterance
from steadyvoice.client.bench.soak import checks
from steadyvoice.client.bench.soak.faults import SIGNALS, Faults, Strike
from steadyvoice.client.bench.soak.guests import Visit
from steadyvoice.client.bench.soak.house import PATIENCE_S, STAGES, House
from steadyvoice.client.bench.soak.report import Report
from steadyvoice.client.bench.soak.texts import LONG, SHORT, TALE, Texts
from steadyvoice.client.errors import RequestRefused
from steadyvoice.ipc import playlog
from steadyvoice.ipc.messages import Started

_ACTS: Final = ("pause", "pause", "skip", "skip sentence", "cancel", "important", "strike", "strike")
_MOST_S: Final = 2.0


class Player:
    """The only one who uses the device."""

    def __init__(self, house: House, texts: Texts, faults: Faults, report: Report) -> None:
        self._house, self._texts, self._faults, self._report = house, texts, faults, report

    async def play(self, rng: random.Random, visit: Visit, acts: int) -> None:
        """Some utterances, one after the other, with so many acts at random moments; then see what was played."""
        visit.what = "player"
        self._begin()
        pauses = 0
        cut = False
        spoken: list[AsyncUtterance] = []
        texts: list[str] = []
        async with AsyncClient(self._house.socket, timeout=PATIENCE_S) as client:
            for _ in range(rng.choice((1, 2, 3))):
                texts.append(rng.choice((*SHORT, TALE, LONG)))
                spoken.append(await client.speak(texts[-1]))
            for _ in range(acts):
                await asyncio.sleep(rng.random() * _MOST_S)
                playing = [utterance for utterance in spoken if utterance.finished is None]
                if not playing:
                    break
                visit.utterance, act = playing[0].id, rng.choice(_ACTS)
                visit.at += f", {act}"
                try:
                    if act == "pause":
                        pauses += 1
                        await client.pause()
                        if rng.random() < 0.5:
                            await self._faults.strike_some(rng, "while paused")
                        await asyncio.sleep(rng.random())
                        await client.resume()
                    elif act.startswith("skip"):
                        cut = cut or act != "skip"
                        await client.skip("utterance" if act == "skip" else "sentence")
                    elif act == "cancel":
                        await rng.choice(playing).cancel()
                    elif act == "important":
                        texts.append(SHORT[1])
                        spoken.append(await client.speak(SHORT[1], priority="important"))
                    else:
                        await self._faults.strike_some(rng, "while the device plays")
                except RequestRefused as error:
                    if error.code != "nothing_playing":
                        raise
            for utterance in spoken:
                visit.utterance = utterance.id
                await utterance.wait()
            self._check(spoken, [] if cut else texts, pauses)

    async def alone(self, rng: random.Random, visit: Visit) -> None:
        """One utterance, one fault of the output, and when its successor plays."""
        visit.what = "alone on the device"
        self._begin()
        async with AsyncClient(self._house.socket, timeout=PATIENCE_S) as client:
            utterance = await client.speak(TALE)
            visit.utterance = utterance.id
            async for told in utterance.events():
                if isinstance(told, Started):
                    break
            await asyncio.sleep(rng.random() * _MOST_S)
            strike = await self._faults.strike("output", rng.choice(SIGNALS), "while the device plays")
            await utterance.wait()
            if strike is not None:
                self._note(strike)
            self._check([utterance], [TALE], 0)

    def _begin(self) -> None:
        self._house.log.write_bytes(b"")
        self._deaths = len(self._house.struck["output"])

    def _note(self, strike: Strike) -> None:
        for block in playlog.read(self._house.log):
            if block.sounding and self._faults.note(strike, [block.written] * len(STAGES)):
                return

    def _check(self, spoken: list[AsyncUtterance], texts: list[str], pauses: int) -> None:
        """texts: none where a sentence of them was left out."""
        deaths = len(self._house.struck["output"]) - self._deaths
        blocks = playlog.read(self._house.log)
        frames, held = checks.sounded(blocks), max((block.queued + block.rows for block in blocks), default=0)
        finished = [utterance.finished for utterance in spoken if utterance.finished is not None]
        owed = sum(round(one.duration_s * playlog.RATE) for one in finished)
        self._report.played += frames
        if wrong := checks.played(frames, owed, len(finished), pauses, deaths, held):
            ends = [(one.id, one.reason, one.duration_s) for one in finished]
            self._report.violation("device", f"{wrong}; {ends}")
        for one, text in zip(finished, texts, strict=False):
            if wrong := checks.lasted(one, self._texts.seconds(text)):
                self._report.violation("device", wrong)
        for utterance in spoken:
            self._report.ends[utterance.finished.reason if utterance.finished else "never"] += 1

"""The client that plays on the sound device, pauses, skips and cancels, and checks the device's log."""

import asyncio
import random
from typing import Final

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.async_utterance import AsyncUtterance
from steadyvoice.client.errors import RequestRefused
from steadyvoice.client.svctl.bench.soak import checks
from steadyvoice.client.svctl.bench.soak.checks import STAGES
from steadyvoice.client.svctl.bench.soak.clients import Activity
from steadyvoice.client.svctl.bench.soak.daemon_under_test import REPLY_TIMEOUT_S, DaemonUnderTest
from steadyvoice.client.svctl.bench.soak.faults import SIGNALS, Faults, InjectedFault
from steadyvoice.client.svctl.bench.soak.report import Report
from steadyvoice.client.svctl.bench.soak.texts import LONG, SHORT, TALE, Texts
from steadyvoice.ipc import null_device_log
from steadyvoice.ipc.messages import Started

_ACTS: Final = ("pause", "pause", "skip", "skip sentence", "cancel", "important", "strike", "strike")
_MOST_S: Final = 2.0
_PIECE_S: Final = 0.02


Spoken = tuple[AsyncUtterance, str]


class Player:
    """The only client that uses the device."""

    def __init__(self, daemon: DaemonUnderTest, texts: Texts, faults: Faults, report: Report) -> None:
        self._daemon, self._texts, self._faults, self._report = daemon, texts, faults, report
        self._writing: list[asyncio.Task[None]] = []

    async def play(self, rng: random.Random, activity: Activity, acts: int) -> None:
        """Play some utterances with this many actions at random moments, then check what was played."""
        activity.what = "player"
        await self._begin()
        done: list[str] = []
        async with AsyncClient(self._daemon.socket, timeout=REPLY_TIMEOUT_S) as client:
            try:
                spoken = [
                    await self._speak(rng, client, rng.choice((*SHORT, TALE, LONG)))
                    for _ in range(rng.choice((1, 2, 3)))
                ]
                for _ in range(acts):
                    await asyncio.sleep(rng.random() * _MOST_S)
                    playing = [one for one, _ in spoken if one.finished is None]
                    if not playing:
                        break
                    done.append(rng.choice(_ACTS))
                    activity.utterance, activity.at = playing[0].id, f", {done}"
                    if done[-1] == "important":
                        spoken.append((await client.speak(SHORT[1], priority="important"), SHORT[1]))
                    else:
                        await self._act(rng, client, done[-1], playing)
                for utterance, _ in spoken:
                    activity.utterance = utterance.id
                    await utterance.wait()
            finally:
                for writing in self._writing:
                    writing.cancel()
                self._writing.clear()
            await self._check(activity, spoken, done)

    async def _act(self, rng: random.Random, client: AsyncClient, act: str, playing: list[AsyncUtterance]) -> None:
        try:
            if act == "pause":
                await client.pause()
                if rng.random() < 0.5:
                    await self._faults.inject_random(rng, "while paused")
                await asyncio.sleep(rng.random())
                await client.resume()
            elif act == "skip":
                await client.skip()
            elif act == "skip sentence":
                await client.skip("sentence")
            elif act == "cancel":
                await rng.choice(playing).cancel()
            else:
                await self._faults.inject_random(rng, "while the device plays")
        except RequestRefused as error:
            if error.code != "nothing_playing":
                raise

    async def alone(self, rng: random.Random, activity: Activity) -> None:
        """One utterance, one fault of the output, and the output's recovery."""
        activity.what = "alone on the device"
        await self._begin()
        async with AsyncClient(self._daemon.socket, timeout=REPLY_TIMEOUT_S) as client:
            utterance = await client.speak(TALE)
            activity.utterance = utterance.id
            async for event in utterance.events():
                if isinstance(event, Started):
                    break
            await asyncio.sleep(rng.random() * _MOST_S)
            fault = await self._faults.inject("output", rng.choice(SIGNALS), "while the device plays")
            await utterance.wait()
            if fault is not None:
                self._note(fault)
            await self._check(activity, [(utterance, TALE)], [])

    async def _begin(self) -> None:
        self._daemon.log.write_bytes(b"")
        self._before = await self._restarts()

    async def _restarts(self) -> int:
        """Restarts of the output."""
        return sum(one["restarts"] for one in (await self._daemon.ask())["stages"] if one["name"] == "output")

    async def _speak(self, rng: random.Random, client: AsyncClient, text: str) -> Spoken:
        """Speak a text whole, or word by word."""
        if rng.random() < 0.7:
            return await client.speak(text), text
        utterance = await client.open()
        self._writing.append(asyncio.create_task(self._write(utterance, text)))
        return utterance, text

    @staticmethod
    async def _write(utterance: AsyncUtterance, text: str) -> None:
        for piece in text.split(" "):
            await utterance.append(piece + " ")
            await asyncio.sleep(_PIECE_S)
        await utterance.finish()

    def _note(self, fault: InjectedFault) -> None:
        for block in null_device_log.read(self._daemon.log):
            if block.sounding and self._faults.record_recovery(fault, [block.written] * len(STAGES)):
                return

    async def _check(self, activity: Activity, spoken: list[Spoken], acts: list[str]) -> None:
        deaths = await self._restarts() - self._before
        blocks = null_device_log.read(self._daemon.log)
        frames, held = checks.sounding_frames(blocks), max((block.queued + block.frames for block in blocks), default=0)
        finished = [utterance.finished for utterance, _ in spoken if utterance.finished is not None]
        expected = sum(round(one.duration_s * null_device_log.RATE) for one in finished)
        self._report.played += frames
        wrong = [checks.check_played_frames(frames, expected, len(finished), acts.count("pause"), deaths, held)]
        if "skip sentence" not in acts:
            wrong += [
                checks.check_full_length(one, self._texts.seconds(text))
                for one, (_, text) in zip(finished, spoken, strict=True)
            ]
        for what in filter(None, wrong):
            ends = [(one.id, one.reason, one.duration_s) for one in finished]
            self._report.violation("device", f"{activity.what}, {acts}: {what}; {ends}")
        for one in finished:
            self._report.ends[one.reason] += 1

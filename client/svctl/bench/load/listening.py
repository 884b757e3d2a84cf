"""Listeners that come when their schedule says so, each with a player of its own, in one event loop.

All times count from the schedule: what this process or the service takes before a request is sent belongs to the
listener's waiting (coordinated omission).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from typing import Final, Literal

from steadyvoice.client.svctl.bench.first_audio import no_collections
from steadyvoice.client.svctl.bench.load.playback import Playback
from steadyvoice.client.svctl.bench.load.schedule import Arrival
from steadyvoice.client.svctl.bench.load.sources import Source, TurnedAway
from steadyvoice.ipc.errors import SteadyvoiceError, describe

GIVE_UP_S: Final = 60.0
"""After the last arrival; a listener that has not finished by then is an error."""
_LOOK_S: Final = 0.5
_LEAD_S: Final = 0.1
"""Until the first arrival, so that all tasks have been created by then."""

Outcome = Literal["done", "cancelled", "refused", "error"]


class Listener:
    """What became of one arrival."""

    def __init__(self, arrival: Arrival, began: float) -> None:
        """began: of the schedule, monotonic seconds."""
        self.arrival = arrival
        self.due_at = began + arrival.at_s
        self.playback = Playback()
        self.late_ms: list[float] = []
        """Of each block but the first: ms from when it was needed until this process had it."""
        self.outcome: Outcome = "error"
        self.problem = "it has not ended"

    @property
    def first_ms(self) -> float | None:
        """From the schedule to the first block."""
        return (self.playback.first_at - self.due_at) * 1e3 if self.playback.has_begun else None

    @property
    def heard_s(self) -> float:
        return min(self.playback.sound_s, self.arrival.leaves_s)

    async def listen(self, source: Source) -> None:
        """Wait for the moment of the schedule, and play what comes."""
        await asyncio.sleep(self.due_at - time.monotonic())
        try:
            self.outcome = await self._play(source)
            self.problem = ""
        except TurnedAway as error:
            self.outcome, self.problem = "refused", str(error)
        except (OSError, SteadyvoiceError) as error:
            self.problem = describe(error)

    async def _play(self, source: Source) -> Outcome:
        playback, leaves_s = self.playback, self.arrival.leaves_s
        async with aclosing(source.blocks(self.arrival.text)) as blocks:
            async for block in blocks:
                now = time.monotonic()
                if playback.has_begun:
                    self.late_ms.append((now - playback.due) * 1e3)
                    playback.add(max(block.made, playback.first_at), block.seconds)
                else:
                    playback.add(now, block.seconds)
                leaves = playback.sound_s >= leaves_s
                if source.is_paced or leaves:
                    until = playback.heard_at(leaves_s) if leaves else playback.due
                    await asyncio.sleep(until - time.monotonic())
                if leaves:
                    return "cancelled"
        return "done" if playback.has_begun else "error"


async def listen(arrivals: Sequence[Arrival], source: Source, *, while_held: bool = False) -> list[Listener]:
    """Run a schedule to its end: all have finished, or GIVE_UP_S has passed since the last arrival.

    while_held: it also ends soon after the first underrun.
    """
    if not arrivals:
        return []
    began = time.monotonic() + _LEAD_S
    listeners = [Listener(arrival, began) for arrival in arrivals]
    ends = began + max(each.at_s for each in arrivals) + GIVE_UP_S
    tasks = pending = {asyncio.create_task(listener.listen(source)) for listener in listeners}
    try:
        with no_collections():
            while pending and time.monotonic() < ends and not (while_held and underruns(listeners)):
                _, pending = await asyncio.wait(pending, timeout=_LOOK_S)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return listeners


def first_ms(listeners: Iterable[Listener]) -> list[float]:
    return [first for listener in listeners if (first := listener.first_ms) is not None]


def late_ms(listeners: Iterable[Listener]) -> list[float]:
    return [ms for listener in listeners for ms in listener.late_ms]


def underruns(listeners: Iterable[Listener]) -> int:
    return sum(listener.playback.underruns for listener in listeners)


def count(listeners: Iterable[Listener], outcome: Outcome) -> int:
    return sum(listener.outcome == outcome for listener in listeners)


def problems(listeners: Iterable[Listener]) -> dict[str, int]:
    """How often, by message, the most frequent ones first."""
    return dict(Counter(listener.problem for listener in listeners if listener.problem).most_common())


def held(listeners: Sequence[Listener]) -> bool:
    """All heard their text to the end, or to where they left, without a gap."""
    return not underruns(listeners) and all(each.outcome in ("done", "cancelled") for each in listeners)


def most_at_once(listeners: Iterable[Listener]) -> int:
    """The most listeners that have played at the same time."""
    moments: list[tuple[float, int]] = []
    for each in listeners:
        if each.playback.has_begun:
            moments += [(each.playback.first_at, 1), (each.playback.heard_at(each.heard_s), -1)]
    playing = most = 0
    for _, change in sorted(moments):
        playing += change
        most = max(most, playing)
    return most

"""A model of the daemon under load: pure, a queue for each stage, in simulated time.

    listeners ─▶ daemon (in turn) ─▶ generator (earliest deadline first, credit) ─▶ other stages (in turn) ─▶ player

The generator works on whole blocks and interrupts none. Its rules are those of workers/generation: an utterance that
has begun is due when its listener will have nothing left, one that has not is due FIRST_AUDIO_DEADLINE_S from now,
however long it has waited; credit is the lookahead. Players are those of bench load.
"""

import heapq
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Final, NamedTuple

from steadyvoice.client.svctl.bench.load.playback import Playback

FIRST_AUDIO_DEADLINE_S: Final = 0.4
"""As in workers/generation/frame_progress.py."""


class Stage(NamedTuple):
    """Costs of one stage. Seconds."""

    name: str
    first_s: float
    """Of the first block of a segment, beside what its characters cost."""
    char_s: float
    """Of each character, with the first block of the segment."""
    block_s: tuple[tuple[float, float], ...]
    """Of each further block: pairs of the number of utterances at the generator, ascending, and the cost with them.
    Between two of them it is linear, beyond the last one too, and before the first one constant."""
    variance: float = 0.0
    """Of a block's cost, over the square of its mean."""

    def further_s(self, utterances: float) -> float:
        points = self.block_s
        if utterances <= points[0][0] or len(points) == 1:
            return points[0][1]
        at = next((at for at, (count, _) in enumerate(points) if utterances <= count), len(points) - 1)
        (low, below), (high, above) = points[at - 1], points[at]
        return max(0.0, below + (above - below) * (utterances - low) / (high - low))


class Costs(NamedTuple):
    """Of an engine on a machine."""

    stages: tuple[Stage, ...]
    """In the order of the path, the generator first."""
    first_block_s: float
    """Sound of the first block of a segment, at most."""
    block_s: float
    """Sound of each further block, at most."""
    segment_s: float
    """Sound of a segment, beside that of its characters."""
    char_s: float
    """Sound of a character."""
    ask_s: float = 0.0
    """What each request takes of the daemon and of its client before the generator has it; one at a time."""
    wire_s: float = 0.0
    """From the last stage to the listener, and whatever else passes before the first block without work of a stage."""

    def sound_s(self, characters: int) -> float:
        """Of a segment."""
        return max(1e-3, self.segment_s + self.char_s * characters)

    def blocks(self, characters: int) -> list[float]:
        """Sound of each block of a segment: its first one, and equal further ones."""
        sound = self.sound_s(characters)
        first = min(sound, self.first_block_s)
        rest = sound - first
        count = ceil(rest / self.block_s - 1e-9)
        return [first, *[rest / count] * count] if count else [first]


class Wanted(NamedTuple):
    """One listener."""

    at_s: float
    segments: tuple[int, ...]
    """Characters of each."""
    leaves_s: float = inf
    """Seconds of sound after which the listener interrupts."""


@dataclass
class Heard:
    """What became of one listener. Seconds."""

    wanted: Wanted
    playback: Playback = field(default_factory=Playback)

    @property
    def first_s(self) -> float:
        """From the schedule to the first block; nan: it did not come."""
        return self.playback.first_at - self.wanted.at_s

    @property
    def heard_s(self) -> float:
        return min(self.playback.sound_s, self.wanted.leaves_s)


class Simulated(NamedTuple):
    listeners: list[Heard]
    """In the order of the schedule."""
    work_s: dict[str, float]
    """Of each stage."""
    ended_s: float
    """When the generator had made the last block."""

    @property
    def underruns(self) -> int:
        return sum(each.playback.underruns for each in self.listeners)

    @property
    def limit(self) -> str:
        """The stage with most work."""
        return max(self.work_s, key=lambda name: self.work_s[name])


class _Utterance:
    """At the generator."""

    def __init__(self, listener: Heard, costs: Costs) -> None:
        self.listener = listener
        blocks = [(at == 0, size, sound) for size in listener.wanted.segments
                  for at, sound in enumerate(costs.blocks(size))]  # fmt: skip
        self.left = deque(blocks)
        """Whether a block begins a segment, characters of that segment, seconds of sound."""
        self.empty_at = 0.0
        """When the listener will have nothing left, as the generator believes."""

    def has_left(self, now: float) -> bool:
        """The listener has heard as much as it wants."""
        playback, leaves_s = self.listener.playback, self.listener.wanted.leaves_s
        return playback.sound_s >= leaves_s and now >= playback.heard_at(leaves_s)


def simulate(costs: Costs, schedule: Sequence[Wanted], lookahead_s: float, seed: int = 0) -> Simulated:
    """Until all listeners have their sound. schedule: in the order of time. Same seed, same costs of blocks."""
    dice = random.Random(seed)
    listeners = [Heard(wanted) for wanted in schedule]
    coming = deque(zip(_asked(costs, schedule), (_Utterance(each, costs) for each in listeners), strict=True))
    waiting: deque[_Utterance] = deque()
    begun: list[tuple[float, int, _Utterance]] = []
    free = dict.fromkeys((stage.name for stage in costs.stages), 0.0)
    work = dict.fromkeys(free, 0.0)
    now, turns = 0.0, 0
    while coming or waiting or begun:
        while coming and coming[0][0] <= now:
            waiting.append(coming.popleft()[1])
        while begun and begun[0][2].has_left(now):
            heapq.heappop(begun)
        chosen, sleep_s = _pick(waiting, begun, now, lookahead_s)
        if chosen is None:
            now = min(now + sleep_s, coming[0][0] if coming else inf)
            continue
        is_first, characters, sound = chosen.left.popleft()
        count = len(waiting) + len(begun) + 1
        at = now
        for stage in costs.stages:
            cost = stage.first_s + stage.char_s * characters if is_first else stage.further_s(count)
            if stage.variance and cost:
                cost *= dice.gammavariate(1 / stage.variance, stage.variance)
            at = free[stage.name] = max(at, free[stage.name]) + cost
            work[stage.name] += cost
        now = free[costs.stages[0].name]
        chosen.listener.playback.add(at + costs.wire_s, sound)
        chosen.empty_at = max(chosen.empty_at, now) + sound
        if chosen.left:
            turns += 1
            heapq.heappush(begun, (chosen.empty_at, turns, chosen))
    return Simulated(listeners, work, now)


def _asked(costs: Costs, schedule: Sequence[Wanted]) -> list[float]:
    """When the generator has each request: the daemon takes one at a time."""
    times, free = [], 0.0
    for wanted in schedule:
        free = max(free, wanted.at_s) + costs.ask_s
        times.append(free)
    return times


def _pick(
    waiting: "deque[_Utterance]", begun: list[tuple[float, int, _Utterance]], now: float, lookahead_s: float
) -> tuple[_Utterance | None, float]:
    """The utterance to work on; None, and how long there is nothing to do. The utterance leaves its queue."""
    due = begun[0][0] - now if begun else inf
    if waiting and due >= FIRST_AUDIO_DEADLINE_S:
        return waiting.popleft(), 0.0
    if due < lookahead_s:
        return heapq.heappop(begun)[2], 0.0
    return None, max(1e-6, due - lookahead_s)

"""The chunks of a flow and of the vocoder after it, on a simulated clock: a listener in real time hears no gap."""

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Final, NamedTuple

import pytest

from steadyvoice.workers.chunk_size import ChunkSizer, Cost
from steadyvoice.workers.input_pace import InputPace
from steadyvoice.workers.runtime.chunk_record import Lead

TOKEN_S, FRAME_S = 0.04, 0.02
HOPS, SIZES = (12, 18, 25, 50), (6, 12, 18, 24, 36)
BLEND, LOOKAHEAD = 6, 12
SLOT: Final = 25
TOKENS: Final = 300


class Costs(NamedTuple):
    """Seconds: of a token; of a window and of a chunk, those that do not depend on the size and those per second."""

    token: float
    window: tuple[float, float]
    chunk: tuple[float, float]


class Line:
    """Three stages that work at the same time, each a generator of the seconds that it takes."""

    def __init__(self, costs: Costs) -> None:
        self.costs, self.now, self._numbers = costs, 0.0, count()
        self.tokens: deque[float] = deque()
        self.mel: deque[tuple[int, float]] = deque()
        self.hops: list[int] = []
        self.first = self.gap = self._underrun_at = 0.0
        work: list[tuple[float, int, Iterator[float]]] = []
        for stage in (self._generator(), self._flow(), self._vocoder()):
            heappush(work, (0.0, next(self._numbers), stage))
        while work:
            self.now, _, stage = heappop(work)
            if (seconds := next(stage, None)) is not None:
                heappush(work, (self.now + seconds, next(self._numbers), stage))

    def _generator(self) -> Iterator[float]:
        yield 6 * self.costs.token  # the text's rows
        for _ in range(TOKENS):
            yield self.costs.token
            self.tokens.append(self.now)

    def _flow(self) -> Iterator[float]:
        lead = Lead(FRAME_S, lambda: 0.0, self._clock, lookahead_s=LOOKAHEAD * FRAME_S)
        withheld_s = (BLEND + LOOKAHEAD) * FRAME_S
        sizer = self._sizer(HOPS, TOKEN_S, self.costs.window, lead, withheld_s)
        waiting = 0
        for _ in range(TOKENS):
            while not self.tokens:
                yield 0.001
            waiting += 1
            sizer.arrived(TOKEN_S, self.tokens.popleft())
            while size := sizer.next(max(0, waiting - 3) * TOKEN_S):
                yield _seconds(self.costs.window, size)
                hop = round(size / TOKEN_S)
                frames = 2 * hop - (0 if self.hops else BLEND)
                self.hops.append(hop)
                waiting -= hop
                lead.written(frames)
                self.mel += [(min(SLOT, frames - at), self.now) for at in range(0, frames, SLOT)]
        self.mel.append((0, self.now))

    def _vocoder(self) -> Iterator[float]:
        sizer = self._sizer(SIZES, FRAME_S, self.costs.chunk, Lead(0.0, lambda: 0.0, self._clock), 0.0)
        waiting = 0
        while True:
            while not self.mel:
                yield 0.001
            frames, at = self.mel.popleft()
            if not frames:
                return
            waiting += frames
            sizer.arrived(frames * FRAME_S, at)
            while size := sizer.next(max(0, waiting - LOOKAHEAD) * FRAME_S):
                yield _seconds(self.costs.chunk, size)
                waiting -= round(size / FRAME_S)
                self._hear(size)

    def _sizer(
        self, sizes: tuple[int, ...], unit_s: float, costs: tuple[float, float], lead: Lead, withheld_s: float
    ) -> ChunkSizer:
        seconds, cost = tuple(size * unit_s for size in sizes), Cost()
        for each in seconds:  # of the warm-up
            cost.learn(each, _seconds(costs, each))
        return ChunkSizer(
            seconds,
            cost,
            lambda: max(self._underrun_at - self.now, lead.ahead()),
            clock=self._clock,
            withheld_s=withheld_s,
        )

    def _clock(self) -> float:
        return self.now

    def _hear(self, seconds: float) -> None:
        if self.first:
            self.gap += max(0.0, self.now - self._underrun_at)
        self.first = self.first or self.now
        self._underrun_at = max(self._underrun_at, self.now) + seconds


def _seconds(costs: tuple[float, float], size: float) -> float:
    return costs[0] + costs[1] * size


@pytest.mark.parametrize(
    ("costs", "hops", "most"),
    [
        (Costs(0.014, (0.12, 0.15), (0.04, 0.18)), [18, 12, 25], 0.70),  # two quiet cores
        (Costs(0.0145, (0.13, 0.11), (0.06, 0.30)), [18, 12, 25], 0.75),
        (Costs(0.02, (0.13, 0.15), (0.07, 0.35)), [18, 12, 18], 0.95),
        (Costs(0.022, (0.15, 0.18), (0.08, 0.36)), [25, 18, 25], 1.30),  # busy cores
        (Costs(0.002, (0.01, 0.003), (0.004, 0.005)), [12, 25, 50], 0.10),  # a GPU
    ],
)
def test_no_gap_from_the_first_chunk_on(costs: Costs, hops: list[int], most: float) -> None:
    line = Line(costs)
    assert line.hops[:3] == hops
    assert line.gap < 1e-6
    assert line.first < most, "and it is no later than that requires"


@pytest.mark.parametrize(
    ("arrivals", "seconds", "now", "expected"),
    [
        ([], 0.5, 0.0, float("inf")),
        ([(0.5, 1.0), (0.1, 1.0)], 0.1, 1.0, float("inf")),  # one burst
        ([(0.04, 1.00), (0.04, 1.02)], 0.12, 1.02, 0.06),
        ([(0.04, 1.00), (0.04, 1.02)], 0.12, 1.05, 0.03),
        ([(0.5, 1.0), (0.1, 1.0), (0.5, 1.4)], 0.1, 1.5, 0.3),  # 0.1 s comes with the next burst, of 0.6 s
        ([(0.5, 1.0), (0.5, 1.4), (0.5, 1.5)], 0.5, 1.5, 0.3),  # the longest of the last intervals counts most
    ],
)
def test_when_more_input_comes(
    arrivals: list[tuple[float, float]], seconds: float, now: float, expected: float
) -> None:
    pace = InputPace()
    for each, at in arrivals:
        pace.arrived(each, at)
    assert pace.until(seconds, now) == pytest.approx(expected)

"""From what was measured of an engine to the costs of the model: pure."""

from collections.abc import Mapping, Sequence
from statistics import fmean, median, pvariance
from typing import Final, NamedTuple

from steadyvoice.client.svctl.bench.capacity.model import Costs, Stage, Wanted, simulate

_STEPS: Final = 20
"""Halvings of the interval of a cost."""


class Single(NamedTuple):
    """One text of one segment, read at once while nothing else is spoken. Seconds."""

    characters: int
    sound_s: float
    blocks: int
    first_block_s: float
    """Sound of the first block."""
    first_s: float
    """From the request to the first block."""
    busy_s: Mapping[str, float]
    """Of each stage, for the whole text."""
    first_busy_s: Mapping[str, float]
    """The part of it for the first block."""


class Crowd(NamedTuple):
    """So many clients at once, each of which reads a text as fast as it is made, and then the next one."""

    clients: int
    wall_s: float
    sound_s: float
    busy_s: Mapping[str, float]

    @property
    def limit(self) -> str:
        """The stage with most work."""
        return max(self.busy_s, key=lambda name: self.busy_s[name])


def fit(singles: Sequence[Single], crowds: Sequence[Crowd], texts: Sequence[tuple[int, ...]]) -> Costs:
    """singles: of several lengths. texts: characters of the segments of each text that the crowds have read.

    The first block of a segment costs what it does alone. The further ones cost the rest of what a second of sound took
    in the crowd: of the stage with most work all of the time, as it had all work at hand; of the others what they were
    busy.
    """
    segment_s, char_s = line([(one.characters, one.sound_s) for one in singles])
    first_block_s = median(one.first_block_s for one in singles)
    further = [one for one in singles if one.blocks > 1]
    rest_s = sum(one.sound_s - one.first_block_s for one in further)
    block_s = rest_s / sum(one.blocks - 1 for one in further) if further else first_block_s
    shape = Costs((), first_block_s, block_s, segment_s, char_s)
    stages = []
    for name in singles[0].busy_s:
        first_s, of_char_s = line([(one.characters, one.first_busy_s[name]) for one in singles])
        points = tuple(
            (float(crowd.clients), _further_s(shape, texts, first_s, of_char_s, _use(crowd, name)))
            for crowd in sorted(crowds)
        )
        stages.append(Stage(name, first_s, of_char_s, points, _variance(name, further)))
    wire_s = median(max(0.0, one.first_s - sum(one.first_busy_s.values())) for one in singles)
    return shape._replace(stages=tuple(stages), wire_s=wire_s)


def _use(crowd: Crowd, name: str) -> float:
    """Seconds that a second of sound takes of the stage."""
    return (crowd.wall_s if name == crowd.limit else crowd.busy_s[name]) / crowd.sound_s


def _further_s(shape: Costs, texts: Sequence[tuple[int, ...]], first_s: float, char_s: float, use: float) -> float:
    """Cost of a further block, so that all of the texts take ``use`` for a second of their sound."""
    segments = [characters for text in texts for characters in text]
    blocks = sum(len(shape.blocks(characters)) - 1 for characters in segments)
    whole = use * sum(map(shape.sound_s, segments))
    begin = sum(first_s + char_s * characters for characters in segments)
    return max(0.0, whole - begin) / blocks if blocks else 0.0


def _variance(name: str, singles: Sequence[Single]) -> float:
    """Of one block: that of the mean of a text, times the blocks that it is the mean of."""
    if len(singles) < 2:
        return 0.0
    costs = [max(0.0, one.busy_s[name] - one.first_busy_s[name]) / (one.blocks - 1) for one in singles]
    mean = fmean(costs)
    blocks = fmean(one.blocks - 1 for one in singles)
    return min(1.0, blocks * pvariance(costs) / mean**2) if mean else 0.0


def with_asking(costs: Costs, herd: Sequence[Wanted], first_s: float) -> Costs:
    """Costs with what a request takes before the generator has it, so that this herd's first audio has this mean.

    first_s: measured mean. What a request takes alone is part of ``wire_s`` so far, and no longer. Where the generator
    takes longer for each beginning, requests seem to take nothing.
    """
    low, high = 0.0, first_s
    for step in range(_STEPS):
        ask_s = (low + high) / 2 if step else 0.0
        mean = fmean(each.first_s for each in simulate(_asking(costs, ask_s), herd, 1.0).listeners)
        if mean >= first_s:
            high = ask_s
        else:
            low = ask_s
    return _asking(costs, low)


def _asking(costs: Costs, ask_s: float) -> Costs:
    return costs._replace(ask_s=ask_s, wire_s=max(0.0, costs.wire_s - ask_s))


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Intercept and slope with the least squares, neither of them negative."""
    mean_x, mean_y = fmean(x for x, _ in points), fmean(y for _, y in points)
    square = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / square if square else 0.0
    if slope <= 0:
        return max(0.0, mean_y), 0.0
    if (intercept := mean_y - slope * mean_x) >= 0:
        return intercept, slope
    return 0.0, sum(x * y for x, y in points) / sum(x * x for x, _ in points)

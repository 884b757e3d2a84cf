"""When listeners come, what they ask for, and which of them leave early: pure, from a seed.

Open arrivals: a listener comes when the schedule says so, whatever became of those before it. A listener that waits for
the last answer before it asks again comes less often the slower the answers are, and does not see the delay that it
should measure (coordinated omission). The same seed gives the same listeners at every rate, only closer together.
"""

import math
import random
from typing import Final, NamedTuple

from steadyvoice.client.svctl.bench.listeners import SENTENCES

CHARS_A_SECOND: Final = 15.0
"""Of speech, about: for the moment at which a listener leaves."""
_LEAVES: Final = (0.1, 0.9)
"""Share of its text that a listener hears before it interrupts it: uniform between these."""


class Arrival(NamedTuple):
    at_s: float
    """Since the beginning of the schedule."""
    text: str
    leaves_s: float = math.inf
    """Seconds of sound after which the listener interrupts it."""


class Mix(NamedTuple):
    """What the listeners are like."""

    characters: int = 96
    """Of a text, about."""
    cancels: float = 0.0
    """Share of the listeners that interrupt it."""
    seed: int = 0


def text(number: int, characters: int) -> str:
    """Whole sentences with about so many characters in all; consecutive numbers begin with different ones."""
    parts: list[str] = []
    size = 0
    while not parts or size < characters:
        sentence = SENTENCES[number % len(SENTENCES)]
        if parts and size + len(sentence) / 2 > characters:
            break
        parts.append(sentence)
        size += len(sentence)
        number += 1
    return "".join(parts).strip()


def poisson(rate: float, seconds: float, mix: Mix) -> list[Arrival]:
    """Arrivals of independent listeners, ``rate`` a second on average, in this time."""
    dice = random.Random(mix.seed)
    found: list[Arrival] = []
    at = dice.expovariate(1.0) / rate
    while at < seconds:
        found.append(_arrival(at, len(found), mix, dice))
        at += dice.expovariate(1.0) / rate
    return found


def herd(count: int, mix: Mix) -> list[Arrival]:
    """So many at the same moment, of which none leaves."""
    return [Arrival(0.0, text(number, mix.characters)) for number in range(count)]


def _arrival(at: float, number: int, mix: Mix, dice: random.Random) -> Arrival:
    leaves, share = dice.random() < mix.cancels, dice.uniform(*_LEAVES)
    said = text(number, mix.characters)
    return Arrival(at, said, share * len(said) / CHARS_A_SECOND if leaves else math.inf)

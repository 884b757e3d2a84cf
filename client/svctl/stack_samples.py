"""Samples of call stacks in the collapsed form: ``caller;function COUNT``, a line for each stack."""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    name: str
    """With its file and line."""
    self_samples: int
    """In which it ran itself."""
    total_samples: int
    """In which it ran, or a function that it called."""


def functions(collapsed: str) -> list[Function]:
    """The functions of all stacks; those that ran themselves most often come first."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in collapsed.splitlines():
        stack, _, count = line.rpartition(" ")
        if not stack or not count.isdecimal():
            continue
        frames = stack.split(";")
        own[frames[-1]] += int(count)
        for frame in dict.fromkeys(frames):  # a recursive function counts once
            total[frame] += int(count)
    found = [Function(name, own[name], total[name]) for name in total]
    return sorted(found, key=lambda each: (-each.self_samples, -each.total_samples, each.name))


def samples(collapsed: str) -> int:
    """Number of samples with a stack."""
    return sum(each.self_samples for each in functions(collapsed))

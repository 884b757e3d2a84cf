"""A change of a chain: which plugins stay, and what opens and closes because of it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from steadyvoice.workers.plugins import opening
from steadyvoice.workers.plugins.guard import Guarded
from steadyvoice.workers.plugins.load import Found
from steadyvoice.workers.plugins.plugin import Value
from steadyvoice.workers.plugins.spec import Spec


@dataclass(frozen=True)
class Wanted:
    """One plugin of a chain as it is asked for, found and checked, not opened."""

    name: str
    """Unique in the chain."""
    spec: Spec
    found: Found
    values: dict[str, Value]
    """Of all its parameters."""

    @property
    def key(self) -> Hashable:
        """Equal where one opened plugin can stand for both."""
        fixed = tuple(value for name, value in self.values.items() if self.found.parameters[name].fixed)
        return self.spec.reference, self.found.version, fixed


@dataclass(frozen=True)
class Unit:
    """An opened plugin of a chain."""

    wanted: Wanted
    guarded: Guarded


@dataclass(frozen=True)
class Change:
    """A new chain, with its new plugins opened: for one ``Chain.apply``, or for ``discard``."""

    units: list[Unit]
    """In order: new ones, and those that stay, which have their new parameters from ``apply`` on."""
    stays: frozenset[int]
    """Numbers of those that stay."""

    def discard(self) -> None:
        """Close the plugins that were opened for it."""
        for unit in self.units:
            if unit.guarded.number not in self.stays:
                opening.close(unit.guarded.plugin)


def names(of: Sequence[str]) -> list[str]:
    """The names, with a number after the second and later ones of the same name: gain, gain-2."""
    return [name if (count := of[:at].count(name)) == 0 else f"{name}-{count + 1}" for at, name in enumerate(of)]


def staying(old: Sequence[Hashable], new: Sequence[Hashable]) -> dict[int, int]:
    """The index in ``old`` of each plugin of ``new`` that stays: equal keys in the same order."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {block.b + at: block.a + at for block in blocks for at in range(block.size)}

"""A chain of plugins, which changes while it runs.

``prepare`` opens plugins, which may take seconds. It may run on another thread than ``process``; but an import of a
large library, such as torch, holds the interpreter's lock for a quarter of a second, so that such plugins are better
opened in a process that does not play yet. All other methods belong to the thread of ``process``; ``change``, ``retry``
and ``set_parameter`` of a fixed parameter call ``prepare``.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import zip_longest

from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.live_protocol import LIVE_BLOCK, PluginStatus
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.plugins import load, opening
from steadyvoice.workers.plugins.change import Change, Unit, Wanted, names, staying
from steadyvoice.workers.plugins.guard import Guarded
from steadyvoice.workers.plugins.place import Place
from steadyvoice.workers.plugins.plugin import PluginRefused, Samples, Value
from steadyvoice.workers.plugins.spec import Spec
from steadyvoice.workers.plugins.times import Times


class Chain:
    """An ordered list of plugins, each contained. An empty chain returns each block as it is.

    budget_us: microseconds that a block of the whole chain may take; where it takes longer, the slowest plugin counts
    as late (guard.py). allowed: modules, classes and files that may be loaded besides entry points (load.py).
    running: ``running[0]`` is the number of the plugin that has control, else 0.
    """

    def __init__(
        self,
        budget_us: float,
        *,
        allowed: tuple[str, ...] = (),
        rate: int = SINK_RATE,
        block: int = LIVE_BLOCK,
        running: "memoryview[int] | list[int] | None" = None,
    ) -> None:
        self._budget_ns, self._allowed = int(budget_us * 1000), allowed
        self._rate, self._block, self._running = rate, block, running
        self._places: list[Place] = []
        self._units: list[Unit] = []
        """Those that are asked for, in order."""
        self._unused: list[Guarded] = []
        self._number = 0
        self.times = Times()
        """Of all plugins together, with their guards."""

    @property
    def specs(self) -> tuple[Spec, ...]:
        """The chain that is asked for, with the present values of its parameters."""
        return tuple(unit.wanted.spec for unit in self._units)

    @property
    def latency(self) -> int:
        """Samples by which the last block was late; after a change, it changes with the block that fades over."""
        return sum(place.now.latency for place in self._places if place.now is not None)

    def process(self, block: Samples) -> Samples:
        """The next block, [block] float32. The result is valid until the next call; ``block`` stays as it is."""
        if not self._places:
            return block
        began = time.perf_counter_ns()
        changed = False
        for place in self._places:
            block, unused = place.process(block)
            if unused is not None:
                self._unused.append(unused)
            changed = changed or place.is_gone
        took = time.perf_counter_ns() - began
        self.times.add(took)
        if took > self._budget_ns:
            heard = [unit.guarded for unit in self._units if not unit.guarded.problem]
            if heard:
                max(heard, key=lambda each: each.last_ns).count_late()
        if changed:
            self._places = [place for place in self._places if not place.is_gone]
        return block

    def prepare(self, specs: Sequence[Spec], *, reopen: Collection[str] = ()) -> Change:
        """Open what is new in these specs; nothing is heard of it before ``apply``.

        A plugin stays, with its state, where the new chain has one of the same reference and fixed parameters, in the
        same order, and its file is the same. reopen: names of some that do not stay. PluginRefused or NotInstalled:
        nothing has changed.
        """
        # Installed packages do not change while they run, and it takes 4 ms to list them.
        known = {
            unit.wanted.spec.reference: unit.wanted.found for unit in self._units if unit.wanted.found.version is None
        }
        found = [known.get(spec.reference) or load.find(spec.reference, self._allowed) for spec in specs]
        wanted = [
            Wanted(name, spec, each, opening.values_of(each, dict(spec.values)))
            for name, spec, each in zip(names([each.name for each in found]), specs, found, strict=True)
        ]
        old = [unit.wanted.key if unit.wanted.name not in reopen else None for unit in self._units]
        stays = staying(old, [each.key for each in wanted])
        change = Change([], frozenset(self._units[at].guarded.number for at in stays.values()))
        try:
            for at, each in enumerate(wanted):
                guarded = self._units[stays[at]].guarded if at in stays else self._opened(each)
                change.units.append(Unit(each, guarded))
            opening.check_latency("the chain", sum(unit.guarded.latency for unit in change.units), self._rate)
        except BaseException:
            change.discard()
            raise
        return change

    def _opened(self, wanted: Wanted) -> Guarded:
        self._number += 1
        number = self._number
        plugin, latency = opening.open_plugin(wanted.found, wanted.values, self._rate, self._block)
        return Guarded(
            plugin, latency, self._block, self._budget_ns,
            source=wanted.found.source, number=number, running=self._running,
        )  # fmt: skip

    def apply(self, change: Change) -> None:
        """Fade over to the new chain from the next block on; a plugin with latency is heard once it has filled it.

        change: of the last ``prepare``; no other change was applied since.
        """
        old = [place for place in self._places if place.target is not None]
        at = {place.target.number: index for index, place in enumerate(old) if place.target is not None}
        places: list[Place] = []
        begin_old = begin_new = 0
        stays = [index for index, unit in enumerate(change.units) if unit.guarded.number in change.stays]
        for index in [*stays, len(change.units)]:
            until = at[change.units[index].guarded.number] if index < len(change.units) else len(old)
            places += self._changed(old[begin_old:until], change.units[begin_new:index])
            places += old[until : until + 1]
            begin_old, begin_new = until + 1, index + 1
        self._places = self._with_leaving(places)
        self._units = list(change.units)
        for unit in self._units:
            if unit.guarded.number in change.stays:
                for name, value in unit.wanted.values.items():
                    if not unit.wanted.found.parameters[name].fixed:
                        setattr(unit.guarded.plugin, name, value)
        self.tidy()

    def _with_leaving(self, places: list[Place]) -> list[Place]:
        """Also those that an earlier change fades out in the next block, each where it was."""
        leaving: list[Place] = []
        before: dict[int, list[Place]] = {}
        for place in self._places:
            if place in places:
                before[id(place)], leaving = leaving, []
            else:
                leaving.append(place)
        return [each for place in places for each in (*before.get(id(place), ()), place)] + leaving

    def _changed(self, old: list[Place], new: list[Unit]) -> list[Place]:
        """Places between two plugins that stay: their plugins are replaced by the new ones, one by one."""
        places = []
        for place, unit in zip_longest(old, new):
            place = place or Place(self._block)
            unused = place.change(unit.guarded if unit else None)
            if unused is not None:
                self._unused.append(unused)
            places.append(place)
        return places

    def change(self, specs: Sequence[Spec]) -> None:
        """``prepare`` and ``apply``."""
        self.apply(self.prepare(specs))

    def retry(self, name: str) -> None:
        """Open this plugin again and fade over to it, as after a fault. PluginRefused: it stays as it is."""
        self._unit(name)
        self.apply(self.prepare(self.specs, reopen=(name,)))

    def set_parameter(self, name: str, parameter: str, value: Value) -> None:
        """Set a parameter of the plugin of this name. Text is read as on a command line. PluginRefused.

        A fixed one opens the plugin again, as ``change``: use ``prepare(with_parameter(…))`` where that takes long.
        """
        specs = self.with_parameter(name, parameter, value)
        unit = self._unit(name)
        if unit.wanted.found.parameters[parameter].fixed:
            self.change(specs)
            return
        at = self._units.index(unit)
        checked = unit.wanted.found.parameters[parameter].check(value)
        setattr(unit.guarded.plugin, parameter, checked)
        values = unit.wanted.values | {parameter: checked}
        self._units[at] = replace(unit, wanted=replace(unit.wanted, spec=specs[at], values=values))

    def with_parameter(self, name: str, parameter: str, value: Value) -> tuple[Spec, ...]:
        """The chain with another value of a parameter, for ``prepare``. PluginRefused."""
        unit = self._unit(name)
        values = dict(unit.wanted.spec.values)
        values[parameter] = str(opening.values_of(unit.wanted.found, {parameter: value})[parameter])
        spec = replace(unit.wanted.spec, values=tuple(values.items()))
        return tuple(spec if each is unit else each.wanted.spec for each in self._units)

    def _unit(self, name: str) -> Unit:
        for unit in self._units:
            if unit.wanted.name == name:
                return unit
        has = ", ".join(unit.wanted.name for unit in self._units) or "no plugin"
        raise PluginRefused("unknown_plugin", f"the chain has no {one_line(name, 80)!r}; it has {has}")

    def status(self) -> list[PluginStatus]:
        """Of the plugins that are asked for, in order."""
        return [self._status(unit) for unit in self._units]

    def _status(self, unit: Unit) -> PluginStatus:
        guarded, wanted = unit.guarded, unit.wanted
        p50_us, p99_us = guarded.times.percentiles_us(50, 99)
        return PluginStatus(
            name=wanted.name, reference=wanted.spec.reference, parameters=wanted.values, latency=guarded.latency,
            p50_us=p50_us, p99_us=p99_us, budget_us=self._budget_ns / 1000, problem=guarded.problem,
            number=guarded.number,
        )  # fmt: skip

    def tidy(self) -> None:
        """Close plugins that are not used any more: call it where a block is not waited for."""
        while self._unused:
            opening.close(self._unused.pop().plugin)

    def close(self) -> None:
        """Close all plugins."""
        for place in self._places:
            self._unused += [each for each in (place.now, place.target) if each is not None]
        self._unused = list({each.number: each for each in self._unused}.values())
        self._places, self._units = [], []
        self.tidy()

"""Assigns processor cores to stages: decisions from the machine's topology alone, without I/O."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal

from steadyvoice.daemon.topology import NAMES

Placement = dict[str, list[int]]
"""The logical CPUs that each stage may run on, by the name of the stage."""


def place_stages(
    mode: Literal["auto", "off"],
    available: Sequence[int],
    siblings: Mapping[int, AbstractSet[int]],
    models: Sequence[str],
) -> Placement:
    """The CPUs of each stage.

    mode: off: every stage may run on all of them.
    available: the logical CPUs that the daemon may use, ascending.
    siblings: for each of them all logical CPUs of its physical core, itself included.
    models: stages that run models, in pipeline order; at least one.

    Real-time stages get one physical core each, counted from the last, because interrupts tend to go to the first;
    where cores are short, they share one. Models divide the remaining cores. With two cores and two models, the
    first model shares its core with the real-time stages.
    """
    physical = sorted({tuple(sorted(siblings[cpu] & set(available))) for cpu in available})
    if len(physical) == 1:
        physical = [(cpu,) for cpu in available]  # two threads of one core still run at the same time
    if mode == "off" or len(physical) == 1:
        return {name: list(available) for name in NAMES}
    real_time = [name for name in NAMES if name not in models]
    reserved = physical[-min(len(real_time), max(1, len(physical) - len(models))) :]
    if len(physical) == 2:
        reserved = physical[:1]
    remaining = [core for core in physical if core not in reserved]
    if len(remaining) < len(models):
        remaining = physical
    share = len(remaining) // len(models)
    placement = {name: [core[0]] for name, core in zip(reversed(real_time), reversed(reserved), strict=False)}
    for number, name in enumerate(models):
        end = len(remaining) if name == models[-1] else (number + 1) * share
        placement[name] = [cpu for core in remaining[number * share : end] for cpu in core]
    return {name: placement.get(name, [reserved[0][0]]) for name in NAMES}


def shared_cpus(stage: str, placement: Mapping[str, Sequence[int]]) -> tuple[int, ...]:
    """CPUs of another stage that this stage may use as well, while they are idle.

    A converter with a single CPU may use those of the generator, because converting costs several times as much as
    generating.
    """
    if stage != "converter" or len(placement[stage]) > 1:
        return ()
    return tuple(cpu for cpu in placement["generator"] if cpu not in placement[stage])

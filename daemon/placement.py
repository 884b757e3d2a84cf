"""Assigns processor cores to stages: decisions from the machine's topology alone, without I/O."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Literal

from steadyvoice.daemon.topology import StageSpec

Placement = dict[int, list[int]]
"""The logical CPUs that each stage may run on, by the number of the stage."""

_REAL_TIME: Final = ("vocoder", "converter", "output")
"""Kinds of stages with a core of their own. The input has the core of the vocoders."""
_MODEL_THREADS: Final = 4
"""Limit for one stage: more threads slow a small model down."""


def place_stages(
    mode: Literal["auto", "off"],
    available: Sequence[int],
    siblings: Mapping[int, AbstractSet[int]],
    stages: Sequence[StageSpec],
    *,
    has_converters: bool,
) -> Placement:
    """The CPUs of each stage.

    mode: off: every stage may run on all of them.
    available: the logical CPUs that the daemon may use, ascending.
    siblings: for each of them all logical CPUs of its physical core, itself included.
    has_converters: there are converters that run models.

    Vocoders, the last converter and the output run in real time: each of the three kinds gets one physical core,
    counted from the last, because interrupts tend to go to the first; where cores are short, they share one. The
    remaining cores are divided between all generators and all converters that run models. With two cores and both
    kinds of models, generators share the core of the real-time stages. A line that comes or goes moves no other one.

    A flow works at the same time as the generator of its line, and takes about as long: it has half of the generators'
    cores, which its generator then has not. Where that is one core, the flow shares the core of the last converter,
    which is light, or with two cores the one that has no generator.
    """
    physical = sorted({tuple(sorted(siblings[cpu] & set(available))) for cpu in available})
    if len(physical) == 1:
        physical = [(cpu,) for cpu in available]  # two threads of one core still run at the same time
    if mode == "off" or len(physical) == 1:
        return {stage.number: list(available) for stage in stages}
    kinds = 2 if has_converters else 1
    reserved = physical[-min(len(_REAL_TIME), max(1, len(physical) - kinds)) :]
    if len(physical) == 2:
        reserved = physical[:1]
    remaining = [core for core in physical if core not in reserved]
    if len(remaining) < kinds:
        remaining = physical
    of_generators = remaining[: len(remaining) // kinds]
    of_converters = remaining[len(of_generators) :] or of_generators
    real_time = {name: core[0] for name, core in zip(reversed(_REAL_TIME), reversed(reserved), strict=False)}

    with_flow = {stage.of for stage in stages if stage.name == "flow"}
    half = -(-len(of_generators) // 2)
    light = next((core for core in reserved if core[0] == real_time.get("converter")), reserved[0])
    of_flows = of_generators[half:] or (of_converters if light in of_generators else [light])

    def cores(stage: StageSpec) -> Sequence[tuple[int, ...]]:
        if stage.name == "flow":
            return of_flows
        if stage.name == "generator" and stage.of in with_flow:
            return of_generators[:half]
        return of_converters if stage.name == "converter" else of_generators

    def cpus(stage: StageSpec) -> list[int]:
        if _is_real_time(stage):
            core = real_time.get(stage.name, reserved[0][0])
            if stage.name == "vocoder" and stage.of in with_flow and any(core in flows for flows in of_flows):
                return sorted(cpu for each in (*of_generators[:half], *of_flows) for cpu in each)
            return [core]
        return [cpu for core in cores(stage) for cpu in core]

    return {stage.number: cpus(stage) for stage in stages}


def loading_cpus(stages: Sequence[StageSpec], placement: Placement) -> list[int]:
    """CPUs on which a model is loaded while others speak: those of no real-time stage; all where there are no others.

    A process at idle priority still holds its core while the kernel, or the host of a virtual machine, gives it memory.
    """
    places = [placement[each.number] for each in stages if _is_real_time(each)]
    real_time = {place[0] for place in places if len(place) == 1}
    every = {cpu for cpus in placement.values() for cpu in cpus}
    return sorted(every - real_time or every)


def _is_real_time(stage: StageSpec) -> bool:
    return stage.name in (*_REAL_TIME, "input") and not stage.is_model


def shared_cpus(stage: StageSpec, stages: Sequence[StageSpec], placement: Placement) -> tuple[int, ...]:
    """CPUs of other stages that this stage may use as well, while they are idle.

    A converter that runs a model and has a single CPU may use those of the generators, because converting costs
    several times as much as generating. A model among the plugins of live sound may use those of no real-time stage.
    """
    own = placement[stage.number]
    if stage.module == "live_converter":
        return tuple(cpu for cpu in loading_cpus(stages, placement) if cpu not in own)
    if not (stage.is_model and stage.name == "converter") or len(own) > 1:
        return ()
    of_generators = next((placement[each.number] for each in stages if each.name == "generator"), [])
    return tuple(cpu for cpu in of_generators if cpu not in own)


def model_threads(stage: StageSpec, stages: Sequence[StageSpec], placement: Placement) -> int:
    """Threads of the stage's model: one for each of its CPUs.

    A vocoder that may use the cores of its line's generator and flow has one: of two, each would wait for the other
    while one of those stages computes.
    """
    own = set(placement[stage.number])
    shares = any(set(placement[other.number]) < own for other in stages if other.of == stage.of and stage.of)
    return 1 if shares else min(_MODEL_THREADS, len(own))

"""Placement of stages on cores: a real-time stage never shares a core with a model where there are enough cores."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.placement import Placement, loading_cpus, model_threads, place_stages, shared_cpus
from steadyvoice.daemon.topology import SHARED, StageSpec, Topology

ONE_LINE = SHARED.with_engine("hibari").stages
LINES = SHARED.with_engine("hibari").with_engine("soprano").with_family("rvc").with_family("other").stages
LAPTOP = {cpu: {cpu % 4, cpu % 4 + 4} for cpu in range(8)}
"""Four cores of two threads each."""
ONE_CORE = {0: {0, 1}, 1: {0, 1}}


def place(
    available: list[int],
    stages: tuple[StageSpec, ...],
    siblings: dict[int, set[int]] | None = None,
    *,
    has_converters: bool = False,
) -> Placement:
    alone = {cpu: {cpu} for cpu in available}
    placement = place_stages("auto", available, siblings or alone, stages, has_converters=has_converters)
    assert list(placement) == [stage.number for stage in stages]
    return placement


def placed(available: list[int], siblings: dict[int, set[int]] | None = None) -> tuple[list[int], ...]:
    placement = place(available, ONE_LINE, siblings)
    by_name = {stage.name: placement[stage.number] for stage in ONE_LINE}
    return tuple(by_name[name] for name in ("generator", "vocoder", "converter", "output"))


@pytest.mark.parametrize(
    ("available", "generator", "vocoder", "converter", "output"),
    [
        ([0], [0], [0], [0], [0]),
        ([0, 1], [1], [0], [0], [0]),
        ([0, 1, 2], [0], [1], [1], [2]),
        ([0, 1, 2, 3], [0], [1], [2], [3]),
        ([4, 9, 11, 12], [4], [9], [11], [12]),
        (list(range(16)), list(range(13)), [13], [14], [15]),
    ],
)
def test_one_model(
    available: list[int], generator: list[int], vocoder: list[int], converter: list[int], output: list[int]
) -> None:
    assert placed(available) == (generator, vocoder, converter, output)


def test_two_threads_of_one_core_are_not_two_cores() -> None:
    """The second thread of a core with a real-time stage is left to other programs."""
    assert placed(list(range(8)), LAPTOP) == ([0, 4], [1], [2], [3])
    assert placed([2, 3, 6, 7], LAPTOP) == ([3, 7], [2], [2], [2])


def test_a_single_core_is_divided_by_threads() -> None:
    assert placed([0, 1], ONE_CORE) == ([1], [0], [0], [0])


@pytest.mark.parametrize("available", [[0], [0, 1], list(range(16))])
def test_off_allows_all_cores(available: list[int]) -> None:
    placement = place_stages("off", available, {cpu: {cpu} for cpu in available}, LINES, has_converters=True)
    assert placement == {stage.number: available for stage in LINES}


@pytest.mark.parametrize(
    ("available", "generator", "vocoder", "model", "converter", "output"),
    [
        ([0], [0], [0], [0], [0], [0]),
        ([0, 1], [0], [0], [1], [0], [0]),
        ([0, 1, 2], [0], [2], [1], [2], [2]),
        ([0, 1, 2, 3], [0], [2], [1], [2], [3]),
        (list(range(16)), list(range(6)), [13], list(range(6, 13)), [14], [15]),
    ],
)
def test_lines_and_converters_that_run_models(
    available: list[int],
    generator: list[int],
    vocoder: list[int],
    model: list[int],
    converter: list[int],
    output: list[int],
) -> None:
    """All lines have the same place, so that one that comes or goes moves no other."""
    placement = place(available, LINES, has_converters=True)
    expected = {"generator": generator, "vocoder": vocoder, "converter": converter, "output": output}
    expected["catalogue"] = generator
    for stage in LINES:
        is_converter = stage.name == "converter" and stage.of
        assert placement[stage.number] == (model if is_converter else expected[stage.name]), stage.label


@pytest.mark.parametrize(
    ("available", "has_converters", "generator", "flow"),
    [
        ([0], False, [0], [0]),
        ([0, 1], False, [1], [0]),
        ([0, 1], True, [0], [1]),
        ([0, 1, 2], False, [0], [1]),
        ([0, 1, 2], True, [0], [2]),
        ([0, 1, 2, 3], False, [0], [2]),
        (list(range(16)), False, list(range(7)), list(range(7, 13))),
        (list(range(16)), True, [0, 1, 2], [3, 4, 5]),
    ],
)
def test_a_flow_works_on_other_cores_than_its_generator(
    available: list[int], has_converters: bool, generator: list[int], flow: list[int]
) -> None:
    """All other stages stay where they are."""
    with_flow = Topology(LINES).with_engine("chatterbox", has_flow=True)
    placement = place(available, with_flow.stages, has_converters=has_converters)
    first, middle, vocoder = (placement[stage.number] for stage in with_flow.of("chatterbox"))
    assert (first, middle) == (generator, flow)
    others = place(available, LINES, has_converters=has_converters)
    assert others.items() <= placement.items()
    of_vocoders = placement[with_flow.of("soprano")[1].number]
    assert vocoder == (sorted({*generator, *flow}) if set(of_vocoders) <= set(flow) else of_vocoders)


@pytest.mark.parametrize(
    ("mode", "available", "threads"),
    [
        ("auto", [0, 1], (1, 1, 1)),  # the vocoder may use the core of each
        ("auto", [0, 1, 2, 3], (1, 1, 1)),
        ("auto", list(range(16)), (4, 4, 1)),
        ("off", [0, 1], (2, 2, 2)),
    ],
)
def test_a_stage_has_as_many_threads_as_cores_of_its_own(
    mode: Literal["auto", "off"], available: list[int], threads: tuple[int, ...]
) -> None:
    line = Topology(LINES).with_engine("chatterbox", has_flow=True)
    alone = {cpu: {cpu} for cpu in available}
    placement = place_stages(mode, available, alone, line.stages, has_converters=False)
    assert tuple(model_threads(each, line.stages, placement) for each in line.of("chatterbox")) == threads


@pytest.mark.parametrize(("cores", "shared"), [([0], ()), ([0, 1], (0,)), ([0, 1, 2], (0,)), (list(range(16)), ())])
def test_a_converter_with_one_core_may_use_those_of_the_generators(cores: list[int], shared: tuple[int, ...]) -> None:
    placement = place(cores, LINES, has_converters=True)
    for stage in LINES:
        expected = shared if stage.name == "converter" and stage.of else ()
        assert shared_cpus(stage, LINES, placement) == expected, stage.label


@pytest.mark.parametrize(("cores", "shared"), [([0], ()), ([0, 1], (1,)), ([0, 1, 2], (0, 1)), ([0, 1, 2, 3], (0, 1))])
def test_plugins_that_are_models_may_use_the_cores_of_models(cores: list[int], shared: tuple[int, ...]) -> None:
    stages = Topology(LINES).with_live().stages
    placement = place(cores, stages, has_converters=True)
    [plugins] = [stage for stage in stages if stage.module == "live_converter"]
    assert shared_cpus(plugins, stages, placement) == shared


@given(st.sets(st.integers(0, 63), min_size=1), st.integers(1, 4), st.sampled_from([ONE_LINE, LINES]), st.booleans())
def test_any_machine(available: set[int], threads: int, stages: tuple[StageSpec, ...], has_converters: bool) -> None:
    siblings = {cpu: {cpu - cpu % threads + number for number in range(threads)} for cpu in available}
    placement = place(sorted(available), stages, siblings, has_converters=has_converters)
    for cpus in placement.values():
        assert cpus
        assert set(cpus) <= available
        assert len(set(cpus)) == len(cpus)
    cores = len({frozenset(siblings[cpu] & available) for cpu in available})
    if cores > 1 + has_converters:
        of_models = {cpu for stage in stages if stage.is_model for cpu in placement[stage.number]}
        for stage in stages:
            if stage.priority:
                [cpu] = placement[stage.number]
                assert not siblings[cpu] & of_models


@pytest.mark.parametrize(
    ("available", "siblings", "cpus"),
    [
        ([0], None, [0]),
        ([0, 1], None, [1]),
        ([0, 1], ONE_CORE, [1]),
        ([0, 1, 2, 3], None, [0]),
        (list(range(8)), LAPTOP, [0, 4]),
    ],
)
def test_models_load_on_cores_of_no_real_time_stage(
    available: list[int], siblings: dict[int, set[int]] | None, cpus: list[int]
) -> None:
    assert loading_cpus(ONE_LINE, place(available, ONE_LINE, siblings)) == cpus

"""Placement of stages on cores: a real-time stage never shares a core with a model where there are enough cores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.daemon.placement import place_stages, shared_cpus
from steadyvoice.daemon.topology import NAMES

LAPTOP = {cpu: {cpu % 4, cpu % 4 + 4} for cpu in range(8)}
"""Four cores of two threads each."""
ONE_CORE = {0: {0, 1}, 1: {0, 1}}


def placed(
    available: list[int], siblings: dict[int, set[int]] | None = None, models: tuple[str, ...] = ("generator",)
) -> tuple[list[int], ...]:
    placement = place_stages("auto", available, siblings or {cpu: {cpu} for cpu in available}, models)
    assert tuple(placement) == NAMES
    return tuple(placement.values())


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
    placement = place_stages("off", available, {cpu: {cpu} for cpu in available}, ("generator",))
    assert placement == dict.fromkeys(NAMES, available)


@pytest.mark.parametrize(
    ("available", "generator", "vocoder", "converter", "output"),
    [
        ([0], [0], [0], [0], [0]),
        ([0, 1], [0], [0], [1], [0]),
        ([0, 1, 2], [0], [2], [1], [2]),
        ([0, 1, 2, 3], [0], [2], [1], [3]),
        (list(range(16)), list(range(7)), [14], list(range(7, 14)), [15]),
    ],
)
def test_two_models(
    available: list[int], generator: list[int], vocoder: list[int], converter: list[int], output: list[int]
) -> None:
    assert placed(available, models=("generator", "converter")) == (generator, vocoder, converter, output)


@pytest.mark.parametrize(("cores", "shared"), [([0], ()), ([0, 1], (0,)), ([0, 1, 2], (0,)), (list(range(16)), ())])
def test_a_converter_with_one_core_may_use_those_of_the_generator(cores: list[int], shared: tuple[int, ...]) -> None:
    placement = dict(zip(NAMES, placed(cores, models=("generator", "converter")), strict=True))
    found = {name: shared_cpus(name, placement) for name in NAMES}
    assert found == dict.fromkeys(NAMES, ()) | {"converter": shared}


@given(
    st.sets(st.integers(0, 63), min_size=1),
    st.integers(1, 4),
    st.sampled_from([("generator",), ("generator", "converter")]),
)
def test_any_machine(available: set[int], threads: int, models: tuple[str, ...]) -> None:
    siblings = {cpu: {cpu - cpu % threads + number for number in range(threads)} for cpu in available}
    placement = place_stages("auto", sorted(available), siblings, models)
    assert tuple(placement) == NAMES
    for cpus in placement.values():
        assert cpus
        assert set(cpus) <= available
        assert len(set(cpus)) == len(cpus)
    cores = len({frozenset(siblings[cpu] & available) for cpu in available})
    if cores > len(models):
        of_models = {cpu for name in models for cpu in placement[name]}
        for name in set(NAMES) - set(models):
            assert len(placement[name]) == 1
            assert not siblings[placement[name][0]] & of_models

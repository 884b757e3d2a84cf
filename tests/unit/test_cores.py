"""Which stage runs where: what must be on time never shares a core with the models, where there are two."""

import pytest

from steadyvoice.daemon.pipeline import NAMES, cores, shared_cpus

LAPTOP = {core: {core % 4, core % 4 + 4} for core in range(8)}
"""Four cores of two threads each."""
ONE_CORE = {0: {0, 1}, 1: {0, 1}}


def chosen(
    available: list[int], threads: dict[int, set[int]] | None = None, models: tuple[str, ...] = ("generator",)
) -> tuple[list[int], ...]:
    places = cores("auto", available, lambda core: (threads or {}).get(core, {core}), models)
    assert tuple(places) == NAMES
    return tuple(places.values())


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
def test_spread_over_the_cores_that_exist(
    available: list[int], generator: list[int], vocoder: list[int], converter: list[int], output: list[int]
) -> None:
    assert chosen(available) == (generator, vocoder, converter, output)


def test_two_threads_of_one_core_are_not_two_cores() -> None:
    """The other thread of a core that must be on time is left to the rest of the machine."""
    assert chosen(list(range(8)), LAPTOP) == ([0, 4], [1], [2], [3])
    assert chosen([2, 3, 6, 7], LAPTOP) == ([3, 7], [2], [2], [2])


def test_but_better_than_nothing() -> None:
    assert chosen([0, 1], ONE_CORE) == ([1], [0], [0], [0])


@pytest.mark.parametrize("available", [[0], [0, 1], list(range(16))])
def test_off_leaves_all_to_the_kernel(available: list[int]) -> None:
    assert set(map(tuple, cores("off", available, lambda core: {core}, ("generator",)).values())) == {tuple(available)}


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
def test_a_converter_that_is_a_model_has_cores_of_its_own(
    available: list[int], generator: list[int], vocoder: list[int], converter: list[int], output: list[int]
) -> None:
    assert chosen(available, models=("generator", "converter")) == (generator, vocoder, converter, output)


@pytest.mark.parametrize(("cores", "may_use"), [([0], ()), ([0, 1], (0,)), ([0, 1, 2], (0,)), (list(range(16)), ())])
def test_a_converter_of_one_core_may_use_the_generators(cores: list[int], may_use: tuple[int, ...]) -> None:
    places = dict(zip(NAMES, chosen(cores, models=("generator", "converter")), strict=True))
    assert {name: shared_cpus(name, places) for name in NAMES} == dict.fromkeys(NAMES, ()) | {"converter": may_use}

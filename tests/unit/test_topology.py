"""The topology: which stages there are, which ring links which, and the path of an utterance."""

from itertools import pairwise

import pytest

from steadyvoice.daemon.topology import Topology, of_lines
from steadyvoice.ipc.slot import MAX_PATH

LINES = of_lines(("hibari", "soprano"), ("shift", "rvc"))


def labels(topology: Topology, engine: str, family: str, *, to_device: bool) -> list[str]:
    path = topology.path(engine, family, to_device=to_device)
    assert len(path) <= MAX_PATH
    return [topology.stages[number].label for number in path]


def test_a_lone_engine_has_four_stages() -> None:
    alone = of_lines(("hibari",), ("shift",))
    assert [stage.label for stage in alone.stages] == ["generator hibari", "vocoder hibari", "converter", "output"]


def test_a_line_for_each_engine_and_a_process_for_each_converter_that_runs_models() -> None:
    assert [stage.label for stage in LINES.stages] == [
        "generator hibari", "vocoder hibari", "generator soprano", "vocoder soprano",
        "converter rvc", "converter", "output",
    ]  # fmt: skip
    assert [stage.module for stage in LINES.stages[-3:]] == ["model_converter", "converter", "output"]


@pytest.mark.parametrize(
    ("engine", "family", "to_device", "path"),
    [
        ("hibari", "", True, ["generator hibari", "vocoder hibari", "converter", "output"]),
        ("hibari", "shift", True, ["generator hibari", "vocoder hibari", "converter", "output"]),
        ("soprano", "", False, ["generator soprano", "vocoder soprano", "converter"]),
        ("soprano", "rvc", False, ["generator soprano", "vocoder soprano", "converter rvc", "converter"]),
        ("hibari", "rvc", True, ["generator hibari", "vocoder hibari", "converter rvc", "converter", "output"]),
    ],
)
def test_path(engine: str, family: str, to_device: bool, path: list[str]) -> None:
    assert labels(LINES, engine, family, to_device=to_device) == path


def test_each_step_of_each_path_has_a_ring() -> None:
    links = {(link.source, link.target) for link in LINES.links}
    for engine in ("hibari", "soprano"):
        for family in ("", "shift", "rvc"):
            path = LINES.path(engine, family, to_device=True)
            assert {(None, path[0]), *pairwise(path)} <= links
    assert len(LINES.links) == len(set(LINES.links)) == 2 * (1 + 1 + 2) + 1 + 2


def test_priorities_rise_towards_the_sound_device_and_models_have_none() -> None:
    path = [LINES.stages[number] for number in LINES.path("soprano", "rvc", to_device=True)]
    assert [stage.priority for stage in path] == [0, 20, 0, 30, 40]
    assert [stage.is_model for stage in path] == [True, False, True, False, False]


def test_names_in_the_times_of_an_utterance_are_distinct() -> None:
    names = [LINES.name_in_path(number) for number in LINES.path("soprano", "rvc", to_device=True)]
    assert names == ["generator", "vocoder", "converter rvc", "converter", "output"]


def test_an_engine_without_a_line() -> None:
    with pytest.raises(KeyError, match="generator kokoro"):
        LINES.path("kokoro", "", to_device=True)

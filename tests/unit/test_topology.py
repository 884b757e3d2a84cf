"""The topology: which stages there are, which ring links which, and the path of an utterance."""

from itertools import pairwise

import pytest

from steadyvoice.daemon.topology import SHARED, Topology
from steadyvoice.ipc.shared_state import STAGES
from steadyvoice.ipc.slot import MAX_PATH

LINES = SHARED.with_engine("hibari").with_engine("soprano").with_family("rvc")


WITH_FLOW = LINES.with_engine("chatterbox", has_flow=True)


def labels(topology: Topology, engine: str, family: str, *, to_device: bool) -> list[str]:
    path = topology.path(engine, family, to_device=to_device)
    assert len(path) <= MAX_PATH
    return [topology.by_number[number].label for number in path]


def test_a_line_for_each_engine_and_a_process_for_each_converter_that_runs_models() -> None:
    assert [stage.label for stage in LINES.stages] == [
        "converter", "output", "catalogue", "generator hibari", "vocoder hibari", "generator soprano",
        "vocoder soprano", "converter rvc",
    ]  # fmt: skip
    assert LINES.of("rvc")[0].module == "model_converter"
    assert LINES.converter.module == "converter"


def test_numbers_stay_and_are_used_again() -> None:
    without = LINES.without("hibari")
    assert without.by_number.items() <= LINES.by_number.items()
    again = without.with_engine("kokoro")
    assert [stage.number for stage in again.of("kokoro")] == [stage.number for stage in LINES.of("hibari")]
    assert len(again.by_number) == len(again.stages)


def test_there_are_numbers_for_many_models() -> None:
    topology = SHARED
    for number in range((STAGES - len(SHARED.stages)) // 2):
        topology = topology.with_engine(f"engine {number}")
    with pytest.raises(ValueError, match="64 stages at most"):
        topology.with_engine("one more")


def test_a_link_goes_when_one_of_its_stages_goes() -> None:
    gone = {stage.number for stage in LINES.of("soprano")}
    assert LINES.without("soprano").links == {
        link for link in LINES.links if link.source not in gone and link.target not in gone
    }
    assert Topology(()).links == frozenset()


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
    assert len(LINES.links) == 2 * (1 + 1 + 2) + 1 + 2


def test_a_line_of_three_stages() -> None:
    """Each writes into the next one's ring; the vocoder's rings are those of other vocoders."""
    assert [stage.label for stage in WITH_FLOW.of("chatterbox")] == [
        "generator chatterbox", "flow chatterbox", "vocoder chatterbox",
    ]  # fmt: skip
    generator, flow, vocoder = WITH_FLOW.of("chatterbox")
    assert WITH_FLOW.path("chatterbox", "rvc", to_device=True)[:3] == (generator.number, flow.number, vocoder.number)
    assert [link.target for link in WITH_FLOW.outputs(generator)] == [flow.number]
    assert [link.target for link in WITH_FLOW.outputs(flow)] == [vocoder.number]
    soprano = LINES.of("soprano")[1]
    assert [link.target for link in WITH_FLOW.outputs(vocoder)] == [link.target for link in LINES.outputs(soprano)]
    assert (flow.module, flow.priority, flow.is_model, WITH_FLOW.name_in_path(flow.number)) == ("flow", 0, True, "flow")
    assert LINES.links <= WITH_FLOW.links
    assert WITH_FLOW.without("chatterbox").links == LINES.links


def test_a_longest_path_has_room_in_a_slot() -> None:
    assert len(WITH_FLOW.path("chatterbox", "rvc", to_device=True)) <= MAX_PATH


def test_priorities_rise_towards_the_sound_device_and_models_have_none() -> None:
    path = [LINES.by_number[number] for number in LINES.path("soprano", "rvc", to_device=True)]
    assert [stage.priority for stage in path] == [0, 20, 0, 30, 40]
    assert [stage.is_model for stage in path] == [True, False, True, False, False]


def test_names_in_the_times_of_an_utterance_are_distinct() -> None:
    names = [LINES.name_in_path(number) for number in LINES.path("soprano", "rvc", to_device=True)]
    assert names == ["generator", "vocoder", "converter rvc", "converter", "output"]


def test_an_engine_without_a_line() -> None:
    with pytest.raises(KeyError, match="generator kokoro"):
        LINES.path("kokoro", "", to_device=True)

"""From measurements to costs, and from costs to a number of streams and machines."""

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.svctl.bench.capacity.costs import Crowd, Single, fit, line, with_asking
from steadyvoice.client.svctl.bench.capacity.fleet import PEAKS, fleet
from steadyvoice.client.svctl.bench.capacity.model import Costs, Stage, Wanted, simulate
from steadyvoice.client.svctl.bench.capacity.search import largest

TRUE = Costs(
    (Stage("generator", 0.004, 50e-6, ((4.0, 0.002), (40.0, 0.003))), Stage("vocoder", 0.001, 0.0, ((4.0, 0.001),))),
    first_block_s=0.15, block_s=0.25, segment_s=0.1, char_s=0.06, ask_s=0.0, wire_s=0.002,
)  # fmt: skip
TEXTS = [(40, 70), (90,), (20, 20, 60)]


def single(characters: int) -> Single:
    """What such a text takes alone."""
    blocks = TRUE.blocks(characters)
    first = {stage.name: stage.first_s + stage.char_s * characters for stage in TRUE.stages}
    busy = {stage.name: first[stage.name] + stage.further_s(1) * (len(blocks) - 1) for stage in TRUE.stages}
    return Single(characters, sum(blocks), len(blocks), blocks[0], sum(first.values()) + TRUE.wire_s, busy, first)


def crowd(count: int) -> Crowd:
    """What so many take to read all texts once."""
    segments = [characters for text in TEXTS for characters in text]
    sound = sum(map(TRUE.sound_s, segments))
    busy = {
        stage.name: sum(
            stage.first_s + stage.char_s * characters + stage.further_s(count) * (len(TRUE.blocks(characters)) - 1)
            for characters in segments
        )
        for stage in TRUE.stages
    }
    return Crowd(count, busy["generator"], sound, busy)


def test_the_costs_that_made_the_measurements_are_found() -> None:
    costs = fit([single(characters) for characters in (12, 40, 90, 150)], [crowd(40), crowd(4)], TEXTS)
    assert costs[1:] == pytest.approx(TRUE[1:], rel=0.03)
    for found, true in zip(costs.stages, TRUE.stages, strict=True):
        assert (found.first_s, found.char_s) == pytest.approx((true.first_s, true.char_s), abs=1e-6)
        for count in (4, 20, 40):
            assert found.further_s(count) == pytest.approx(true.further_s(count), rel=0.03)


def test_the_stage_with_most_work_gets_the_time_that_others_took_from_it() -> None:
    disturbed = crowd(4)._replace(wall_s=2 * crowd(4).wall_s)
    plain, slowed = (fit([single(12), single(90)], [one], TEXTS).stages for one in (crowd(4), disturbed))
    assert slowed[0].further_s(4) > 2 * plain[0].further_s(4)
    assert slowed[1].further_s(4) == pytest.approx(plain[1].further_s(4))


@pytest.mark.parametrize("ask_s", [0.0, 0.001, 0.02, 0.05])
def test_what_a_request_takes_is_found_from_a_herd(ask_s: float) -> None:
    herd = [Wanted(0.0, (40,))] * 16
    truth = TRUE._replace(ask_s=ask_s, wire_s=max(0.0, TRUE.wire_s - ask_s))
    first_s = fmean(each.first_s for each in simulate(truth, herd, 1.0).listeners)
    found = with_asking(TRUE, herd, first_s)
    assert fmean(each.first_s for each in simulate(found, herd, 1.0).listeners) == pytest.approx(first_s, abs=1e-3)
    if ask_s > 0.01:  # less than the generator takes for a beginning is not seen
        assert found.ask_s == pytest.approx(ask_s, rel=0.02)


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([(0, 1), (1, 3)], (1, 2)),
        ([(0, 1), (1, 0)], (0.5, 0)),  # no cost falls with the length
        ([(1, 0), (2, 2)], (0, 0.8)),  # nor is one negative
        ([(3, 2), (3, 4)], (3, 0)),
    ],
)
def test_a_line_is_nowhere_negative(points: list[tuple[float, float]], found: tuple[float, float]) -> None:
    assert line(points) == pytest.approx(found)


@given(st.floats(0.5, 300), st.floats(0.3, 3))
def test_the_largest_load_that_holds_is_found(limit: float, off: float) -> None:
    tried: list[float] = []

    def holds(load: float) -> bool:
        tried.append(load)
        return load <= limit

    found = largest(holds, limit * off, 1.02)
    assert found <= limit <= found * 1.02
    assert len(tried) <= 15


def test_a_search_ends_where_nothing_holds_and_where_all_does() -> None:
    assert largest(lambda load: False, 50, 1.02) == 0.0
    assert largest(lambda load: True, 50, 1.02, most=200) == 200


@pytest.mark.parametrize(
    ("peak", "streams", "machines", "one_lost", "zone_lost", "cores"),
    [
        (1000, 50, 25, 26, 39, 1.2),
        (1000, 1250, 1, 2, 3, 1.2),
        (1, 50, 1, 2, 3, 0.0),
    ],
)
def test_a_fleet_carries_its_peak_without_what_may_fail(
    peak: int, streams: float, machines: int, one_lost: int, zone_lost: int, cores: float
) -> None:
    found = fleet(peak, streams, 0.001)
    assert tuple(found) == (peak, machines, one_lost, zone_lost, cores)
    assert found.zone_lost * 2 / 3 * 0.8 * streams >= peak
    assert fleet(peak, streams).gateway_cores is None


def test_the_table_of_fleets_ends_at_a_million() -> None:
    assert (PEAKS[0], PEAKS[-1]) == (1000, 1_000_000)

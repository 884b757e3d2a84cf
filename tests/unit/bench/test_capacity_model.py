"""The model of the daemon under load: small cases by hand, and what holds for all."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.client.svctl.bench.capacity.model import Costs, Simulated, Stage, Wanted, simulate

GENERATOR = Stage("generator", 0.01, 0.0, ((1.0, 0.01),))
VOCODER = Stage("vocoder", 0.005, 0.0, ((1.0, 0.005),))
COSTS = Costs((GENERATOR, VOCODER), first_block_s=0.1, block_s=0.25, segment_s=0.0, char_s=0.1)
"""Ten characters: a second of sound in five blocks."""
SECOND = (10,)
BLOCKS = 5


def at_once(count: int, segments: tuple[int, ...] = SECOND) -> list[Wanted]:
    return [Wanted(0.0, segments)] * count


def first_ms(simulated: Simulated) -> list[float]:
    return [round(each.first_s * 1e3, 6) for each in simulated.listeners]


def times(costs: Costs, factor: float) -> Costs:
    """All work of the stages takes so many times as long."""
    stages = tuple(
        stage._replace(
            first_s=stage.first_s * factor,
            char_s=stage.char_s * factor,
            block_s=tuple((count, cost * factor) for count, cost in stage.block_s),
        )
        for stage in costs.stages
    )
    return costs._replace(stages=stages)


def test_the_sound_of_a_segment_is_cut_into_blocks() -> None:
    assert COSTS.blocks(10) == [0.1, *[pytest.approx(0.225)] * 4]
    assert COSTS.blocks(1) == [0.1]


def test_the_first_block_passes_all_stages_and_the_way() -> None:
    costs = COSTS._replace(ask_s=0.002, wire_s=0.003)
    assert first_ms(simulate(costs, at_once(1), 2.0)) == [20.0]


def test_a_herd_begins_one_by_one_once_each_before_it_has_enough() -> None:
    """0.1 s of sound is less than the deadline of what has not begun: each gets three blocks before the next one."""
    assert first_ms(simulate(COSTS, at_once(3), 2.0)) == [15.0, 45.0, 75.0]
    enough = COSTS._replace(first_block_s=0.5)
    assert first_ms(simulate(enough, at_once(3), 2.0)) == [15.0, 25.0, 35.0]


def test_who_has_begun_is_not_starved_by_who_has_not() -> None:
    """The model without that deadline had underruns at the start of a herd that the daemon has not."""
    assert simulate(times(COSTS, 1.9), at_once(8, (20,)), 2.0).underruns == 0


@pytest.mark.parametrize(("lookahead_s", "made_s"), [(0.5, 0.85), (2.0, 2.35), (inf, 2.8)])
def test_who_leaves_has_had_the_lookahead_made_for_nothing(lookahead_s: float, made_s: float) -> None:
    [listener] = simulate(COSTS, [Wanted(0.0, (100,), leaves_s=0.1)], lookahead_s).listeners
    assert listener.heard_s == 0.1
    assert listener.playback.sound_s == pytest.approx(made_s, abs=0.26)


def test_a_stage_that_is_slower_than_the_sound_starves_its_listeners() -> None:
    simulated = simulate(times(COSTS, 30), at_once(1, (100,)), 2.0)
    assert simulated.underruns > 30
    assert simulated.limit == "generator"
    slow_vocoder = COSTS._replace(stages=(GENERATOR, times(COSTS, 60).stages[1]))
    assert simulate(slow_vocoder, at_once(1, (100,)), 2.0).limit == "vocoder"


def test_the_cost_of_a_block_follows_the_number_of_utterances() -> None:
    stage = GENERATOR._replace(block_s=((2.0, 0.010), (10.0, 0.026), (20.0, 0.026)))
    assert [round(stage.further_s(count), 6) for count in (1, 2, 6, 10, 15, 40)] == [
        0.010,
        0.010,
        0.018,
        0.026,
        0.026,
        0.026,
    ]


def test_equal_seeds_draw_equal_costs() -> None:
    costs = COSTS._replace(stages=(GENERATOR._replace(variance=0.5), VOCODER))
    once, again, other = (simulate(costs, at_once(5), 2.0, seed).work_s for seed in (1, 1, 2))
    assert once == again != other


MOST = 24
SCHEDULES = st.lists(
    st.builds(Wanted, st.floats(0, 4), st.tuples(st.integers(1, 40)), st.just(inf)), min_size=1, max_size=12
).map(sorted)
FACTORS = st.floats(0.1, 20)


@given(SCHEDULES, FACTORS)
def test_all_sound_is_made_once_and_in_no_less_than_its_work(schedule: list[Wanted], factor: float) -> None:
    costs = times(COSTS, factor)
    simulated = simulate(costs, schedule, 2.0)
    for each in simulated.listeners:
        assert each.playback.sound_s == pytest.approx(sum(map(costs.sound_s, each.wanted.segments)))
        assert each.first_s >= sum(stage.first_s for stage in costs.stages) - 1e-9
    blocks = sum(len(costs.blocks(characters)) for each in schedule for characters in each.segments)
    assert simulated.work_s["generator"] == pytest.approx(blocks * 0.01 * factor)
    assert simulated.ended_s >= simulated.work_s["generator"] - 1e-9


@given(st.integers(1, MOST), FACTORS)
def test_more_streams_never_hold_where_fewer_do_not(count: int, factor: float) -> None:
    costs = times(COSTS, factor)
    fewer, more = (simulate(costs, at_once(streams, (40,)), 2.0) for streams in (count, count + 1))
    assert fewer.underruns <= more.underruns
    assert max(first_ms(fewer)) <= max(first_ms(more)) + 1e-6


@given(st.integers(1, 200), st.floats(0.5, 60), st.floats(1, 4))
def test_a_slower_machine_never_serves_a_listener_better(characters: int, factor: float, slower: float) -> None:
    """Of several listeners it may: the order of the deadlines then differs."""
    fast, slow = (simulate(times(COSTS, each), at_once(1, (characters,)), 2.0) for each in (factor, factor * slower))
    assert fast.listeners[0].first_s <= slow.listeners[0].first_s + 1e-9
    assert fast.listeners[0].playback.starved_s <= slow.listeners[0].playback.starved_s + 1e-9


@given(SCHEDULES)
def test_a_machine_without_costs_lets_nobody_wait(schedule: list[Wanted]) -> None:
    simulated = simulate(times(COSTS, 0), schedule, 2.0)
    assert simulated.underruns == 0
    assert set(first_ms(simulated)) == {0.0}

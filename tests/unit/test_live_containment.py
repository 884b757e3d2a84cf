"""When a plugin counts as hung, and which chain a replaced process gets."""

import pytest

from steadyvoice.daemon.live.containment import HUNG_S, Block, HangWatch, after_death, place_of
from steadyvoice.ipc.live_protocol import LiveChain, PluginStatus

CHAIN = LiveChain(7, 1, 0, "gain,~/bad.py")


def plugin(number: int) -> PluginStatus:
    return PluginStatus(
        name=f"p{number}", reference="p", parameters={}, latency=0, p50_us=1, p99_us=1, budget_us=1, problem="",
        number=number,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("looks", "latency", "hung"),
    [
        ([(0.0, (7, 2, 512)), (HUNG_S / 2, (7, 2, 512))], 0, False),
        ([(0.0, (7, 2, 512)), (HUNG_S * 1.01, (7, 2, 512))], 0, True),
        ([(0.0, (7, 2, 512)), (HUNG_S * 1.01, (7, 2, 1024))], 0, False),  # another block
        ([(0.0, (7, 2, 512)), (HUNG_S * 1.01, (7, 3, 512))], 0, False),  # another plugin
        ([(0.0, (7, 0, 512)), (9.0, (7, 0, 512))], 0, False),  # no plugin has it
        ([(0.0, (0, 0, 0)), (9.0, (0, 0, 0))], 0, False),  # it waits for a block
        ([(0.0, (7, 2, 512)), (HUNG_S * 1.01, (7, 2, 512))], 48_000, False),  # a model may take long
        ([(0.0, (7, 2, 512)), (2.01, (7, 2, 512))], 48_000, True),
    ],
)
def test_hang(looks: list[tuple[float, Block]], latency: int, hung: bool) -> None:
    watch = HangWatch()
    assert [watch.has_hung(at, block, latency) for at, block in looks][-1] is hung


@pytest.mark.parametrize(
    ("block", "place"), [((7, 5, 0), 0), ((7, 6, 0), 1), ((7, 0, 0), None), ((7, 9, 0), None), ((0, 0, 0), None)]
)
def test_place_of_the_plugin_that_had_the_block(block: Block, place: int | None) -> None:
    assert place_of(block, [plugin(5), plugin(6)]) == place
    assert place_of((7, 0, 0), [plugin(0)]) is None, "one that is left out has the number 0"


@pytest.mark.parametrize(
    ("was_killed", "deaths", "left_out"),
    [(False, 1, [1]), (True, 1, []), (True, 2, [1])],
)
def test_chain_after_a_death(was_killed: bool, deaths: int, left_out: list[int]) -> None:
    assert after_death(CHAIN, 1, was_killed=was_killed, deaths={1: deaths}).left_out == left_out


def test_a_plugin_is_left_out_once() -> None:
    chain = after_death(CHAIN, 1, was_killed=False, deaths={1: 1})
    assert after_death(chain, 1, was_killed=False, deaths={1: 2}) is chain

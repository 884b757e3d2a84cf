"""A chain of plugins that changes while it runs: lengths, fades, state, latency, parameters, status."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.live_plugins import BLOCK, Late, Samples

from steadyvoice.workers.plugins.chain import Chain
from steadyvoice.workers.plugins.change import names, staying
from steadyvoice.workers.plugins.guard import LATE_BLOCKS
from steadyvoice.workers.plugins.plugin import PluginRefused
from steadyvoice.workers.plugins.spec import parse

BUDGET_US = 1e7
LATE = "support.live_plugins:Late"
FAULTY = "support.live_plugins:Faulty"


def chain(text: str = "", **more: object) -> Chain:
    made = Chain(BUDGET_US, allowed=("support.live_plugins",), **more)  # type: ignore[arg-type]
    if text:
        made.change(parse(text))
    return made


def sound(blocks: int, first: int = 0) -> Samples:
    at = np.arange(first * BLOCK, (first + blocks) * BLOCK)
    return (0.3 * np.sin(2 * np.pi * 200 * at / 48000) + 0.2 * np.sin(2 * np.pi * 31 * at / 48000)).astype(np.float32)


def played(chain: Chain, given: Samples) -> Samples:
    return np.concatenate([chain.process(block).copy() for block in given.reshape(-1, BLOCK)])


@pytest.fixture(autouse=True)
def _counts() -> None:
    Late.opened.clear()
    Late.closed.clear()


def delayed(given: Samples, by: int) -> Samples:
    return np.concatenate((np.zeros(by, np.float32), given))[: len(given)]


def test_an_empty_chain_is_the_identity_bit_for_bit() -> None:
    given = np.frombuffer(np.random.default_rng(0).bytes(4 * BLOCK), np.float32)  # NaN among them
    assert chain().process(given).tobytes() == given.tobytes()
    assert (chain().latency, chain().status(), chain().specs) == (0, [], ())


def test_a_chain_from_its_first_block_on() -> None:
    made = chain("sine:mode=add:db=-40,gain:db=-6")
    out = played(made, sound(20))
    assert np.abs(np.diff(out)).max() < 0.05
    assert [each.name for each in made.status()] == ["sine", "gain"]


@pytest.mark.parametrize("samples", [0, 1, 511, 512, 513, 5000])
def test_a_plugin_with_latency_is_heard_once_it_has_filled_it(samples: int) -> None:
    made = chain(f"{LATE}:samples={samples}:gain=-1")
    out = played(made, sound(20))
    wait = -(-samples // BLOCK)
    assert np.array_equal(out[: wait * BLOCK], sound(wait))
    assert np.array_equal(out[wait * BLOCK + 240 :], -delayed(sound(20), samples)[wait * BLOCK + 240 :])
    assert np.abs(np.diff(out)).max() < 0.03
    assert made.latency == samples


def test_latency_changes_with_what_is_heard() -> None:
    made = chain(f"{LATE}:samples=700")
    assert made.latency == 0
    seen = [made.latency for block in sound(4).reshape(-1, BLOCK) if made.process(block) is not None]
    assert seen == [0, 0, 700, 700]
    made.change(())
    assert made.latency == 700
    made.process(sound(1))
    assert made.latency == 0


def test_a_plugin_that_stays_keeps_its_state_and_is_never_fed_twice() -> None:
    made = chain(f"{LATE}:samples=100")
    played(made, sound(5))
    for text in (f"gain,{LATE}:samples=100", f"{LATE}:samples=100:gain=2,shift:pitch=1", f"{LATE}:samples=100"):
        made.change(parse(text))
        played(made, sound(7))
    [late] = Late.opened
    assert late.blocks == 3 + 5 + 3 * 7
    assert late.gain == 1.0  # the new chain is what was asked for, with its defaults
    assert Late.closed == []


def test_a_plugin_is_replaced_in_one_fade() -> None:
    made = chain(f"{LATE}:samples=600")
    given = sound(20)
    before = played(made, given[: 10 * BLOCK])
    made.change(parse(f"{LATE}:samples=1000:gain=-1"))
    after = played(made, given[10 * BLOCK :])
    out = np.concatenate((before, after))
    assert np.array_equal(out[3 * BLOCK : 12 * BLOCK], delayed(given, 600)[3 * BLOCK : 12 * BLOCK])
    assert np.array_equal(out[12 * BLOCK + 240 :], -delayed(given, 1000)[12 * BLOCK + 240 :])
    assert np.abs(np.diff(out)).max() < 0.03
    made.tidy()
    assert Late.closed == Late.opened[:1]


def test_nothing_changes_where_a_new_chain_cannot_be_opened(tmp_path: Path) -> None:
    made = chain(f"{LATE}:samples=0")
    played(made, sound(2))
    for text in (
        "gian",
        f"{LATE}:samples=1,gain:db=99",
        f"{LATE}:samples=1,{FAULTY}:at=-2",
        f"{LATE}:samples=1,{tmp_path}/x.py",
    ):
        with pytest.raises(PluginRefused):
            made.change(parse(text))
    assert np.array_equal(played(made, sound(3)), sound(3))
    assert [str(spec) for spec in made.specs] == [f"{LATE}:samples=0"]
    assert Late.closed == Late.opened[1:]
    assert len(Late.closed) == 1  # only one of these chains got as far as opening


def test_a_fault_costs_its_plugin_only() -> None:
    made = chain(f"{FAULTY}:at=5,{LATE}:samples=0:gain=0.5")
    out = played(made, sound(10))
    wet = 0.5 * delayed(sound(10), 300)
    assert np.array_equal(out[6 * BLOCK :], wet[6 * BLOCK :])
    assert made.latency == 300
    [faulty, late] = made.status()
    assert (faulty.problem, late.problem) == ("process returned NaN or infinity", "")


def test_wet_again_on_request() -> None:
    made = chain(f"{FAULTY}:at=2")
    played(made, sound(6))
    made.set_parameter("Faulty", "at", -9)
    assert made.status()[0].problem
    made.change(made.specs)
    assert made.status()[0].problem  # not asked for
    made.retry("Faulty")
    out = played(made, sound(6, 6))
    assert not made.status()[0].problem
    assert np.array_equal(out[2 * BLOCK :], -delayed(sound(12), 300)[8 * BLOCK :])
    assert np.abs(np.diff(out)).max() < 0.06
    with pytest.raises(PluginRefused, match="the chain has no 'x'; it has Faulty"):
        made.retry("x")


def test_parameters_change_while_it_runs() -> None:
    made = chain(f"gain,{LATE}:samples=10,gain")
    played(made, sound(2))
    made.set_parameter("gain-2", "db", "-12")
    made.set_parameter("Late", "gain", 2)
    assert [each.parameters for each in made.status()] == [{"db": 0.0}, {"samples": 10, "gain": 2.0}, {"db": -12.0}]
    assert [str(spec) for spec in made.specs] == ["gain", f"{LATE}:samples=10:gain=2.0", "gain:db=-12.0"]
    assert len(Late.opened) == 1
    for name, parameter, value, said in (
        ("gain", "db", 99, "gain: db is 99; it takes -60 to 24 dB"),
        ("gain", "hz", 1, "gain: there is no parameter 'hz'; it has db"),
        ("lowpass", "hz", 1, "the chain has no 'lowpass'; it has gain, Late, gain-2"),
    ):
        with pytest.raises(PluginRefused) as refused:
            made.set_parameter(name, parameter, value)
        assert str(refused.value) == said
    assert made.status()[0].parameters == {"db": 0.0}


def test_a_fixed_parameter_opens_the_plugin_again() -> None:
    made = chain(f"{LATE}:samples=10")
    played(made, sound(3))
    made.set_parameter("Late", "samples", 20)
    played(made, sound(3))
    made.tidy()
    assert made.latency == 20
    assert (len(Late.opened), Late.closed) == (2, Late.opened[:1])


def test_the_slowest_plugin_is_late_where_the_sum_is() -> None:
    made = chain(f"{LATE}:samples=0,shift:pitch=3")
    made._budget_ns = 0  # each guard has its own, which is not exceeded
    played(made, sound(LATE_BLOCKS))
    assert [bool(each.problem) for each in made.status()] == [False, True]


def test_status_and_running() -> None:
    running = [0]
    made = chain("gain,lowpass", running=running)
    played(made, sound(4))
    gain, lowpass = made.status()
    assert (gain.number, lowpass.number) == (1, 2)
    assert (gain.reference, gain.latency, gain.budget_us) == ("gain", 0, BUDGET_US)
    assert 0 < gain.p50_us <= gain.p99_us
    assert running == [0]


def test_a_prepared_change_may_be_discarded() -> None:
    made = chain(f"{LATE}:samples=1")
    change = made.prepare(parse(f"{LATE}:samples=1,{LATE}:samples=2"))
    change.discard()
    assert Late.closed == Late.opened[1:]
    assert len(made.status()) == 1
    made.close()
    assert Late.closed == [Late.opened[1], Late.opened[0]]
    assert made.process(sound(1)) is not None


def test_a_change_is_prepared_on_another_thread_while_the_chain_runs() -> None:
    made, out = chain(f"{LATE}:samples=40"), []
    with ThreadPoolExecutor(1) as pool:
        for at in range(20):
            if at % 5 == 1:
                change = pool.submit(made.prepare, parse(f"{LATE}:samples=40" + ",gain" * at))
            out.append(made.process(sound(1, at)).copy())
            if at % 5 == 3:
                made.apply(change.result())
    assert np.allclose(np.concatenate(out)[2 * BLOCK :], delayed(sound(20), 40)[2 * BLOCK :], atol=1e-6)
    assert (len(Late.opened), len(made.status())) == (1, 17)


@pytest.mark.parametrize(
    ("old", "new", "stay"),
    [
        ("", "ab", {}), ("ab", "ab", {0: 0, 1: 1}), ("ab", "b", {0: 1}), ("ab", "ba", {1: 0}),
        ("ab", "axb", {0: 0, 2: 1}),
        ("abc", "xcx", {1: 2}), ("aa", "a", {0: 0}), ("abc", "adc", {0: 0, 2: 2}),
    ],
)  # fmt: skip
def test_which_plugins_stay(old: str, new: str, stay: dict[int, int]) -> None:
    assert staying(list(old), list(new)) == stay


def test_names_are_unique() -> None:
    assert names(["gain", "shift", "gain", "gain"]) == ["gain", "shift", "gain-2", "gain-3"]


@given(
    st.lists(
        st.sampled_from(["gain", "gain:db=-6", "lowpass", "sine:mode=add:db=-30", f"{LATE}:samples=40"]), max_size=3
    )
)
def test_the_order_is_as_asked(plugins: list[str]) -> None:
    made = chain("gain,lowpass")
    made.process(sound(1))
    made.change(parse(",".join(plugins)))
    made.process(sound(1))
    made.process(sound(1))
    assert [str(spec) for spec in made.specs] == plugins
    assert [place.now.number for place in made._places if place.now] == [each.number for each in made.status()]


class Changing(RuleBasedStateMachine):
    """A chain of delays changes at random times: what comes out has no step, and its latency is the declared one."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = chain()
        self.at = 0
        self.last = 0.0
        self.quiet = 0

    @rule(delays=st.lists(st.sampled_from([0, 3, 600, 1500]), max_size=4))
    def change(self, delays: list[int]) -> None:
        self.chain.change(parse(",".join(f"{LATE}:samples={delay}" for delay in delays)))
        self.quiet = 0

    @rule(blocks=st.integers(1, 5))
    def play(self, blocks: int) -> None:
        for _ in range(blocks):
            out = self.chain.process(sound(1, self.at))
            assert out.shape == (BLOCK,)
            assert out.dtype == np.float32
            assert np.abs(np.diff(np.concatenate(([self.last], out)))).max() < 0.035
            self.at, self.last, self.quiet = self.at + 1, float(out[-1]), self.quiet + 1

    @precondition(lambda self: self.quiet > 13 and self.at > 40)
    @rule()
    def is_as_late_as_declared(self) -> None:
        late = self.chain.latency
        assert late == sum(each.latency for each in self.chain.status())
        wanted = sound(40, self.at - 39)[39 * BLOCK - late : 40 * BLOCK - late]
        assert np.allclose(self.chain.process(sound(1, self.at)), wanted, atol=1e-6)
        self.at, self.last = self.at + 1, float(wanted[-1])

    @invariant()
    def has_no_places_left_over(self) -> None:
        if self.quiet > 13:
            assert len(self.chain._places) == len(self.chain.status())


TestChanging = Changing.TestCase

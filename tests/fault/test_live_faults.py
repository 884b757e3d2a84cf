"""A plugin that does its worst, and stages that end: live sound goes on, with the source's own sound meanwhile."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import alive, eventually
from support.live_daemon import LiveDaemon, Samples, live_daemon, original
from support.matrix import quick

from steadyvoice.client import Client, Utterance

pytestmark = pytest.mark.alone  # a plugin that hangs keeps the core of all real-time stages
SECOND = 48000
LOUDER = 10 ** (6.0206 / 20)
PLUGIN = """
import ctypes, os, time
import numpy as np

class Bad:
    def process(self, block):
        order = open({order!r}).read()
        if order == "raise": raise ValueError("as ordered")
        if order == "nan": block[7] = np.nan
        if order == "shape": return block[:100]
        if order == "explode": return block * np.float32(1e6)
        if order == "slow": time.sleep(0.012)
        if order == "sleep": time.sleep(3600)
        if order == "hang":
            while True: np.sort(np.random.rand(5_000_000))
        if order == "segfault": ctypes.string_at(0)
        if order == "exit": os._exit(3)
        return block * np.float32(0.5)
"""


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plugin") / "order"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, cache: Path, order: Path) -> Iterator[LiveDaemon]:
    order.with_name("bad.py").write_text(PLUGIN.format(order=str(order)))
    order.write_text("")
    settings = f'engines = ["paced"]\nvoice = "paced"\nlive.plugins = ["{order.with_name("bad.py")}"]\n'
    with live_daemon(tmp_path_factory.mktemp("user"), cache, settings) as daemon:
        yield daemon


@pytest.fixture
def client(live: LiveDaemon, order: Path) -> Iterator[Client]:
    order.write_text("")
    live.samples.write_bytes(b"")
    with live.daemon.client() as client:
        yield client
    eventually(lambda: "input" not in [stage["name"] for stage in live.daemon.status()["stages"]])


@pytest.fixture
def session(live: LiveDaemon, client: Client, order: Path) -> Utterance:
    """Half as loud by a plugin that behaves so far, and twice as loud again by another one."""
    session = client.live("noise:4", f"{order.with_name('bad.py')},gain:db=6.0206")
    live.wait_for_sound(SECOND // 4)
    return session


def problem(live: LiveDaemon) -> str:
    return live.session["through"][0]["problem"]


def is_heard(live: LiveDaemon, factor: float, seed: int = 4) -> bool:
    """The last tenth of a second was the noise, so many times as loud as the source."""
    return places_of(live.heard()[-4800:] / np.float32(factor), original(60 * SECOND, seed)) >= 0


def places_of(block: Samples, wanted: Samples) -> int:
    """Where the block is in the original; -1: nowhere."""
    correlation = np.correlate(wanted, block[:480], "valid")
    at = int(np.argmax(correlation))
    return at if np.allclose(wanted[at : at + len(block)], block, atol=1e-4) else -1


@pytest.mark.parametrize("fault", quick(2, ["raise", "slow", "nan", "shape", "explode"]))
def test_a_plugin_that_breaks_its_contract_is_passed_by_and_the_rest_of_the_chain_goes_on(
    live: LiveDaemon, client: Client, session: Utterance, order: Path, fault: str
) -> None:
    order.write_text(fault)
    eventually(lambda: problem(live))
    live.wait_for_sound(SECOND // 4)
    eventually(lambda: is_heard(live, LOUDER))
    order.write_text("")
    client.change_live(session.id)
    assert problem(live) == ""
    live.wait_for_sound(SECOND // 4)
    eventually(lambda: is_heard(live, 1.0))  # both plugins are heard again
    session.cancel()


@pytest.mark.parametrize(
    ("fault", "named"), [("segfault", "SIGSEGV"), ("exit", "exit status 3"), ("hang", "hung"), ("sleep", "hung")]
)
def test_a_plugin_that_ends_or_hangs_its_process_is_left_out_until_it_is_asked_for(
    live: LiveDaemon, client: Client, session: Utterance, order: Path, fault: str, named: str
) -> None:
    before = live.pid("converter")
    order.write_text(fault)
    eventually(lambda: named in problem(live))
    eventually(lambda: live.pid("converter") not in (0, before))
    assert not alive(before)
    live.wait_for_sound(SECOND // 4)
    assert live.session["times_dry"] >= 1
    eventually(lambda: is_heard(live, LOUDER))
    order.write_text("")
    client.change_live(session.id)
    live.wait_for_sound(SECOND // 4)
    assert problem(live) == ""
    eventually(lambda: is_heard(live, 1.0))
    session.cancel()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("stage", ["input", "converter", "output"])
def test_a_stage_that_ends_or_stops_is_a_gap_and_not_an_end(
    live: LiveDaemon, client: Client, stage: str, number: signal.Signals
) -> None:
    session = client.live("noise:6")
    live.wait_for_sound(SECOND // 4)
    before = live.pid(stage)
    os.kill(before, number)
    eventually(lambda: live.pid(stage) not in (0, before))
    live.wait_for_sound(SECOND // 2)
    eventually(lambda: is_heard(live, 1.0, 6))
    wanted, heard = original(60 * SECOND, 6), live.heard()
    status = live.session
    if stage == "converter" and not status["lost"] and not status["inserted"]:
        assert np.array_equal(heard[: SECOND // 2], wanted[: SECOND // 2]), "without plugins there is no difference"
    session.cancel()
    assert session.finished is not None


def test_a_plugin_that_is_killed_from_outside_is_used_again(live: LiveDaemon, client: Client, order: Path) -> None:
    session = client.live("noise:4", str(order.with_name("bad.py")))
    live.wait_for_sound(SECOND // 4)
    before = live.pid("converter")
    os.kill(before, signal.SIGKILL)
    eventually(lambda: live.pid("converter") not in (0, before))
    live.wait_for_sound(SECOND // 2)
    assert problem(live) == ""
    eventually(lambda: is_heard(live, 0.5))
    session.cancel()

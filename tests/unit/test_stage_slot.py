"""StageSlot: starts, restarts and gives up processes, with a loop and processes that the test controls."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.daemon.supervision.profiles import Profiles
from steadyvoice.daemon.supervision.readings import Readings
from steadyvoice.daemon.supervision.restart_policy import MAX_FAILED_STARTS
from steadyvoice.daemon.supervision.stage_slot import RETRY_S, SlotOwner, StageSlot
from steadyvoice.daemon.supervision.stage_stats import StageStats
from steadyvoice.daemon.topology import SHARED, StageSpec
from steadyvoice.ipc.stage_protocol import Failed, FromStage, Loading, Ready


class FakeLoop:
    """Time passes only in ``advance``."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = []
        self.readers: dict[object, Callable[[], None]] = {}

    def time(self) -> float:
        return self.now

    def call_later(self, delay_s: float, callback: Callable[..., None], *arguments: object) -> None:
        self.timers.append((self.now + delay_s, callback, arguments))

    def add_reader(self, fd: object, callback: Callable[[], None]) -> None:
        self.readers[fd] = callback

    def remove_reader(self, fd: object) -> None:
        self.readers.pop(fd, None)

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer[0] <= end]:
            timer = min(due, key=lambda timer: timer[0])
            self.timers.remove(timer)
            self.now = timer[0]
            timer[1](*timer[2])
        self.now = end


STAGES = {stage.name: stage for stage in SHARED.with_engine("hibari").stages}
VOCODER = STAGES["vocoder"]


class FakeProcess:
    """Ends when the test calls the slot's reader of ``pidfd``."""

    def __init__(self, pid: int) -> None:
        self.pid, self.pidfd = pid, f"pidfd {pid}"
        self.messages: list[FromStage] = []
        self.channel = SimpleNamespace(socket=f"socket {pid}", closed=False, receive=self._receive)
        self.ready: Ready | None = None
        self.problem = self.loading = ""
        self.loads: set[str] = set()
        self.exit_status = 1
        self.hung = self.was_killed = self.was_stable = self.closed = self.terminated = False

    def _receive(self) -> list[FromStage]:
        messages, self.messages = self.messages, []
        return messages

    def mark_ready(self, ready: Ready) -> None:
        self.ready = ready

    def begin_loading(self, what: str) -> None:
        self.loading = what
        self.loads.add(what)

    def cause_of_death(self) -> str:
        return self.problem or "exit status 1"

    def terminate(self) -> None:
        self.terminated = True

    def close(self) -> None:
        self.closed = True


class Owner:
    """Records what the slot reports."""

    def __init__(self) -> None:
        self.config, self.optionals, self.readings, self.profiles = Config(), Optionals(), Readings(), Profiles()
        self.stats = StageStats()
        self.calls: list[tuple[object, ...]] = []
        self.processes: list[FakeProcess] = []
        self.fails = self.given_up = ""
        self.pipeline = SimpleNamespace(fence_stage=lambda name: (7, 1, 2))
        self.recovery = SimpleNamespace(died=self._call("died"), replay=self._call("replay"))
        self.events = SimpleNamespace(stage_given_up=self._call("stage given up"), on_message=self._call("message"))
        self.on_ready, self.on_given_up = self._call("ready"), self._call("given up")
        self.useless = ""
        self.engines_with_voices = {"hibari", "soprano"}

    def why_useless(self, stage: StageSpec) -> str:
        return self.useless

    def _call(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **_: self.calls.append((name, *arguments))

    def create_process(self, slot: StageSlot) -> FakeProcess:
        if self.fails:
            raise OSError(self.fails)
        self.processes.append(FakeProcess(len(self.processes) + 1))
        return self.processes[-1]


class Bench:
    """A slot with its owner and loop."""

    def __init__(self, stage: StageSpec, loop: FakeLoop) -> None:
        self.loop, self.owner = loop, Owner()
        self.slot = StageSlot(stage, cast(SlotOwner, self.owner))

    @property
    def process(self) -> FakeProcess:
        return self.owner.processes[-1]

    @property
    def held(self) -> object:
        """The process that the slot holds."""
        return self.slot.process

    def report(self, *messages: FromStage) -> None:
        self.process.messages += messages
        self.loop.readers[self.process.channel.socket]()

    def die(self) -> None:
        self.loop.readers[self.process.pidfd]()

    @property
    def starts(self) -> int:
        return len(self.owner.processes)


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Bench]:
    loop = FakeLoop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return lambda name: Bench(STAGES[name], loop)


READY = Ready(None, None)


def test_a_dead_process_is_replaced_and_its_work_is_repeated(make: Callable[[str], Bench]) -> None:
    bench = make("vocoder")
    bench.slot.start()
    bench.report(READY)
    first, first.was_stable = bench.process, True
    bench.die()
    assert bench.owner.calls == [
        ("ready", bench.slot, READY),
        ("died", VOCODER, (7, 1, 2), "stage vocoder hibari (pid 1) ended: exit status 1"),
        ("replay", VOCODER),
    ]
    assert first.closed
    assert bench.held is bench.process is not first
    assert (bench.slot.restarts, bench.starts) == (1, 2)
    assert set(bench.loop.readers) == {"pidfd 2", "socket 2"}


def test_messages_sent_before_the_death_are_handled(make: Callable[[str], Bench]) -> None:
    bench = make("vocoder")
    bench.slot.start()
    first = bench.process
    first.messages = [Failed(0, "stage_failed", "no memory"), Failed(3, "stage_failed", "bad text")]
    bench.die()
    assert bench.owner.calls == [("message", VOCODER, Failed(3, "stage_failed", "bad text")), ("replay", VOCODER)]
    assert first.problem == "no memory"


def test_an_unstable_stage_is_given_up_after_growing_delays(make: Callable[[str], Bench]) -> None:
    bench, delays = make("generator"), []
    bench.slot.start()
    for _ in range(MAX_FAILED_STARTS):
        bench.die()
        delays += [at - bench.loop.now for at, _, _ in bench.loop.timers]
        bench.loop.advance(10)
    assert delays == pytest.approx([0.1, 0.2, 0.4])
    assert bench.starts == MAX_FAILED_STARTS
    reason = f"stage generator hibari (pid {MAX_FAILED_STARTS}) ended: exit status 1"
    assert bench.owner.calls[-2:] == [("stage given up", STAGES["generator"], reason), ("given up", bench.slot)]
    assert bench.slot.failed == reason
    bench.loop.advance(1000)
    assert bench.starts == MAX_FAILED_STARTS
    bench.slot.reset()
    bench.slot.start()
    assert (bench.slot.failed, bench.starts) == ("", MAX_FAILED_STARTS + 1)


def test_only_the_output_gets_another_start(make: Callable[[str], Bench]) -> None:
    bench = make("output")
    bench.slot.start()
    for number in range(MAX_FAILED_STARTS, MAX_FAILED_STARTS + 3):
        while bench.slot.process is not None:
            bench.die()
            bench.loop.advance(10)
        assert bench.slot.failed
        assert bench.starts == number
        bench.loop.advance(RETRY_S)
    assert not bench.slot.failed, "it is started once more"


def test_processes_that_cannot_be_created(make: Callable[[str], Bench]) -> None:
    bench = make("converter")
    bench.owner.fails = "no descriptors"
    bench.slot.start()
    bench.loop.advance(2.5)
    bench.owner.fails = ""
    bench.loop.advance(2)
    assert (bench.starts, bench.slot.failed) == (1, "")
    bench.owner.fails = "no descriptors"
    bench.die()
    bench.loop.advance(100)
    assert bench.slot.failed == "stage converter cannot be started: no descriptors"


def test_a_new_configuration_replaces_the_process_without_delay(make: Callable[[str], Bench]) -> None:
    bench = make("vocoder")
    bench.slot.start()
    for _ in range(MAX_FAILED_STARTS - 2):
        bench.die()
        bench.loop.advance(1)
    bench.report(READY)
    assert bench.slot.has_reported
    bench.slot.replace()
    assert bench.process.terminated
    assert not bench.slot.has_reported
    before = bench.starts
    bench.die()
    assert bench.starts == before + 1
    assert not bench.loop.timers


def test_a_stage_whose_engine_cannot_be_loaded_is_given_up_at_once(make: Callable[[str], Bench]) -> None:
    bench = make("generator")
    bench.slot.start()
    bench.owner.useless = "no module named torch"
    bench.die()
    assert (bench.starts, bench.slot.failed) == (1, "no module named torch")
    assert bench.owner.calls[-1] == ("given up", bench.slot)


def test_death_at_an_optional_item_is_no_failed_start(make: Callable[[str], Bench]) -> None:
    bench = make("generator")
    bench.slot.start()
    for _ in range(3 * MAX_FAILED_STARTS):
        bench.report(Loading("engine soprano"))
        bench.die()
    assert bench.starts == 3 * MAX_FAILED_STARTS + 1
    assert bench.owner.optionals.fatal == {"engine soprano"}


def test_deaths_at_an_item_do_not_add_up_over_successful_starts(make: Callable[[str], Bench]) -> None:
    bench = make("generator")
    bench.slot.start()
    for _ in range(10):
        bench.report(Loading("engine soprano"))
        bench.die()
        bench.report(Loading("engine soprano"), Loading(""), READY)
        bench.die()
    assert not bench.owner.optionals.fatal


def test_the_only_engine_with_a_voice_is_not_left_out(make: Callable[[str], Bench]) -> None:
    bench = make("generator")
    bench.owner.engines_with_voices = {"hibari"}
    bench.slot.start()
    bench.report(Loading("engine hibari"))
    bench.die()
    bench.report(Loading("engine hibari"))
    bench.die()
    assert not bench.owner.optionals.fatal


def test_a_released_process_is_no_longer_watched(make: Callable[[str], Bench]) -> None:
    bench = make("vocoder")
    bench.slot.start()
    bench.report(READY)
    held = bench.slot.process
    assert bench.held is bench.process
    assert bench.slot.release() is held
    assert not bench.loop.readers
    assert (bench.slot.process, bench.slot.has_reported) == (None, False)
    bench.slot.receive()
    assert bench.slot.release() is None

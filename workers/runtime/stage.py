"""What every stage shares: its place in the pipeline, its loop, and how a block goes from ring to ring."""

import contextlib
import signal
import time
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import msgspec

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import (
    Code,
    Fenced,
    Signal,
    Stale,
    SteadyvoiceError,
    Stopping,
    SupervisorGone,
    UtteranceFailed,
    describe,
)
from steadyvoice.ipc.notifier import EventNotifier, SemaphoreNotifier
from steadyvoice.ipc.playback_history import PlaybackHistory
from steadyvoice.ipc.ring import Consumer, Producer
from steadyvoice.ipc.shared_state import STAGES, SharedState
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_channel import SupervisorChannel
from steadyvoice.ipc.stage_protocol import Assignment, Failed, Go, Ready, RestartPoint, UtteranceSpec
from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Follower
from steadyvoice.workers.runtime import realtime

RECHECK_S: Final = 0.02
"""A lost wake-up costs this much while there is work."""
PAUSE_S: Final = 0.25
"""This much where an utterance waits for its writer or its listener."""
IDLE_S: Final = 1.0
"""And this much where there is none."""
_QUIET_ROUNDS: Final = 50
_REASON_CHARS: Final = 500

_decode_spec = msgspec.msgpack.Decoder(UtteranceSpec).decode


UtteranceError = UtteranceFailed


class OnLane(Protocol):
    utterance: int


State = TypeVar("State", bound=OnLane)


class Stage(Protocol):
    def warmup(self) -> Ready:
        """Run every real shape once; return what this stage can speak with or convert to.

        A successor does what is needed at once, tells nothing, and leaves the rest to Context.chores.
        """
        ...

    def step(self) -> float:
        """Do one block of work. 0: there may be more; else the longest time to sleep, in seconds, IDLE_S if idle."""
        ...


class Context:
    """A stage's place: its rings, its bell, its line on the board, its mail."""

    def __init__(self, assignment: Assignment, channel: SupervisorChannel) -> None:
        self.index = assignment.index
        self.settings = assignment.settings
        self.channel = channel
        self.shared = SharedState(assignment.shared)
        self.history = PlaybackHistory(assignment.history)
        self.role = assignment.role
        self.died_ns = 0
        """When the predecessor died, monotonic."""
        self.chores: dict[str, Callable[[], object]] = {}
        """What is to be made warm yet, by name: when it is needed, or when there is nothing to do."""
        self.words = self.shared.stage(assignment.index)
        self.notifier = SemaphoreNotifier(assignment.notifier)
        before = (
            SemaphoreNotifier(assignment.source_notifier)
            if assignment.index
            else EventNotifier(assignment.source_notifier)
        )
        self.source = Consumer(assignment.source, before)
        self.target: Producer | None = None
        if assignment.target is not None and assignment.target_notifier is not None:
            after = SemaphoreNotifier(assignment.target_notifier)
            self.target = Producer(assignment.target, after)
        self.stopping = False
        self.overran = False
        """Computed under SCHED_FIFO for realtime.RUNAWAY_US without a sleep."""

    def take_over(self, go: Go) -> None:
        """The rings are this stage's now."""
        self.source.join(go.source_generation)
        if self.target is not None:
            self.target.join(go.target_generation)
        self.died_ns = go.died_ns
        self.words.begin_block(0)

    def overrun(self, *_: object) -> None:
        self.overran = True

    def is_live(self, slot: Slot) -> bool:
        words = slot.words
        return self.shared.live(words[s.LANE]) == words[s.UTTERANCE]

    def begins(self, slot: Slot, restart: RestartPoint | None, has_state: bool) -> bool:
        """Whether a BEGIN is for this stage: to begin with the utterance, or anew. Else it goes on as it stands."""
        words = slot.words
        progress = self.shared.progress(self.index, words[s.LANE], words[s.UTTERANCE])
        if restart is None or restart.stage > self.index:
            return True
        if restart.stage == self.index:
            return progress is None or not progress.over
        return progress is None and not has_state

    def progress(self, slot: Slot, parts: int, rows: int, *, over: bool = False) -> None:
        """The slot, and with it all of so many parts, has been handed on."""
        words = slot.words
        self.shared.publish_progress(self.index, words[s.LANE], words[s.UTTERANCE], parts, rows, over=over)

    def follower(self, begin: Slot) -> Follower:
        """Its ``ahead``: what the utterance's listener will have when what is made now can come to him."""
        lane = begin.words[s.LANE]
        later = [self.shared.stage(index) for index in range(self.index + 1, STAGES)]
        return Follower(
            lambda: (self.shared.underrun_at(lane) - time.monotonic_ns()) / 1e9 - sum(stage.delay_s for stage in later),
            lambda: self.shared.min_input_s(lane),
        )

    def times(self, slot: Slot, started: int) -> list[int]:
        """The slot's history (slot.TIMES) with this stage's own step, finished now."""
        times = slot.times()
        times[2 * self.index : 2 * self.index + 2] = [started, time.monotonic_ns()]
        return times

    def room(self, producer: Producer, source: Slot) -> Slot:
        """Wait for a free slot. Stale or Stopping where waiting has lost its point."""
        while (slot := producer.reserve()) is None:
            self.words.beat("busy")
            self.words.begin_block(0)  # who dies waiting has not died of the block
            self.notifier.wait(RECHECK_S)
            if self.stopping:
                raise Stopping
            if not self.is_live(source):
                raise Stale
        return slot

    def need(self, name: str) -> None:
        """See to it that this is warm."""
        if (chore := self.chores.pop(name, None)) is not None:
            self.words.beat("starting")
            with realtime.relaxed():
                chore()
            self.words.beat("busy")

    def fail(self, slot: Slot, error: BaseException) -> None:
        """Tell the supervisor that the slot's utterance failed here. It will cancel it everywhere."""
        code: Code = error.code if isinstance(error, UtteranceError) else "stage_failed"
        self.channel.send(Failed(slot.words[s.UTTERANCE], code, describe(error, _REASON_CHARS)))

    def attempt(self, slot: Slot, work: Callable[[], object], forget: Callable[[], object]) -> None:
        """Do it for the slot's utterance. What it raises fails the utterance, not the stage; ``forget`` its state then.

        A plugin may raise anything, such as SystemExit, or what no ``except Exception`` catches.
        """
        try:
            work()
        except Stale:
            pass
        except Signal:
            raise
        except BaseException as error:
            self.fail(slot, error)
            forget()

    def work(self, handle: Callable[[Slot, int], None], lanes: "Lanes[State]") -> float:
        """Take one slot of the source: drop it if stale, else handle it, begun now. The step of all with one input."""
        slot = self.source.peek()
        if slot is None:
            lanes.sweep(self.shared)
            return PAUSE_S if lanes else IDLE_S
        started = time.monotonic_ns()
        if self.is_live(slot):
            self.words.beat("busy")
            self.words.begin_block(slot.words[s.UTTERANCE], slot.words[s.SEGMENT], slot.words[s.INDEX])
            self.attempt(slot, lambda: handle(slot, started), lambda: lanes.pop(slot.words[s.LANE], None))
            self.words.begin_block(0)
            self.words.worked(time.monotonic_ns() - started)
        self.source.release()
        return 0


class Lanes(dict[int, State]):
    """A stage's state of the utterance on each lane."""

    def of(self, slot: Slot) -> State | None:
        """The state of the slot's utterance; None where its BEGIN was not seen."""
        state = self.get(slot.words[s.LANE])
        return state if state is not None and state.utterance == slot.words[s.UTTERANCE] else None

    def sweep(self, shared: SharedState) -> None:
        """Let go of what was cancelled."""
        for lane in [lane for lane, state in self.items() if shared.live(lane) != state.utterance]:
            del self[lane]


def refuse_left_out(kind: str, name: str) -> None:
    """UtteranceError where the engine, or family of converters, of an utterance was left out."""
    if reason := optional.left_out.get(f"{kind} {name}"):
        raise UtteranceError("stage_failed", f"the {kind} {name!r} cannot be used: {reason}")


def spec(begin: Slot) -> UtteranceSpec:
    return _decode_spec(begin.bytes())


def run(make: Callable[[Context], Stage], channel: SupervisorChannel) -> None:
    """The loop of every stage: warm up, say so, then work and sleep until told to stop."""
    with contextlib.suppress(Stopping, Fenced, SupervisorGone):
        _serve(make, channel)


def _serve(make: Callable[[Context], Stage], channel: SupervisorChannel) -> None:
    assignment = channel.assignment()
    optional.report_to(channel.send)
    optional.exclude(assignment.settings.left_out)
    context = Context(assignment, channel)

    def stop(*_: object) -> None:
        context.stopping = True
        context.notifier.notify()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the supervisor's to handle

    realtime.limit_memory(assignment.settings.memory_mib)
    try:
        stage = make(context)
        ready = stage.warmup()
    except Exception as error:
        channel.send(Failed(0, "stage_failed", describe(error, _REASON_CHARS)))
        raise SystemExit(1) from None if isinstance(error, SteadyvoiceError) else error
    realtime.freeze()
    signal.signal(signal.SIGXCPU, context.overrun)
    quiet = 0
    if context.role == "standby":
        channel.send(ready)
    context.take_over(channel.go())
    granted = realtime.apply(assignment.settings.cpus, assignment.settings.priority)
    context.words.beat("ready")
    channel.send(granted)
    if context.role != "standby":
        channel.send(ready)
    while not context.stopping:
        sleep = stage.step()
        if context.overran:
            context.overran = False
            granted = realtime.demote(granted)
            channel.send(granted)
        if sleep == 0:
            quiet = 0
            continue
        if sleep >= IDLE_S and context.chores:
            context.need(next(iter(context.chores)))
            continue
        channel.flush()
        context.words.beat("ready" if sleep >= IDLE_S else "busy")
        if not context.notifier.wait(min(sleep, RECHECK_S if quiet < _QUIET_ROUNDS else IDLE_S)):
            quiet += 1
            if quiet > _QUIET_ROUNDS and channel.peer_gone():
                return

"""What all stages share: the place in the pipeline, the loop, and the way of a block from ring to ring."""

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
from steadyvoice.ipc.stage_protocol import Failed, Go, Ready
from steadyvoice.ipc.stage_start import Assignment
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec
from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Downstream
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.restart import begins_here

RECHECK_S: Final = 0.02
"""Longest sleep while there is work: the most that a lost notification costs."""
PAUSE_S: Final = 0.25
"""Longest sleep while an utterance waits for text or for its listener."""
IDLE_S: Final = 1.0
"""Longest sleep without an utterance."""
_QUIET_ROUNDS: Final = 50
"""After this many sleeps without a notification, sleeps last up to IDLE_S, and the supervisor is looked for."""
MAX_REASON_CHARS: Final = 500

_decode_spec = msgspec.msgpack.Decoder(UtteranceSpec).decode


class OnLane(Protocol):
    utterance: int


State = TypeVar("State", bound=OnLane)


class Stage(Protocol):
    def warmup(self) -> Ready:
        """Run every real tensor shape once; return the voices or converters that this stage has.

        A replacement warms up only what every utterance needs, returns none, and leaves the rest to
        ``Context.deferred_warmups``.
        """
        ...

    def step(self) -> float:
        """Do one block of work. Return 0 if there may be more, else the longest time to sleep, in seconds."""
        ...


class Context:
    """A stage's place in the pipeline: its rings, notifier, shared state, settings and channel to the supervisor."""

    def __init__(self, assignment: Assignment, channel: SupervisorChannel) -> None:
        self.index = assignment.index
        self.settings = assignment.settings
        self.channel = channel
        self.shared = SharedState(assignment.shared)
        self.history = PlaybackHistory(assignment.history)
        self.role = assignment.role
        self.died_ns = 0
        """When the process that this one replaces died, monotonic; 0: it replaces none."""
        self.deferred_warmups: dict[str, Callable[[], object]] = {}
        """Warm-ups by engine or family that a replacement does when they are needed, or when it is idle."""
        self.stage_state = self.shared.stage(assignment.index)
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
        """The stage has computed under SCHED_FIFO for realtime.RUNAWAY_US without a sleep."""

    def take_over(self, go: Go) -> None:
        """Use the rings, which the stage owns from now on."""
        self.source.join(go.source_generation)
        if self.target is not None:
            self.target.join(go.target_generation)
        self.died_ns = go.died_ns
        self.stage_state.begin_block(0)

    def is_live(self, slot: Slot) -> bool:
        words = slot.words
        return self.shared.live(words[s.LANE]) == words[s.UTTERANCE]

    def begins(self, slot: Slot, restart: RestartPoint | None, has_state: bool) -> bool:
        """Whether the slot, a BEGIN, begins its utterance in this stage; see ``begins_here``."""
        words = slot.words
        progress = self.shared.progress(self.index, words[s.LANE], words[s.UTTERANCE])
        return begins_here(self.index, restart, progress, has_state)

    def publish_progress(self, slot: Slot, segments: int, frames_or_samples: int, *, finished: bool = False) -> None:
        """Publish what this stage has committed of the slot's utterance; see shared_state.Progress.

        Call it after the slots have been published, and before the input slot is released.
        """
        words = slot.words
        lane, utterance = words[s.LANE], words[s.UTTERANCE]
        self.shared.publish_progress(self.index, lane, utterance, segments, frames_or_samples, finished=finished)

    def downstream(self, begin: Slot) -> Downstream:
        """The utterance's listener; ``ahead``: what it has left to play when a block made now arrives there."""
        lane = begin.words[s.LANE]
        later = [self.shared.stage(index) for index in range(self.index + 1, STAGES)]
        return Downstream(
            lambda: (self.shared.underrun_at(lane) - time.monotonic_ns()) / 1e9 - sum(stage.delay_s for stage in later),
            lambda: self.shared.min_input_s(lane),
        )

    def times(self, slot: Slot, started: int) -> list[int]:
        """The slot's times (slot.TIMES), with this stage's own, which end now."""
        times = slot.times()
        times[2 * self.index : 2 * self.index + 2] = [started, time.monotonic_ns()]
        return times

    def wait_for_slot(self, producer: Producer, source: Slot) -> Slot:
        """Wait for a free slot. Stale if the utterance of ``source`` is cancelled meanwhile; Stopping."""
        while (slot := producer.reserve()) is None:
            self.stage_state.beat("busy")
            self.stage_state.begin_block(0)  # so that a death while waiting is not blamed on the block
            self.notifier.wait(RECHECK_S)
            if self.stopping:
                raise Stopping
            if not self.is_live(source):
                raise Stale
        return slot

    def ensure_warm(self, name: str) -> None:
        """Do the engine's or family's warm-up, if it was deferred."""
        if (warm_up := self.deferred_warmups.pop(name, None)) is not None:
            self.stage_state.beat("starting")
            with realtime.relaxed():
                warm_up()
            self.stage_state.beat("busy")

    def fail(self, slot: Slot, error: BaseException) -> None:
        """Report that the slot's utterance failed in this stage. The supervisor cancels it in all stages."""
        code: Code = error.code if isinstance(error, UtteranceFailed) else "stage_failed"
        self.channel.send(Failed(slot.words[s.UTTERANCE], code, describe(error, MAX_REASON_CHARS)))

    def attempt(self, slot: Slot, work: Callable[[], object], forget: Callable[[], object]) -> None:
        """Call ``work`` for the slot's utterance. If it raises, fail the utterance, not the stage, and call ``forget``.

        A plugin may raise any exception, also SystemExit and others that are no ``Exception``.
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
        """The ``step`` of a stage with one input: handle one slot, or drop it if its utterance was cancelled."""
        slot = self.source.peek()
        if slot is None:
            lanes.drop_cancelled(self.shared)
            return PAUSE_S if lanes else IDLE_S
        started = time.monotonic_ns()
        if self.is_live(slot):
            self.stage_state.beat("busy")
            self.stage_state.begin_block(slot.words[s.UTTERANCE], slot.words[s.SEGMENT], slot.words[s.INDEX])
            self.attempt(slot, lambda: handle(slot, started), lambda: lanes.pop(slot.words[s.LANE], None))
            self.stage_state.begin_block(0)
            self.stage_state.worked(time.monotonic_ns() - started)
        self.source.release()
        return 0


class Lanes(dict[int, State]):
    """A stage's state of each utterance, by lane."""

    def of(self, slot: Slot) -> State | None:
        """The state of the slot's utterance; None if the stage has not seen its BEGIN."""
        state = self.get(slot.words[s.LANE])
        return state if state is not None and state.utterance == slot.words[s.UTTERANCE] else None

    def drop_cancelled(self, shared: SharedState) -> None:
        """Drop the state of cancelled utterances."""
        for lane in [lane for lane, state in self.items() if shared.live(lane) != state.utterance]:
            del self[lane]


def refuse_left_out(kind: str, name: str) -> None:
    """UtteranceFailed if the engine, or family of converters, could not be loaded."""
    if reason := optional.left_out.get(f"{kind} {name}"):
        raise UtteranceFailed("stage_failed", f"the {kind} {name!r} cannot be used: {reason}")


def spec(begin: Slot) -> UtteranceSpec:
    return _decode_spec(begin.bytes())


def run(make: Callable[[Context], Stage], channel: SupervisorChannel) -> None:
    """The life of a stage process: warm up, report Ready, then work and sleep until the supervisor stops it."""
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

    def overrun(*_: object) -> None:
        context.overran = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor handles the terminal's Ctrl-C

    realtime.limit_memory(assignment.settings.memory_mib)
    try:
        stage = make(context)
        ready = stage.warmup()
    except Exception as error:
        channel.send(Failed(0, "stage_failed", describe(error, MAX_REASON_CHARS)))
        raise SystemExit(1) from None if isinstance(error, SteadyvoiceError) else error
    realtime.freeze()
    signal.signal(signal.SIGXCPU, overrun)
    quiet = 0
    if context.role == "standby":
        channel.send(ready)
    context.take_over(channel.go())
    granted = realtime.apply(assignment.settings.cpus, assignment.settings.priority)
    context.stage_state.beat("ready")
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
        if sleep >= IDLE_S and context.deferred_warmups:
            context.ensure_warm(next(iter(context.deferred_warmups)))
            continue
        channel.flush()
        context.stage_state.beat("ready" if sleep >= IDLE_S else "busy")
        if not context.notifier.wait(min(sleep, RECHECK_S if quiet < _QUIET_ROUNDS else IDLE_S)):
            quiet += 1
            if quiet > _QUIET_ROUNDS and channel.peer_gone():
                return

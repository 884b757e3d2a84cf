"""A stage's place in the topology: its rings, and the way of a block from ring to ring."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import msgspec

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.errors import Code, Signal, Stale, Stopping, UtteranceFailed, describe
from steadyvoice.ipc.flight_recorder import FlightRecorder
from steadyvoice.ipc.notifier import SemaphoreNotifier
from steadyvoice.ipc.profile_protocol import ProfileBlocks
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.sample_history import PlaybackHistory, SampleHistory
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.slot import Slot, keep
from steadyvoice.ipc.stage_channel import SupervisorChannel
from steadyvoice.ipc.stage_metrics import MetricsBlock
from steadyvoice.ipc.stage_protocol import Failed, Go, Linked, ToStage, Unlinked
from steadyvoice.ipc.stage_start import Assignment, Links
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec
from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Downstream, voice_of
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.restart import begins_here
from steadyvoice.workers.runtime.ring_input import Floats, Input

RECHECK_S: Final = 0.02
"""Longest sleep while there is work: the most that a lost notification costs."""
PAUSE_S: Final = 0.25
"""Longest sleep while an utterance waits for text or for its listener."""
IDLE_S: Final = 1.0
"""Longest sleep without an utterance."""
MAX_REASON_CHARS: Final = 500

_decode_spec = msgspec.msgpack.Decoder(UtteranceSpec).decode


class OnLane(Protocol):
    utterance: int


State = TypeVar("State", bound=OnLane)


class Context:
    """What a stage has of the pipeline: rings, notifier, shared state, settings and the channel to the supervisor.

    More than 12 methods: most are one line, and each is a question that several stages ask.
    """

    def __init__(self, assignment: Assignment, channel: SupervisorChannel) -> None:
        self.number = assignment.number
        self.settings = assignment.settings
        self.channel = channel
        self.shared = SharedState(assignment.shared)
        self.playback = PlaybackHistory(assignment.playback)
        self.capture = SampleHistory(assignment.capture)
        self.recorder = FlightRecorder(assignment.recorder) if assignment.name == "output" else None
        self.role = assignment.role
        self.died_ns = 0
        """When the process that this one replaces died, monotonic; 0: it replaces none."""
        self.deferred_warmups: dict[str, Callable[[], object]] = {}
        """Warm-ups by engine or family that a replacement does when they are needed, or when it is idle."""
        self.on_demand: dict[str, Callable[[], object]] = {}
        """By `voice_of`: loads and warms up a voice, which is done when an utterance needs it."""
        self.stage_state = self.shared.stage(assignment.number)
        self.metrics = MetricsBlock(assignment.metrics).stage(assignment.number)
        self.notifier = SemaphoreNotifier(assignment.notifier)
        self.inputs: list[Input] = []
        self.outputs: dict[tuple[int | None, int], Producer] = {}
        """By the number of the stage that reads, and the lane of the sound device."""
        self._link(assignment.links)
        self._messages: deque[tuple[ToStage, list[int]]] = deque()
        """Of the supervisor, except those that ``update_links`` handles."""
        self.profile: tuple[ProfileBlocks, int] | None = None
        """What is to be recorded, and the descriptor of the file for it."""
        self.stopping = self.overran = False
        """overran: the stage has computed under SCHED_FIFO for realtime.RUNAWAY_US without a sleep."""

    def take_over(self, go: Go) -> None:
        """Use the rings, which the stage owns from now on."""
        for each, generation in zip(self.inputs, go.sources, strict=True):
            each.ring.join(generation)
        for output, generation in zip(self.outputs.values(), go.targets, strict=True):
            output.join(generation)
        self.died_ns = go.died_ns
        self.stage_state.begin_block(0)

    def _link(self, links: Links) -> None:
        self.inputs += [Input(link) for link in links.sources]
        for link in links.targets:
            self.outputs[link.stage, link.device_lane] = Producer(link.ring, SemaphoreNotifier(link.notifier))

    def _unlink(self, stage: int) -> None:
        self.inputs = [each for each in self.inputs if each.stage != stage]
        self.outputs = {key: ring for key, ring in self.outputs.items() if key[0] != stage}

    def update_links(self) -> None:
        """Follow the supervisor's changes of the stage's rings, and its wish for a profile. SupervisorGone."""
        while (received := self.channel.receive()) is not None:
            match received:
                case Linked(links), fds:
                    self._link(links.with_descriptors(fds))
                    close_all(fds)
                case Unlinked(stage), _:
                    self._unlink(stage)
                case ProfileBlocks() as wanted, [file]:
                    self.profile = wanted, file
                case _:
                    self._messages.append(received)

    def receive(self) -> tuple[ToStage, list[int]] | None:
        """The supervisor's next message for the stage itself, with its descriptors. SupervisorGone."""
        self.update_links()
        return self._messages.popleft() if self._messages else None

    def output(self, wanted: UtteranceSpec) -> Producer:
        """The ring to the next stage of the utterance's path."""
        following = wanted.path[wanted.path.index(self.number) + 1]
        if (following, 0) not in self.outputs:
            self.update_links()
        return self.outputs.get((following, wanted.device_lane)) or self.outputs[following, 0]

    def is_live(self, slot: Slot) -> bool:
        """Whether the slot's utterance still holds its lane, and still comes from the slot's line."""
        lane = slot.words[s.LANE]
        shared = self.shared
        return shared.live(lane) == slot.words[s.UTTERANCE] and shared.first_stage(lane) == slot.first_stage

    def begins(self, slot: Slot, restart: RestartPoint | None, has_state: bool) -> bool:
        """Whether the slot, a BEGIN, begins its utterance in this stage; see ``begins_here``."""
        words = slot.words
        progress = self.shared.progress(self.number, words[s.LANE], words[s.UTTERANCE])
        return begins_here(slot.position, restart, progress, has_state)

    def publish_progress(self, slot: Slot, segments: int, frames_or_samples: int, *, finished: bool = False) -> None:
        """Publish what this stage has committed of the slot's utterance; see shared_state.Progress.
        Call it after the slots have been published, and before the input slot is released.
        """
        words = slot.words
        lane, utterance = words[s.LANE], words[s.UTTERANCE]
        self.shared.publish_progress(self.number, lane, utterance, segments, frames_or_samples, finished=finished)

    def downstream(self, begin: Slot, wanted: UtteranceSpec) -> Downstream:
        """The utterance's listener; ``ahead``: what it has left to play when a block made now arrives there."""
        lane, kept, delay_s = begin.words[s.LANE], keep(begin), self.delay_s(begin, wanted)
        return Downstream(
            lambda: (self.shared.underrun_at(lane) - time.monotonic_ns()) / 1e9 - delay_s(),
            lambda: self.shared.min_input_s(lane),
            lambda: self._check(kept),
        )

    def delay_s(self, begin: Slot, wanted: UtteranceSpec) -> Callable[[], float]:
        """Seconds that a block made now may take through the later stages."""
        later = [self.shared.stage(number) for number in wanted.path[begin.position + 1 :]]
        return lambda: sum(stage.delay_s for stage in later)

    def _check(self, begin: Slot) -> None:
        """Within a long block of this utterance: Stale if it is cancelled, Stopping if the process is to end."""
        self.stage_state.beat("busy")
        if self.stopping:
            raise Stopping
        if not self.is_live(begin):
            raise Stale

    def times(self, slot: Slot, started: int) -> list[int]:
        """The slot's times (slot.TIMES), with this stage's own, which end now."""
        times, at = slot.times(), 2 * slot.position
        times[at : at + 2] = [started, time.monotonic_ns()]
        return times

    def worked(self, ns: int) -> None:
        """Count one block that took ``ns`` nanoseconds."""
        self.stage_state.worked(ns)
        self.metrics.block.observe(ns)

    def found_full(self, producer: Producer) -> None:
        """Count that one of the stage's rings had no free slot."""
        for (stage, device_lane), ring in self.outputs.items():
            if ring is producer and stage is not None:
                self.metrics.found_full(stage, device_lane)

    def wait_for_slot(self, producer: Producer, source: Slot) -> Slot:
        """Wait for a free slot. Stale if the utterance of ``source`` is cancelled meanwhile; Stopping."""
        if (slot := producer.reserve()) is not None:
            return slot
        self.found_full(producer)
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
        self._start(self.deferred_warmups.pop(name, None))

    def ensure_voice(self, engine: str, voice: str) -> None:
        """Load the voice, if it is one that waits for that. Other utterances of the stage wait meanwhile."""
        if self.on_demand:
            self._start(self.on_demand.pop(voice_of(engine, voice), None))

    def _start(self, warm_up: Callable[[], object] | None) -> None:
        if warm_up is not None:
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

    def work(self, handle: Callable[[Slot, Floats, int], None], lanes: "Lanes[State]") -> float:
        """The ``step`` of a stage: handle one slot, of the listener that needs it first; drop cancelled ones.
        handle: gets the slot, its payload, and the time at which the stage took it, monotonic nanoseconds.
        """
        taken = self._next()
        if taken is None:
            lanes.drop_cancelled(self.shared)
            count = len(self.inputs)
            self.update_links()
            return 0 if len(self.inputs) > count else PAUSE_S if lanes else IDLE_S
        source, slot = taken
        started = time.monotonic_ns()
        words = slot.words
        self.stage_state.beat("busy")
        self.stage_state.begin_block(words[s.UTTERANCE], words[s.SEGMENT], words[s.INDEX])
        floats = source.floats[slot.index]
        self.attempt(slot, lambda: handle(slot, floats, started), lambda: lanes.pop(words[s.LANE], None))
        self.stage_state.begin_block(0)
        self.worked(time.monotonic_ns() - started)
        self.metrics.took(started, slot.ready_ns)
        source.ring.release()
        return 0

    def _next(self) -> tuple[Input, Slot] | None:
        """The slot to handle next, with its ring; of several rings, the one with the most urgent listener."""
        first: tuple[Input, Slot] | None = None
        first_due = 0
        for source in self.inputs:
            while (slot := source.ring.peek()) is not None and not self.is_live(slot):
                source.ring.release()
            if slot is not None:
                due = self.shared.underrun_at(slot.words[s.LANE])
                if first is None or due < first_due:
                    first, first_due = (source, slot), due
        return first


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

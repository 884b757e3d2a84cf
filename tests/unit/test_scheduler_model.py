"""In any sequence of events no utterance is lost, no lane has two utterances, and each utterance ends exactly once."""

from collections import Counter, deque
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.matrix import examples

from steadyvoice.daemon.scheduling.priorities import ORDER
from steadyvoice.daemon.scheduling.scheduler import (
    Action,
    Begin,
    Cancel,
    CloseLane,
    Conditions,
    Finish,
    RetryLater,
    Scheduler,
    next_for_device,
)
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.ipc.messages import Event, Reason
from steadyvoice.ipc.requests import Priority
from steadyvoice.ipc.shared_state import DEVICE_LANES
from steadyvoice.ipc.utterance_spec import UtteranceSpec

LANES = 5
PICK = st.integers(0, 1 << 30)
RARELY = st.sampled_from([False, False, False, True])
Request = tuple[Priority, str, int, str, bool, bool, bool]
REQUESTS: st.SearchStrategy[Request] = st.tuples(
    st.sampled_from(ORDER),
    st.sampled_from(["device", "pcm"]),
    st.integers(0, 2),  # client
    st.sampled_from(["text", "text", ""]),
    RARELY,  # more text follows
    RARELY,  # replace
    RARELY,  # detach
)


class Client:
    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None:
        raise AssertionError("the Scheduler does no I/O")

    def has_backlog(self, on_sent: Callable[[], None]) -> bool:
        raise AssertionError("the Scheduler does no I/O")


class SchedulerMachine(RuleBasedStateMachine):
    """The model carries out actions as UtteranceService does, on lanes that are entries of a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.scheduler = Scheduler(LANES)
        self.clients = [Client() for _ in range(3)]
        self.submitted: list[Utterance] = []
        self.finished: Counter[int] = Counter()
        self.actions: deque[Action] = deque()
        self.is_acting = False
        self.lanes: dict[int, int] = {}
        """Open lanes: the run of the utterance that each belongs to."""
        self.fading: list[Utterance] = []
        """Cancelled while they were audible."""
        self.heard: set[int] = set()
        """Ids of utterances of which the device has played samples."""
        self.ready = self.device_is_behind = False
        self.absent: set[str] = set()
        """Models without stages."""
        self.max_streams = 2
        self.turn = 0
        """Of the utterance that has begun last."""
        self.ring_fails = False
        """The next rings for clients cannot be made."""

    @initialize(max_streams=st.integers(1, 4), starting=RARELY)
    def begin(self, max_streams: int, starting: bool) -> None:
        self.max_streams, self.ready = max_streams, not starting

    def now(self) -> Conditions:
        behind = frozenset(range(DEVICE_LANES) if self.device_is_behind else ())
        return Conditions(self.ready, behind, frozenset(self.absent), self.max_streams, frozenset(self.heard))

    def apply(self, actions: list[Action]) -> None:
        self.actions += [*actions, *self.scheduler.admit(self.now())]
        if self.is_acting:
            return
        self.is_acting = True
        while self.actions:
            self.carry_out(self.actions.popleft())
        self.is_acting = False

    def carry_out(self, action: Action) -> None:
        match action:
            case Begin(utterance, lane, turn):
                assert turn > self.turn, "turns rise"
                self.turn = turn
                assert self.ready
                assert not utterance.is_finished
                assert utterance.models.isdisjoint(self.absent)
                assert lane not in self.lanes
                assert utterance.run not in self.lanes.values()
                if utterance.to_device:
                    assert not self.device_is_behind
                elif self.ring_fails:
                    self.ring_fails = False
                    self.apply(self.scheduler.finish(utterance, "error", "too_many_utterances", "no memory"))
                    return
                self.lanes[lane] = utterance.run
            case CloseLane(lane):
                del self.lanes[lane]
            case Cancel(utterance, lane, reason, is_audible):
                assert utterance.cancel_reason == reason
                assert self.lanes.pop(lane) == utterance.run
                if is_audible:
                    self.fading.append(utterance)
            case Finish(utterance):
                self.finished[utterance.id] += 1
                if utterance.lane is not None and self.lanes.get(utterance.lane) == utterance.run:
                    del self.lanes[utterance.lane]
                if utterance in self.fading:
                    self.fading.remove(utterance)
            case RetryLater():
                assert self.device_is_behind

    @rule(requests=st.lists(REQUESTS, min_size=1, max_size=4))
    def submit(self, requests: list[Request]) -> None:
        for priority, sink, client, text, more_text, replace, detach in requests:
            engine = "soprano" if client == 2 else "hibari"
            spec = UtteranceSpec(engine, "heart", 1.0, 1.0, sink, 24_000, 48_000)
            new = Utterance(
                len(self.submitted) + 1,
                self.clients[client],
                spec,
                0,
                detach=detach and sink == "device",
                priority=priority,
            )
            new.add_text(text)
            if not more_text:
                new.close_text()
            self.submitted.append(new)
            self.apply(self.scheduler.submit(new, self.now(), replace=replace))

    def alive(self) -> list[Utterance]:
        return [u for u in self.submitted if not u.is_finished]

    def started(self) -> list[Utterance]:
        return list(self.scheduler.active.values())

    @precondition(lambda self: self.alive())
    @rule(pick=PICK, close=st.booleans())
    def more_text(self, pick: int, close: bool) -> None:
        chosen = self.alive()[pick % len(self.alive())]
        if not chosen.closed:
            chosen.add_text("more")
            if close:
                chosen.close_text()
        self.apply([])

    @rule(starting=RARELY, device_is_behind=RARELY)
    def pipeline_changes(self, starting: bool, device_is_behind: bool) -> None:
        self.ready, self.device_is_behind = not starting, device_is_behind
        self.apply([])

    @rule()
    def model_is_loaded_or_unloaded(self) -> None:
        """It is unloaded only while no utterance uses it."""
        if not any("soprano" in u.models for u in self.started()):
            self.absent ^= {"soprano"}
        self.apply([])

    @precondition(lambda self: self.scheduler.on_device)
    @rule()
    def audible(self) -> None:
        """The device begins to play the first utterance that has a lane."""
        self.heard.add(self.scheduler.on_device[0].id)

    @precondition(lambda self: self.started())
    @rule(pick=PICK, repeat=st.booleans())
    def ended(self, pick: int, repeat: bool) -> None:
        """The sink reports the end, perhaps after the timeout has ended the utterance already."""
        chosen = self.started()[pick % len(self.started())]
        for _ in range(1 + repeat):
            self.apply(self.scheduler.finish(chosen, chosen.cancel_reason or "done"))

    @precondition(lambda self: self.submitted)
    @rule(pick=PICK)
    def failed(self, pick: int) -> None:
        """Also for an utterance that has ended already."""
        chosen = self.submitted[pick % len(self.submitted)]
        self.apply(self.scheduler.finish(chosen, "error", "stage_failed", "why"))

    @rule()
    def ring_allocation_fails(self) -> None:
        self.ring_fails = True

    @rule(picks=st.lists(PICK, max_size=3), reason=st.sampled_from(["cancelled", "skipped"]))
    def cancel(self, picks: list[int], reason: Reason) -> None:
        chosen = [self.submitted[pick % len(self.submitted)] for pick in picks if self.submitted]
        self.apply(self.scheduler.cancel(chosen, reason, self.now()))

    @precondition(lambda self: self.fading)
    @rule(pick=PICK)
    def cancel_timeout(self, pick: int) -> None:
        chosen = self.fading[pick % len(self.fading)]
        assert chosen.cancel_reason is not None
        self.apply(self.scheduler.finish(chosen, chosen.cancel_reason))

    @rule(client=st.integers(0, 2))
    def client_leaves(self, client: int) -> None:
        gone, self.clients[client] = self.clients[client], Client()
        detached = [u for u in self.scheduler.of(gone) if u.detach]
        self.apply(self.scheduler.leave(gone, self.now()))
        assert not any(u.listener is gone for u in self.alive())
        assert all(u.closed and not u.is_finished for u in detached)

    @rule()
    def stage_replaced(self) -> None:
        for action in self.scheduler.requeue_unheard(0, self.now()):
            self.carry_out(action)
        self.apply([])

    @precondition(lambda self: len(self.alive()) > 4)
    @rule(is_output=st.booleans())
    def stage_given_up(self, is_output: bool) -> None:
        self.apply(self.scheduler.stage_given_up(lambda each: each.to_device or not is_output, "why"))
        assert not any(u.to_device or not is_output for u in self.alive())

    @invariant()
    def each_utterance_waits_or_is_active_or_has_one_end(self) -> None:
        waiting, active = self.scheduler.waiting, self.started()
        for utterance in self.submitted:
            places = waiting.count(utterance) + active.count(utterance) + self.finished[utterance.id]
            assert places == 1, utterance.id
            assert utterance.is_finished == (self.finished[utterance.id] == 1)

    @invariant()
    def each_lane_has_one_utterance(self) -> None:
        active = self.started()
        assert len({u.lane for u in active}) == len(active) <= LANES
        assert all(u.lane is None for u in self.scheduler.waiting)
        assert self.lanes == {u.lane: u.run for u in active if u.cancel_reason is None}
        assert sum(u.to_device for u in active) <= DEVICE_LANES
        assert sum(not u.to_device for u in active) <= self.max_streams

    @invariant()
    def a_cancelled_utterance_is_audible_or_ended(self) -> None:
        assert [u for u in self.started() if u.cancel_reason is not None] == [
            u for u in self.started() if u in self.fading
        ]
        assert all(u.cancel_reason is None for u in self.scheduler.waiting)

    @invariant()
    def no_lane_stays_free_while_an_utterance_could_use_it(self) -> None:
        if not self.ready:
            return
        active, waiting = self.started(), [u for u in self.scheduler.waiting if u.can_begin]
        if len(active) < LANES and not self.device_is_behind:
            on_device = sum(u.to_device for u in active)
            first = next_for_device(waiting)
            assert on_device == DEVICE_LANES or first is None or not first.models.isdisjoint(self.absent)
            streams = [u for u in waiting if not u.to_device and u.models.isdisjoint(self.absent)]
            assert len(active) - on_device == self.max_streams or not streams

    @invariant()
    def no_waiting_utterance_outranks_one_made_ahead(self) -> None:
        def rank(utterance: Utterance) -> tuple[int, int]:
            return ORDER.index(utterance.priority), utterance.id

        unheard = [rank(u) for u in self.scheduler.on_device if u.id not in self.heard]
        waiting = [rank(u) for u in self.scheduler.waiting if u.to_device and u.can_begin]
        assert not unheard or not waiting or max(unheard) < min(waiting)

    def teardown(self) -> None:
        """All utterances come to an end when their texts are closed and the stages report."""
        self.ready, self.device_is_behind, self.ring_fails = True, False, False
        self.absent.clear()
        for utterance in self.alive():
            utterance.close_text()
        self.apply([])
        for _ in range(len(self.submitted)):
            for utterance in self.started():
                self.apply(self.scheduler.finish(utterance, utterance.cancel_reason or "done"))
        assert self.finished == Counter(u.id for u in self.submitted)
        assert self.scheduler.all == []
        assert self.lanes == {}


SchedulerMachine.TestCase.settings = settings(max_examples=examples(150), stateful_step_count=40, deadline=None)
TestScheduler = pytest.mark.timeout(400)(SchedulerMachine.TestCase)  # a failure takes long to be reduced

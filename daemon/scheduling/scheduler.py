"""Decides which utterances wait, have a lane, are pre-empted or end. Pure: no event loop, no pipeline, no I/O.

The caller reports an event by a method, carries out the returned actions in their order, and calls ``admit`` after
each event: a finished utterance leaves a lane to another one.
"""

import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from steadyvoice.daemon.scheduling.priorities import ORDER, is_dropped, is_preempted
from steadyvoice.daemon.scheduling.utterance import Listener, Utterance
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.live_protocol import LIVE_LANE
from steadyvoice.ipc.messages import Reason
from steadyvoice.ipc.shared_state import DEVICE_LANES


@dataclass(frozen=True)
class Conditions:
    """The state of the pipeline at an event."""

    ready: bool = True
    """The stages accept text."""
    device_lanes_behind: frozenset[int] = frozenset()
    """Lanes of the sound device with a ring that is too full for another utterance."""
    absent: frozenset[str] = frozenset()
    """Engines and families of converters that have no stages."""
    max_streams: int = 16
    """Maximum number of lanes for clients that receive PCM."""
    audible: frozenset[int] = frozenset()
    """Ids of the utterances of which the sound device has played samples."""


@dataclass(frozen=True)
class Begin:
    """Open the utterance's lane and send its text. If that fails, report the failure with ``finish``."""

    utterance: Utterance
    lane: int
    turn: int
    """Utterances on the sound device play in this order."""


@dataclass(frozen=True)
class CloseLane:
    """Close the lane of an utterance that is queued again; blocks that are still in the rings become stale."""

    lane: int


@dataclass(frozen=True)
class Cancel:
    """Close the lane and wake all stages, so that they drop the utterance's blocks at once."""

    utterance: Utterance
    lane: int
    reason: Reason
    is_audible: bool
    """The output fades out and then reports the end; if it does not, ``finish`` is to be called after a timeout."""


@dataclass(frozen=True)
class Finish:
    """Publish ``finished``, once per utterance, and free the lane and the client's ring."""

    utterance: Utterance
    reason: Reason
    code: Code | None = None
    message: str = ""


@dataclass(frozen=True)
class RetryLater:
    """Call ``admit`` again after a while: an utterance waits until the output's ring has space."""


Action = Begin | CloseLane | Cancel | Finish | RetryLater


class Lanes:
    """Assigns lanes to utterances."""

    def __init__(self, count: int) -> None:
        self.active: dict[int, Utterance] = {}
        """Utterances that have a lane, by run number, in the order in which they were begun."""
        self.free = deque(range(count))
        """The lane that was freed first is used first."""

    def enter(self, utterance: Utterance, device_lane: int | None) -> int:
        """Give the utterance a free lane."""
        utterance.lane, utterance.device_lane = self.free.popleft(), device_lane
        self.active[utterance.run] = utterance
        return utterance.lane

    def leave(self, utterance: Utterance) -> int:
        """Free the utterance's lane."""
        del self.active[utterance.run]
        assert utterance.lane is not None
        self.free.append(utterance.lane)
        return utterance.lane


class Scheduler:
    """The only writer of an utterance's ``lane`` (but for ``requeue``), ``cancel_reason`` and ``is_finished``."""

    def __init__(self, lanes: int = LIVE_LANE) -> None:
        self.waiting: list[Utterance] = []
        """In the order of arrival."""
        self._lanes = Lanes(lanes)
        self.active: Mapping[int, Utterance] = self._lanes.active
        self._turns = itertools.count(1)

    @property
    def all(self) -> list[Utterance]:
        return [*self.waiting, *self.active.values()]

    @property
    def on_device(self) -> list[Utterance]:
        """Utterances for the sound device that have a lane and were not cancelled, in playback order."""
        return [u for u in self.active.values() if u.to_device and u.cancel_reason is None]

    def of(self, listener: Listener) -> list[Utterance]:
        return [u for u in self.all if u.listener is listener]

    def submit(self, new: Utterance, now: Conditions, *, replace: bool = False) -> list[Action]:
        """Queue an utterance and cancel those that it pre-empts.

        replace: cancel all earlier utterances of the same client and user too.
        """
        rivals = [u for u in self.all if new.to_device and u.to_device]
        preempted = [u for u in rivals if is_preempted(u.priority, new.priority, playing=u.id in now.audible)]
        earlier = self.of(new.listener) if replace and new.listener is not None else []
        replaced = [u for u in earlier if u.user == new.user]
        actions = self.cancel([*preempted, *replaced], "replaced", now)
        self.waiting.append(new)
        if new.to_device and is_dropped(new.priority, [u.priority for u in rivals if u.cancel_reason is None]):
            actions += self.finish(new, "replaced")
        return actions

    def admit(self, now: Conditions) -> list[Action]:
        """Give free lanes to waiting utterances.

        First queue utterances for the device again that are not audible yet, if a more important one waits.
        """
        actions: list[Action] = []
        unheard = [u for u in self.on_device if u.id not in now.audible]
        while (displaced := displaced_by_waiting(unheard, self.waiting)) is not None:
            unheard.remove(displaced)
            actions.append(self._requeue(displaced))
        retry = False
        while now.ready and self._lanes.free:
            active = self.active.values()
            on_device = {u.device_lane for u in active if u.to_device}
            free = [lane for lane in range(DEVICE_LANES) if lane not in on_device]
            device_lane = next((lane for lane in free if lane not in now.device_lanes_behind), None)
            chosen = next_for_device(self.waiting) if free else None
            if chosen is not None and not chosen.models.isdisjoint(now.absent):
                chosen = None  # later ones wait for it, too
            if chosen is not None and device_lane is None:
                chosen, retry = None, True
            if chosen is None and len(active) - len(on_device) < now.max_streams:
                there = [u for u in self.waiting if u.models.isdisjoint(now.absent)]
                chosen, device_lane = next_for_client(there, active), None
            if chosen is None:
                break
            self.waiting.remove(chosen)
            actions.append(Begin(chosen, self._lanes.enter(chosen, device_lane), next(self._turns)))
        return [*actions, RetryLater()] if retry else actions

    def requeue_unheard(self, stage: int, now: Conditions) -> list[Action]:
        """The stage was replaced: queue again what it has generated ahead for the device, behind what plays.

        The utterance that plays is regenerated first, because it is needed first.
        """
        affected = [u for u in self.on_device[1:] if stage in u.spec.path]
        return [self._requeue(u) for u in affected if u.id not in now.audible]

    def _requeue(self, utterance: Utterance) -> Action:
        lane = self._lanes.leave(utterance)
        utterance.requeue()
        self.waiting.append(utterance)
        return CloseLane(lane)

    def cancel(self, utterances: Iterable[Utterance], reason: Reason, now: Conditions) -> list[Action]:
        """End utterances early. One that is audible ends when the output has faded it out."""
        actions: list[Action] = []
        for utterance in utterances:
            if utterance.cancel_reason is not None or utterance.is_finished:
                continue
            utterance.cancel_reason = reason
            is_audible = utterance.to_device and utterance.id in now.audible
            if utterance.lane is not None:
                actions.append(Cancel(utterance, utterance.lane, reason, is_audible))
            if utterance.lane is None or not is_audible:
                actions += self.finish(utterance, reason)
        return actions

    def leave(self, listener: Listener, now: Conditions) -> list[Action]:
        """A client has disconnected: its utterances are cancelled, except detached ones, which get no more text."""
        actions: list[Action] = []
        for utterance in self.of(listener):
            utterance.listener = None
            if utterance.detach:
                utterance.close_text()
            else:
                actions += self.cancel([utterance], "cancelled", now)
        return actions

    def stage_given_up(self, is_affected: Callable[[Utterance], bool], message: str) -> list[Action]:
        """A stage will not be started again, and these utterances would need it."""
        affected = [u for u in self.all if is_affected(u)]
        return [action for u in affected for action in self.finish(u, "error", "stage_failed", message)]

    def finish(self, utterance: Utterance, reason: Reason, code: Code | None = None, message: str = "") -> list[Action]:
        """End an utterance; no action if it has ended already."""
        if utterance.is_finished:
            return []
        utterance.is_finished = True
        if utterance in self.waiting:
            self.waiting.remove(utterance)
        else:
            self._lanes.leave(utterance)
        return [Finish(utterance, reason, code, message)]


def next_for_device(waiting: Iterable[Utterance]) -> Utterance | None:
    """The most important utterance that has text; of these the oldest."""
    return min((u for u in waiting if u.to_device and u.can_begin), key=_rank, default=None)


def next_for_client(waiting: Iterable[Utterance], active: Iterable[Utterance]) -> Utterance | None:
    """The oldest utterance that has text, of the client and user with the fewest lanes."""
    lanes = Counter((id(u.listener), u.user) for u in active)
    candidates = (u for u in waiting if not u.to_device and u.can_begin)
    return min(candidates, key=lambda u: lanes[id(u.listener), u.user], default=None)


def displaced_by_waiting(unheard: Iterable[Utterance], waiting: Iterable[Utterance]) -> Utterance | None:
    """The last utterance generated ahead for the device, if one with a higher rank is waiting."""
    first, last = next_for_device(waiting), max(unheard, key=_rank, default=None)
    return last if first is not None and last is not None and _rank(first) < _rank(last) else None


def _rank(utterance: Utterance) -> tuple[int, int]:
    """The smaller is spoken first."""
    return ORDER.index(utterance.priority), utterance.id

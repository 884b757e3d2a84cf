"""The rings of the sound device's lanes, read as one: utterances in the order in which the daemon admitted them."""

from collections.abc import Sequence
from typing import Protocol

from steadyvoice.ipc.shared_state import Progress
from steadyvoice.ipc.slot import BEGIN, KIND, LANE, UTTERANCE, Slot
from steadyvoice.workers.playback.fade import Samples


class LaneRing(Protocol):
    """``ipc.ring.Consumer`` is one."""

    def peek(self) -> Slot | None: ...

    def release(self) -> None: ...


class LaneInput(Protocol):
    """``runtime.context.Input`` is one."""

    @property
    def ring(self) -> LaneRing: ...

    @property
    def floats(self) -> Sequence[Samples]: ...


class Turns(Protocol):
    """What is read of the shared state; see ``ipc.shared_state.SharedState``."""

    def turn(self, device_lane: int) -> tuple[int, int]: ...

    def live(self, lane: int) -> int: ...

    def progress(self, stage: int, lane: int, utterance: int) -> Progress | None: ...


class DeviceLanes:
    """Source of ``Playback``. It changes from one ring to another only where an utterance is over."""

    def __init__(self, stage: int, inputs: Sequence[LaneInput], state: Turns) -> None:
        """stage: number of the output. inputs: by device lane."""
        self._stage, self._inputs, self._state = stage, inputs, state
        self._current: int | None = None
        """The device lane that is read."""

    def peek(self) -> Slot | None:
        """The next slot of the utterance with the lowest turn; it may be cancelled. None: it is still to come."""
        if self._current is not None:
            slot = self._inputs[self._current].ring.peek()
            if slot is not None and slot.words[KIND] != BEGIN:
                return slot
            if slot is None and not self._is_over(self._current):
                return None
        self._current = self._first()
        return None if self._current is None else self._inputs[self._current].ring.peek()

    def _first(self) -> int | None:
        """The device lane with the lowest turn."""
        lanes = [lane for lane in range(len(self._inputs)) if not self._is_over(lane)]
        return min(lanes, key=lambda lane: self._state.turn(lane)[0], default=None)

    def samples(self, slot: Slot) -> Samples:
        """The payload of the slot that ``peek`` has returned."""
        assert self._current is not None
        return self._inputs[self._current].floats[slot.index]

    def release(self) -> None:
        """Give back the slot that ``peek`` has returned."""
        assert self._current is not None
        self._inputs[self._current].ring.release()

    def drop_cancelled(self) -> None:
        """Give back the slots of cancelled utterances in the rings that are not read now."""
        for lane, each in enumerate(self._inputs):
            while lane != self._current and (slot := each.ring.peek()) is not None and not self._is_live(slot):
                each.ring.release()

    def _is_live(self, slot: Slot) -> bool:
        return self._state.live(slot.words[LANE]) == slot.words[UTTERANCE]

    def _is_over(self, device_lane: int) -> bool:
        """No utterance has this lane, or its end was played, or it was cancelled."""
        turn, lane = self._state.turn(device_lane)
        utterance = self._state.live(lane) if turn else 0
        if not utterance:
            return True
        progress = self._state.progress(self._stage, lane, utterance)
        return progress is not None and progress.finished

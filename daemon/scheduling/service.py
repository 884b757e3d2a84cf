"""Carries out what the Scheduler decides: the part of scheduling that the control plane and the supervisor call."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from steadyvoice.daemon.scheduling import scheduler as decisions
from steadyvoice.daemon.scheduling.dispatcher import Dispatcher
from steadyvoice.daemon.scheduling.events import EventBus
from steadyvoice.daemon.scheduling.lifecycle import Lifecycle
from steadyvoice.daemon.scheduling.marks import Marks
from steadyvoice.daemon.scheduling.playback_control import PlaybackControl
from steadyvoice.daemon.scheduling.recovery import Recovery
from steadyvoice.daemon.scheduling.scheduler import Action, Scheduler
from steadyvoice.daemon.scheduling.utterance import Listener, Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.errors import Code

log = logging.getLogger("svd")

CANCEL_TIMEOUT_S: Final = 1.0
"""A cancelled utterance finishes after this time if the output does not report its end."""
RETRY_S: Final = 0.25
"""Interval at which the output's ring is checked for space."""


class UtteranceService:
    """To be used in the event loop's thread."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._loop = asyncio.get_running_loop()
        self.scheduler = Scheduler()
        self.events = EventBus()
        marks = Marks(supervisor, self.events.publish)
        self.lifecycle = Lifecycle(supervisor, self, self.events, marks)
        self.dispatcher = Dispatcher(supervisor, self.scheduler.active, self.lifecycle.on_ring_read)
        self.recovery = Recovery(supervisor, self)
        self.playback = PlaybackControl(supervisor, marks, lambda: self.scheduler.on_device)
        self._actions: deque[Action] = deque()
        self._is_acting = False
        self._retry: asyncio.TimerHandle | None = None

    def submit(self, utterance: Utterance, *, replace: bool = False) -> None:
        """Queue an utterance. replace: cancel the earlier utterances of its client."""
        self.events.queued(utterance)
        self._apply(self.scheduler.submit(utterance, self.dispatcher.conditions(), replace=replace))
        if utterance in self.scheduler.waiting and not utterance.to_device and self.dispatcher.has_all_streams:
            self.lifecycle.stats.waited_for_streams += 1

    def admit(self) -> None:
        """Give lanes to waiting utterances, and send text. To be called when an utterance has more text."""
        self._apply([])

    async def cancel(self, utterances: Iterable[Utterance], reason: m.Reason = "cancelled") -> dict[int, int]:
        """Cancel utterances; return, once all have finished, how many characters of each were heard, by id."""
        futures = {utterance.id: self.lifecycle.heard_chars(utterance) for utterance in utterances}
        chosen = [utterance for utterance in self.scheduler.all if utterance.id in futures]
        self._apply(self.scheduler.cancel(chosen, reason, self.dispatcher.conditions()))
        return {number: await future for number, future in futures.items()}

    def leave(self, listener: Listener) -> None:
        """A client has disconnected: cancel its utterances, except detached ones."""
        self.events.follow(listener, on=False)
        self._apply(self.scheduler.leave(listener, self.dispatcher.conditions()))

    def requeue_unheard(self, stage: int) -> None:
        """Generate again, later, what was generated ahead for the device by way of this stage."""
        self._apply(self.scheduler.requeue_unheard(stage, self.dispatcher.conditions()), admit=False)

    def fail(self, utterance: Utterance, code: Code, message: str) -> None:
        """Go on with the fallback voice if a stage has failed and there is such a voice; else end the utterance."""
        if code == "stage_failed" and self.recovery.fallback_voice(utterance):
            log.warning("utterance %d: %s; %s goes on", utterance.id, message, utterance.fallback_voice)
            self.dispatcher.pump()
        else:
            self._apply(self.scheduler.finish(utterance, "error", code, message))

    def finish(self, utterance: Utterance, reason: m.Reason) -> None:
        self._apply(self.scheduler.finish(utterance, reason))

    def stage_given_up(self, stage: StageSpec, message: str) -> None:
        """The supervisor has given up a stage: end the utterances that need it."""

        def is_affected(utterance: Utterance) -> bool:
            if stage.of:
                return stage.of in utterance.models
            return utterance.to_device or stage.name != "output"

        self._apply(self.scheduler.stage_given_up(is_affected, message))

    def _apply(self, actions: list[Action], *, admit: bool = True) -> None:
        """Carry out actions strictly in the order in which they were decided, also where one causes another event."""
        self._actions += actions
        if admit:
            self._actions += self.scheduler.admit(self.dispatcher.conditions())
        if self._is_acting:
            return
        self._is_acting = True
        try:
            while self._actions:
                self._carry_out(self._actions.popleft())
        finally:
            self._is_acting = False
        if admit:
            self.dispatcher.pump()

    def _carry_out(self, action: Action) -> None:
        match action:
            case decisions.Begin(utterance, lane, turn):
                self._begin(utterance, lane, turn)
            case decisions.CloseLane(lane):
                self.dispatcher.close_lane(lane)
            case decisions.Cancel(utterance, lane, reason, is_audible):
                self.dispatcher.cancel(lane)
                if is_audible:
                    utterance.cancelled_ns = time.monotonic_ns()
                    self._loop.call_later(CANCEL_TIMEOUT_S, self.finish, utterance, reason)
            case decisions.Finish():
                self.lifecycle.finished(action)
            case decisions.RetryLater():
                if self._retry is not None:
                    self._retry.cancel()
                self._retry = self._loop.call_later(RETRY_S, self.admit)

    def _begin(self, utterance: Utterance, lane: int, turn: int) -> None:
        utterance.timings.admitted_ns = now = time.monotonic_ns()
        if utterance.run == utterance.id:  # else it had begun, and was queued again
            self.lifecycle.stats.queued[utterance.spec.sink].observe(now - utterance.origin_ns)
        try:
            self.dispatcher.begin(utterance, lane, turn)
        except OSError as error:
            message = f"no place for its ring ({error.strerror}); wait for others"
            self.fail(utterance, "too_many_utterances", message)
            return
        if utterance.to_device:
            self.playback.expect_sound()
        elif (ring := utterance.ring) is not None:
            descriptors = () if utterance.inline else (ring.fd, ring.filled.fd, ring.taken.fd)
            self.lifecycle.publish_started(utterance, descriptors)

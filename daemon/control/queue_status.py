"""The utterances that are spoken or wait, for the status."""

import time
from typing import Final

from steadyvoice.daemon.control.server import Connection
from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.ipc.daemon_status import QueueEntry
from steadyvoice.ipc.shared_state import SharedState

_SHOWN: Final = 64


def queue(utterances: UtteranceService, shared: SharedState | None) -> list[QueueEntry]:
    """Those with a lane come first, in the order in which they were begun."""
    scheduler, paused = utterances.scheduler, utterances.playback.paused
    active = list(scheduler.active.values())[:_SHOWN]
    known = [*active, *scheduler.waiting[: _SHOWN - len(active)]]
    return [_entry(each, shared, paused=paused and each.to_device) for each in known]


def _entry(utterance: Utterance, shared: SharedState | None, *, paused: bool) -> QueueEntry:
    position, first_ms = utterance.position(shared), utterance.timings.milliseconds.get("first_audio", 0.0)
    state = state_of(
        has_lane=utterance.lane is not None,
        has_sound=position > 0 if utterance.to_device else bool(first_ms),
        paused=paused,
        cancelled=utterance.cancel_reason is not None,
    )
    listener = utterance.listener
    return {
        "id": utterance.id,
        "client": listener.pid if isinstance(listener, Connection) else 0,
        "sink": utterance.spec.sink,
        "voice": utterance.spec.voice,
        "state": state,
        "chars": utterance.chars,
        "heard_chars": utterance.timeline.heard_chars(position),
        "ahead_s": 0.0 if paused or not first_ms else round(_ahead_s(utterance, shared), 3),
        "first_audio_ms": first_ms,
    }


def _ahead_s(utterance: Utterance, shared: SharedState | None) -> float:
    """Seconds of speech before the listener: what a client's ring has, or the device will play without more."""
    if utterance.ring is not None:
        return utterance.ring.view.fill * ClientRing.SLOT_SAMPLES / utterance.spec.voice_rate
    if shared is None or utterance.lane is None:
        return 0.0
    return max(0.0, (shared.underrun_at(utterance.lane) - time.monotonic_ns()) / 1e9)


def state_of(*, has_lane: bool, has_sound: bool, paused: bool, cancelled: bool) -> str:
    """QueueEntry.state. has_sound: the listener has heard some of it, or its client has received some."""
    if cancelled:
        return "ending"
    if not has_lane:
        return "waiting"
    if paused:
        return "paused"
    return "playing" if has_sound else "begun"

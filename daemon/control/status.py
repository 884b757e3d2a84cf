"""What ``svctl status`` shows, gathered from the board and the processes."""

import os
import time
from collections.abc import Iterable

from steadyvoice import __version__
from steadyvoice.daemon.config import Config
from steadyvoice.daemon.control.queue_status import queue
from steadyvoice.daemon.default_voice import absence, default_voice
from steadyvoice.daemon.launch import launch
from steadyvoice.daemon.live.listening import Listening
from steadyvoice.daemon.live.service import LiveService
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.tracing.service import Tracing
from steadyvoice.ipc import refusals
from steadyvoice.ipc.daemon_status import DaemonStatus, LeftOut, ModelStatus, Refused, RingStatus, StageStatus
from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.messages import ModelInfo


def status(
    config: Config,
    supervisor: Supervisor,
    utterances: UtteranceService,
    live: LiveService,
    listening: Listening,
    tracing: Tracing,
    uptime_s: float,
) -> DaemonStatus:
    """The keys are a contract (docs/protocol.md)."""
    pipeline = supervisor.pipeline
    device, started = supervisor.device, launch()
    ended = utterances.lifecycle.stats.ended
    voice = default_voice(config.voice, supervisor.voices)
    return {
        "version": __version__,
        "pid": os.getpid(),
        "started_by": {"by": started.by, "unit": started.unit, "scope": started.scope},
        "ready": supervisor.ready.is_set() and not supervisor.given_up,
        "problem": "; ".join(filter(None, dict.fromkeys([*supervisor.failed.values(), supervisor.given_up]))),
        "limits": {"text_chars": config.limits.text_chars, "streams": config.limits.streams},
        "left_out": _left_out(config, supervisor),
        "refused": _refused(supervisor),
        "uptime_s": round(uptime_s, 3),
        "voice": voice.name if voice else config.voice,
        "underruns": utterances.lifecycle.stats.underruns.total(),
        "late": {
            name: {"underruns": count, "worst_ms": utterances.lifecycle.stats.late_ms[name]}
            for name, count in utterances.lifecycle.stats.underruns.items()
        },
        "stages": [_stage(slot, supervisor, pipeline) for slot in _in_order(supervisor.slots.values())],
        "rings": _rings(pipeline, supervisor) if pipeline else [],
        "models": [_model(each) for each in supervisor.models.infos()],
        "utterances": {
            "active": utterances.lifecycle.active,
            "queued": len(utterances.scheduler.waiting),
            "ssml_errors": utterances.lifecycle.stats.ssml_errors,
            "finished": ended["finished"],
            "cancelled": ended["cancelled"],
            "failed": ended["failed"],
        },
        "queue": queue(utterances, pipeline.shared if pipeline else None),
        "audio": {
            "device": device.device,
            "rate": device.rate,
            "channels": device.channels,
            "format": device.format,
            "block": device.block,
            "latency_ms": device.latency_ms,
            "problem": device.problem,
            "paused": utterances.playback.paused,
        },
        "live": live.status,
        "listening": listening.status,
        "traces": tracing.status,
    }


def _left_out(config: Config, supervisor: Supervisor) -> list[LeftOut]:
    """What cannot be loaded; and the configured voice, where it has no such reason and another one speaks."""
    reasons, wanted, voices = dict(supervisor.optionals.reasons), config.voice, supervisor.voices
    is_known = wanted == Config().voice or supervisor.optionals.why_not(f"voice {wanted}")
    if voices and not is_known and (why := absence(wanted, voices)):
        reasons[f"voice {one_line(wanted)}"] = why
    return [{"what": what, "reason": reason} for what, reason in reasons.items()]


def _refused(supervisor: Supervisor) -> list[Refused]:
    """System calls that the daemon or a stage does without, each once."""
    stages = [refusal for stage in supervisor.stages.values() for refusal in stage.scheduling.refused]
    calls = {refusal.call: refusal for refusal in [*refusals.noted(), *stages]}
    return [{"call": each.call, "why": each.why, "effect": each.effect} for each in calls.values()]


def _in_order(slots: Iterable[StageSlot]) -> list[StageSlot]:
    """From the text to the sound device, line by line; the catalogue only if it has failed."""
    shown = [slot for slot in slots if slot.failed or (slot.is_on and slot.stage.name != "catalogue")]
    return sorted(
        shown, key=lambda slot: (slot.stage.name == "output", not slot.stage.of, slot.stage.name == "converter")
    )


def _stage(slot: StageSlot, supervisor: Supervisor, pipeline: Pipeline | None) -> StageStatus:
    process, stage, restarts = slot.process, slot.stage, slot.restarts
    engine, family = ("", stage.of) if stage.name == "converter" else (stage.of, "")
    if process is None or pipeline is None:
        state = "failed" if slot.failed else "starting"
        return {
            "name": stage.name, "engine": engine, "family": family, "pid": 0, "state": state, "restarts": restarts,
            "cpus": [], "policy": "", "priority": 0, "locked": False, "blocks": 0, "busy_s": 0.0, "rss_bytes": 0,
            "standby": 0, "longest_ms": 0.0, "heartbeat_age_s": 0.0, "held_s": 0.0,
        }  # fmt: skip
    words = pipeline.shared.stage(stage.number)
    beat_ns = words.heartbeat_ns
    return {
        "name": stage.name,
        "engine": engine,
        "family": family,
        "pid": process.pid,
        "state": words.state if process.ready else "starting",
        "restarts": restarts,
        "cpus": process.scheduling.cpus,
        "policy": process.scheduling.policy,
        "priority": process.scheduling.priority,
        "locked": process.scheduling.locked,
        "blocks": words.blocks,
        "busy_s": round(words.busy_s, 6),
        "rss_bytes": process.rss_bytes(),
        "standby": supervisor.standbys.pids.get(stage.number, 0) if supervisor.standbys else 0,
        "longest_ms": round(words.delay_s * 1e3, 3),
        "heartbeat_age_s": round((time.monotonic_ns() - beat_ns) / 1e9, 3) if beat_ns else 0.0,
        "held_s": round(process.held_s, 1),
    }


def _model(info: ModelInfo) -> ModelStatus:
    return {
        "name": info.name,
        "state": info.state,
        "bytes": info.bytes,
        "since": info.since,
        "users": info.users,
        "pinned": info.pinned,
    }


def _rings(pipeline: Pipeline, supervisor: Supervisor) -> list[RingStatus]:
    """Of the stages that are used."""
    labels = {number: slot.stage.label for number, slot in supervisor.slots.items() if slot.is_on}
    return [
        {
            "name": labels[link.target],
            "source": "svd" if link.source is None else labels[link.source],
            "slots": ring.size,
            "fill": ring.fill,
        }
        for link, ring in pipeline.rings.items()
        if link.target in labels and (link.source is None or link.source in labels)
    ]

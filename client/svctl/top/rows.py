"""What ``svctl top`` shows of the daemon: a header, a row for each stage and a row for each utterance. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from steadyvoice.client.svctl.stage_names import label
from steadyvoice.client.svctl.top.history import History, Reading, observed
from steadyvoice.ipc.daemon_status import DaemonStatus, LiveStatus, QueueEntry, StageStatus

RATE_S: Final = 2.0
"""Rates and times of a stage are those of at least so many seconds, so that a few blocks do not make them jump."""
RECENT_S: Final = 60.0
"""The header's figures are those of so many seconds."""
_FIRST_AUDIO, _HOP = "steadyvoice_first_audio_seconds", "steadyvoice_hop_seconds"


@dataclass(frozen=True)
class Header:
    uptime_s: float
    version: str
    state: str
    """ready, starting, or why it cannot speak."""
    device: str
    """Empty: none."""
    latency_ms: float
    paused: bool
    streams: int
    """Utterances for clients in the stages."""
    limit: int
    """Of these; 0: not known."""
    on_device: int
    """Utterances for the sound device in the stages."""
    queued: int
    first_audio_p95_s: float | None
    """Of the last minute, as the next field."""
    underruns: int | None
    underruns_total: int
    blame: dict[str, int]
    """Underruns since the daemon's start by the stage that was late; most come first."""


@dataclass(frozen=True)
class StageRow:
    state: str
    """A letter: Starting, Ready, Busy, Failed; Held by a debugger."""
    name: str
    pid: int
    cpus: str
    policy: str
    blocks_per_s: float | None
    """None: not known, as there is no earlier reading; also of the next fields."""
    busy: float | None
    """Share of the time in which it computed."""
    wait_s: float | None
    """From the end of the block in the stage before it until this stage begins it: the mean."""
    hop95_s: float | None
    """The same: 95th percentile."""
    longest_s: float
    fill: int
    """Of the fullest ring that it reads."""
    slots: int
    restarts: int
    rss_bytes: int
    age_s: float
    """Of its heartbeat."""


@dataclass(frozen=True)
class UtteranceRow:
    id: int
    client: str
    sink: str
    state: str
    ahead_s: float | None
    """None: not known, of live sound."""
    first_s: float | None
    heard_chars: int
    chars: int


def header(history: History) -> Header:
    new, old = history.newest, history.before(RECENT_S)
    status = new.status
    audio, counts = status["audio"], status["utterances"]
    on_device = [each for each in status.get("queue", []) if each["sink"] == "device" and each["state"] != "waiting"]
    blame = {stage: late["underruns"] for stage, late in status["late"].items()}
    return Header(
        uptime_s=status["uptime_s"],
        version=status["version"],
        state=status["problem"] or ("ready" if status["ready"] else "starting"),
        device=audio["device"],
        latency_ms=audio["latency_ms"],
        paused=audio["paused"],
        streams=counts["active"] - len(on_device),
        limit=status["limits"].get("streams", 0),
        on_device=len(on_device),
        queued=counts["queued"],
        first_audio_p95_s=observed(old, new, _FIRST_AUDIO).quantile_s(0.95),
        underruns=status["underruns"] - old.status["underruns"] if old else None,
        underruns_total=status["underruns"],
        blame=dict(sorted(blame.items(), key=lambda item: -item[1])),
    )


def stages(history: History) -> list[StageRow]:
    """In the order of the pipeline."""
    new, old = history.newest, history.before(RATE_S)
    earlier = {label(stage): stage for stage in old.status["stages"]} if old else {}
    return [_stage(stage, earlier.get(label(stage)), new, old) for stage in new.status["stages"]]


def _stage(stage: StageStatus, earlier: StageStatus | None, new: Reading, old: Reading | None) -> StageRow:
    name = label(stage)
    seconds = new.at - old.at if old else 0.0
    blocks = stage["blocks"] - earlier["blocks"] if earlier and seconds else -1
    busy_s = stage["busy_s"] - earlier["busy_s"] if earlier else 0.0
    hops = observed(old, new, _HOP, stage=name)
    fill, slots = _fullest(new.status, name)
    return StageRow(
        state="H" if stage.get("held_s") else stage["state"][:1].upper(),
        name=name,
        pid=stage["pid"],
        cpus=",".join(map(str, stage["cpus"])),
        policy=f"F{stage['priority']}" if stage["policy"] == "fifo" else stage["policy"][:3],
        blocks_per_s=blocks / seconds if blocks >= 0 else None,
        busy=max(0.0, busy_s) / seconds if blocks >= 0 else None,
        wait_s=hops.mean_s,
        hop95_s=hops.quantile_s(0.95),
        longest_s=stage.get("longest_ms", 0.0) / 1e3,
        fill=fill,
        slots=slots,
        restarts=stage["restarts"],
        rss_bytes=stage["rss_bytes"],
        age_s=stage.get("heartbeat_age_s", 0.0),
    )


def _fullest(status: DaemonStatus, name: str) -> tuple[int, int]:
    rings = [ring for ring in status["rings"] if ring["name"] == name]
    fullest = max(rings, key=lambda ring: ring["fill"] / ring["slots"], default=None)
    return (fullest["fill"], fullest["slots"]) if fullest else (0, 0)


def utterances(status: DaemonStatus, name_of: Callable[[int], str]) -> list[UtteranceRow]:
    """Those that are spoken, those that wait, and live sound. name_of: a client's name by its pid."""
    rows = [_utterance(each, name_of) for each in status.get("queue", [])]
    return rows + [_live(session) for session in status.get("live", [])]


def _utterance(entry: QueueEntry, name_of: Callable[[int], str]) -> UtteranceRow:
    return UtteranceRow(
        id=entry["id"],
        client=f"{name_of(entry['client'])} {entry['client']}".strip() if entry["client"] else "detached",
        sink=entry["sink"],
        state=entry["state"],
        ahead_s=entry["ahead_s"],
        first_s=entry["first_audio_ms"] / 1e3 or None,
        heard_chars=entry["heard_chars"],
        chars=entry["chars"],
    )


def _live(session: LiveStatus) -> UtteranceRow:
    state = "dry" if session["dry"] else "live"
    return UtteranceRow(session["id"], session["source"], session["sink"], state, None, None, 0, 0)

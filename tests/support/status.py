"""A status of a ready daemon that does nothing, for tests without a daemon."""

from steadyvoice.ipc.daemon_status import DaemonStatus, StageStatus

STAGES = ("generator", "vocoder", "converter", "output")


def _stage(number: int, name: str) -> StageStatus:
    return {
        "name": name, "engine": "hibari" if number < 2 else "", "family": "", "pid": 4712 + number, "state": "ready",
        "restarts": 0, "cpus": [0], "policy": "other", "priority": 0, "locked": True, "blocks": 0, "busy_s": 0.0,
        "rss_bytes": 1 << 26, "standby": 0, "longest_ms": 0.0, "heartbeat_age_s": 0.3, "held_s": 0.0,
    }  # fmt: skip


STATUS: DaemonStatus = {
    "version": "0.1.0",
    "pid": 4711,
    "started_by": {"by": "svctl", "unit": "", "scope": ""},
    "ready": True,
    "problem": "",
    "limits": {"text_chars": 200_000, "streams": 16},
    "left_out": [],
    "refused": [],
    "uptime_s": 9.249,
    "voice": "heart",
    "underruns": 0,
    "late": {},
    "stages": [_stage(number, name) for number, name in enumerate(STAGES)],
    "rings": [{"name": name, "source": "svd", "slots": 64, "fill": 0} for name in STAGES],
    "models": [{"name": "hibari", "state": "resident", "bytes": 59_000_000, "since": 9.1, "users": 0, "pinned": True}],
    "utterances": {"active": 0, "queued": 0, "finished": 0, "cancelled": 0, "failed": 0, "ssml_errors": 0},
    "queue": [],
    "audio": {
        "device": "default",
        "rate": 48_000,
        "channels": 1,
        "format": "f32",
        "block": 512,
        "latency_ms": 21.3,
        "problem": "",
        "paused": False,
    },
    "live": [],
    "listening": {"mode": "off", "speech": False, "problem": ""},
    "traces": {"kept": 0, "last": "", "problem": "", "exported": 0, "dropped": 0},
}

"""Invariants of the soak. Each check gets observations and returns a description of what is wrong, or "".

No process, no clock: unit tests pass wrong observations.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc import messages as m
from steadyvoice.ipc.daemon_status import DaemonStatus, StageStatus
from steadyvoice.ipc.null_device_log import RATE, Played

STAGES: Final = ("generator", "vocoder", "converter", "output")
LIVE: Final = "live"
"""Engine or family, in the status, of the stages of live sound."""
FADE: Final = RATE * 5 // 1000
"""Frames that a pause may repeat: the samples of the fade-out are played again as the fade-in."""
_LENGTH_S: Final = 0.002
"""Tolerance of durations in seconds: the resampling filter between voice and device changes the length."""
_MEMORY_BYTES: Final = 48 << 20
"""Allowed growth of a process in bytes: what an allocator retains after a flood of requests."""
_ENDED: Final = {"done": "finished", "error": "failed"}
_COUNTED: Final = ("finished", "cancelled", "failed")


class Comparison:
    """Compares received samples with the expected ones, block by block."""

    def __init__(self, expected: NDArray[Any], atol: float) -> None:
        self._expected, self._atol = expected, atol
        self.at = 0
        self._wrong = ""

    def take(self, block: NDArray[Any]) -> None:
        expected = self._expected[self.at : self.at + len(block)]
        off = np.abs(block[: len(expected)].astype(np.float64) - expected)
        if not self._wrong and (found := np.flatnonzero(~(off <= self._atol))).size:
            self._wrong = f"sample {self.at + found[0]} of {len(self._expected)} is off by {off[found[0]]:g}"
        if not self._wrong and len(expected) < len(block):
            self._wrong = f"{self.at + len(block)} samples received, {len(self._expected)} expected"
        self.at += len(block)

    def end(self, whole: bool) -> str:
        """whole: the utterance was spoken to its end; otherwise the samples must be a prefix of the expected ones."""
        if not self._wrong and whole and self.at != len(self._expected):
            return f"{self.at} samples received, {len(self._expected)} expected"
        return self._wrong


@dataclass
class UtteranceRecord:
    """An utterance as a subscriber sees it."""

    queued_at: float
    started: bool = False
    finished: m.Finished | None = None


@dataclass
class Ledger:
    """All utterances of one daemon, as a subscriber sees them."""

    records: dict[int, UtteranceRecord] = field(default_factory=dict)
    kills: list[tuple[float, str]] = field(default_factory=list)
    """Time and stage of each kill or suspension."""

    def on_event(self, event: m.Event, now: float) -> str:
        """Record an event of any utterance."""
        if isinstance(event, m.Queued):
            if event.id in self.records:
                return f"utterance {event.id} is queued for the second time"
            self.records[event.id] = UtteranceRecord(now)
        elif isinstance(event, m.Started | m.Mark | m.Finished):
            record = self.records.get(event.id)
            kind = type(event).__name__.lower()
            if record is None:
                return f"{kind} of utterance {event.id}, which was never queued"
            if record.finished is not None:
                return f"{kind} of utterance {event.id} after its finished"
            if isinstance(event, m.Finished):
                record.finished = event
                return self._check_error(event, record) if event.reason == "error" else ""
        return ""

    def _check_error(self, event: m.Finished, record: UtteranceRecord) -> str:
        """An error is allowed only if a stage crashed twice at the same block."""
        killed = Counter(stage for at, stage in self.kills if at >= record.queued_at)
        if "twice at the same block" in event.message and any(
            count > 1 and f"stage {stage} " in event.message for stage, count in killed.items()
        ):
            return ""
        return f"utterance {event.id} failed: {event.code}: {event.message}; killed meanwhile: {dict(killed)}"

    @property
    def unfinished(self) -> list[int]:
        return [number for number, record in self.records.items() if record.finished is None]

    def counts(self) -> dict[str, int]:
        """Ends of utterances, counted as in the status."""
        ends = Counter(_ENDED.get(one.finished.reason, "cancelled") for one in self.records.values() if one.finished)
        return {name: ends[name] for name in _COUNTED}

    def compare_with_client(self, number: int, finished: m.Finished | None) -> str:
        """The event that the utterance's own client received must equal the subscriber's."""
        record = self.records.get(number)
        theirs = record.finished if record else None
        if theirs is None or finished is None or theirs == finished:
            return ""  # the events arrive at different times; a missing one counts as unfinished
        return f"utterance {number}: its client received {finished}, subscribers {theirs}"


def check_duration(finished: m.Finished, samples: int, rate: int, exactly: bool) -> str:
    """``duration_s`` must match the samples received. Not ``exactly``: it may include samples sent but not taken."""
    off = finished.duration_s * rate - samples
    if not rate and not samples:
        return ""  # it ended before it was started
    if abs(off) <= 1 + rate * 1e-4 or (off > 0 and not exactly):
        return ""
    received = f"{samples / rate:.4f} s received"
    return f"utterance {finished.id} ({finished.reason}): duration_s is {finished.duration_s}, {received}"


def sounding_frames(blocks: Iterable[Played]) -> int:
    """Frames of speech given to the device, without the silence that filled blocks."""
    return sum(block.sounding for block in blocks)


def check_played_frames(frames: int, expected: int, utterances: int, pauses: int, deaths: int, held: int) -> str:
    """Whether the number of played frames is within the tolerances.

    Durations are reported to 0.1 ms, and exact zeros at the end are not counted (1 ms an utterance). A pause plays the
    samples of its 5 ms fade twice. If the output dies, what the device held (``held``) may or may not have been played
    and is played again until its deadline; a block and a fade that were being written may be lost or repeated.
    """
    less = utterances * RATE // 1000 + deaths * (held + FADE)
    more = less + pauses * FADE
    if expected - less <= frames <= expected + more:
        return ""
    return (
        f"{frames} frames played, {expected} expected ({(frames - expected) / RATE * 1000:+.1f} ms); allowed: "
        f"-{less} to +{more}, for {utterances} utterances, {pauses} pauses, {deaths} deaths of the output"
    )


def check_live(found: Mapping[str, int], received: int) -> str:
    """Whether a client has received a source sample by sample. found: by ``workers.reference.heard``."""
    if not received:
        return "" if not any(found.values()) else f"nothing received, and {dict(found)} compared"
    if found["heard"] and not (found["lost"] or found["repeated"] or found["other"]):
        return ""
    return f"of {received} samples {', '.join(f'{count} are {name}' for name, count in found.items())}"


def check_full_length(finished: m.Finished, seconds: float) -> str:
    """Whether an utterance that was played to its end has the duration of an undisturbed one."""
    if finished.reason != "done" or abs(finished.duration_s - seconds) <= _LENGTH_S:
        return ""
    return f"utterance {finished.id} is done and lasted {finished.duration_s} s instead of {seconds:.4f}"


def check_leaks(now: Mapping[str, Counter[str]], before: Mapping[str, Counter[str]]) -> str:
    """What each process holds now and did not hold at the beginning. rss: bytes, with an allowance."""
    more = []
    for name, held in now.items():
        extra = held - before.get(name, Counter())
        if extra["rss"] <= _MEMORY_BYTES:
            del extra["rss"]
        more += [f"{name}: {count} more {what}" for what, count in extra.items()]
    return "; ".join(more)


def is_of(stage: StageStatus, model: str) -> bool:
    """Whether the stage belongs to this engine or family, or to live sound."""
    return model in (stage["engine"], stage["family"])


def check_idle(status: DaemonStatus) -> str:
    """While idle, every stage must be ready, and no ring or queue may hold anything."""
    missing = set(STAGES).difference(one["name"] for one in status["stages"])
    wrong = [f"stage {name} is not there" for name in sorted(missing)]
    wrong += [f"stage {one['name']} is {one['state']}" for one in status["stages"] if one["state"] != "ready"]
    wrong += [f"ring {one['name']} holds {one['fill']} slots" for one in status["rings"] if one["fill"]]
    wrong += [f"live session {one['id']} is still there" for one in status["live"]]
    wrong += [f"stage {one['name']} {LIVE} is still there" for one in status["stages"] if is_of(one, LIVE)]
    counts = {"active": status["utterances"]["active"], "queued": status["utterances"]["queued"]}
    wrong += [f"{count} are {name}" for name, count in counts.items() if count]
    wrong += [] if status["ready"] and not status["problem"] else [f"not ready: {status['problem']}"]
    return "; ".join(wrong)


def check_counts(
    status: DaemonStatus,
    ends: Mapping[str, int],
    killed: Mapping[str, int],
    possible_restarts: Mapping[str, int],
) -> str:
    """Whether the counters of the status match the observations.

    ends: ends of utterances. killed: killed processes by stage. possible_restarts: how many more may have been
    replaced.
    """
    counts = {name: status["utterances"][name] for name in _COUNTED}
    wrong = [f"the status counts {counts}, and {dict(ends)} were observed"] if counts != ends else []
    for one in status["stages"]:
        name, restarts = one["name"], one["restarts"]
        least = killed.get(name, 0)
        if not least <= restarts <= least + possible_restarts.get(name, 0):
            wrong.append(f"stage {name} was killed {least} times and restarted {restarts} times")
    return "; ".join(wrong)

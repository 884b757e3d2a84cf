"""What must always be so. Each check gets what was observed and returns what is wrong, in words; "" where all is well.

No process, no clock: tests feed them with wrong observations.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc import messages as m
from steadyvoice.ipc.null_device_log import RATE, Played

FADE: Final = RATE * 5 // 1000
"""Frames that a pause may repeat: what fades out fades in with the same samples."""
_LENGTH_S: Final = 0.002
"""The device's rate is another than the voice's, and a filter lies between."""
_MEMORY_BYTES: Final = 48 << 20
"""A process may have so much more than at the beginning: what a flood took, and an allocator keeps."""
_ENDED: Final = {"done": "finished", "error": "failed"}
_COUNTED: Final = ("finished", "cancelled", "failed")


class Comparison:
    """Samples as they come, against those that are owed."""

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
            self._wrong = f"{self.at + len(block)} samples came, and {len(self._expected)} are owed"
        self.at += len(block)

    def end(self, whole: bool) -> str:
        """whole: it was spoken to its end; else what came is a beginning of it."""
        if not self._wrong and whole and self.at != len(self._expected):
            return f"{self.at} samples came, and {len(self._expected)} are owed"
        return self._wrong


@dataclass
class UtteranceRecord:
    """An utterance, as who follows everybody's is told of it."""

    queued_at: float
    started: bool = False
    finished: m.Finished | None = None


@dataclass
class Ledger:
    """Every utterance of one daemon."""

    records: dict[int, UtteranceRecord] = field(default_factory=dict)
    kills: list[tuple[float, str]] = field(default_factory=list)
    """When each stage was struck."""

    def on_event(self, event: m.Event, now: float) -> str:
        """The next event of anybody's."""
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
        """An error is owed only to whom a stage died twice for at the same block."""
        killed = Counter(stage for at, stage in self.kills if at >= record.queued_at)
        if "twice at the same block" in event.message and any(
            count > 1 and f"stage {stage} " in event.message for stage, count in killed.items()
        ):
            return ""
        return f"utterance {event.id} failed: {event.code}: {event.message}; struck meanwhile: {dict(killed)}"

    @property
    def unfinished(self) -> list[int]:
        return [number for number, record in self.records.items() if record.finished is None]

    def counts(self) -> dict[str, int]:
        """As the status counts."""
        ends = Counter(_ENDED.get(one.finished.reason, "cancelled") for one in self.records.values() if one.finished)
        return {name: ends[name] for name in _COUNTED}

    def compare_with_client(self, number: int, finished: m.Finished | None) -> str:
        """What its own client was told must be what everybody was."""
        record = self.records.get(number)
        theirs = record.finished if record else None
        if theirs is None or finished is None or theirs == finished:
            return ""  # it is told a little later; who is never told is unfinished
        return f"utterance {number}: its client was told {finished}, others {theirs}"


def check_duration(finished: m.Finished, samples: int, rate: int, exactly: bool) -> str:
    """``duration_s`` is what the client has; where it may have been sent more than it took, at least that."""
    off = finished.duration_s * rate - samples
    if not rate and not samples:
        return ""  # it ended before its turn came
    if abs(off) <= 1 + rate * 1e-4 or (off > 0 and not exactly):
        return ""
    return (
        f"utterance {finished.id} ({finished.reason}): duration_s is {finished.duration_s}, {samples / rate:.4f} came"
    )


def sounding_frames(blocks: Iterable[Played]) -> int:
    """Frames that the device was given and that were not silence that filled a block."""
    return sum(block.sounding for block in blocks)


def check_played_frames(frames: int, expected: int, utterances: int, pauses: int, deaths: int, held: int) -> str:
    """Whether so many frames are as many as are owed, but for what is allowed.

    An utterance's length is told to 0.1 ms, and samples that are exactly 0 are not seen at its end (1 ms). A pause
    fades out and in with the same 5 ms. Where the output died, what the device held (``held``) was heard or not, nobody
    knows, and is played again as far as its time was not over; and what was just being given to it, a block, a fade,
    may be lost or come twice.
    """
    less = utterances * RATE // 1000 + deaths * (held + FADE)
    more = less + pauses * FADE
    if expected - less <= frames <= expected + more:
        return ""
    return (
        f"{frames} frames sounded and {expected} are owed ({(frames - expected) / RATE * 1000:+.1f} ms); allowed: "
        f"-{less} to +{more}, for {utterances} utterances, {pauses} pauses, {deaths} deaths of the output"
    )


def check_full_length(finished: m.Finished, seconds: float) -> str:
    """Whether one on the device that was spoken to its end was as long as undisturbed: all of it was handed over."""
    if finished.reason != "done" or abs(finished.duration_s - seconds) <= _LENGTH_S:
        return ""
    return f"utterance {finished.id} is done and lasted {finished.duration_s} s instead of {seconds:.4f}"


def check_leaks(now: Mapping[str, Counter[str]], before: Mapping[str, Counter[str]]) -> str:
    """Of each process by its name: what it holds now and did not at the beginning. rss: bytes, with an allowance."""
    more = []
    for name, held in now.items():
        extra = held - before.get(name, Counter())
        if extra["rss"] <= _MEMORY_BYTES:
            del extra["rss"]
        more += [f"{name}: {count} more {what}" for what, count in extra.items()]
    return "; ".join(more)


def check_idle(status: Mapping[str, Any]) -> str:
    """Nothing is being spoken and no fault is near: every stage is ready, and no ring or queue holds anything."""
    wrong = [f"stage {one['name']} is {one['state']}" for one in status["stages"] if one["state"] != "ready"]
    wrong += [f"ring {one['name']} holds {one['fill']} slots" for one in status["rings"] if one["fill"]]
    wrong += [f"{status['utterances'][name]} are {name}" for name in ("active", "queued") if status["utterances"][name]]
    wrong += [] if status["ready"] and not status["problem"] else [f"not ready: {status['problem']}"]
    return "; ".join(wrong)


def check_counts(
    status: Mapping[str, Any],
    ends: Mapping[str, int],
    killed: Mapping[str, int],
    possible_restarts: Mapping[str, int],
) -> str:
    """Whether the status counts what was observed.

    tally: ends; struck: processes of each stage that were killed; maybe: how many more of them may have been replaced.
    """
    counts = {name: status["utterances"][name] for name in _COUNTED}
    wrong = [f"the status counts {counts}, and {dict(ends)} were observed"] if counts != ends else []
    for one in status["stages"]:
        name, restarts = one["name"], one["restarts"]
        least = killed.get(name, 0)
        if not least <= restarts <= least + possible_restarts.get(name, 0):
            wrong.append(f"stage {name} was struck {least} times and started again {restarts} times")
    return "; ".join(wrong)

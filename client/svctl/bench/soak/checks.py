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
_TALLIED: Final = ("finished", "cancelled", "failed")


class Comparison:
    """Samples as they come, against those that are owed."""

    def __init__(self, owed: NDArray[Any], atol: float) -> None:
        self._owed, self._atol = owed, atol
        self.at = 0
        self._wrong = ""

    def take(self, block: NDArray[Any]) -> None:
        owed = self._owed[self.at : self.at + len(block)]
        off = np.abs(block[: len(owed)].astype(np.float64) - owed)
        if not self._wrong and (found := np.flatnonzero(~(off <= self._atol))).size:
            self._wrong = f"sample {self.at + found[0]} of {len(self._owed)} is off by {off[found[0]]:g}"
        if not self._wrong and len(owed) < len(block):
            self._wrong = f"{self.at + len(block)} samples came, and {len(self._owed)} are owed"
        self.at += len(block)

    def end(self, whole: bool) -> str:
        """whole: it was spoken to its end; else what came is a beginning of it."""
        if not self._wrong and whole and self.at != len(self._owed):
            return f"{self.at} samples came, and {len(self._owed)} are owed"
        return self._wrong


@dataclass
class Life:
    """An utterance, as who follows everybody's is told of it."""

    queued_at: float
    started: bool = False
    finished: m.Finished | None = None


@dataclass
class Ledger:
    """Every utterance of one daemon."""

    lives: dict[int, Life] = field(default_factory=dict)
    kills: list[tuple[float, str]] = field(default_factory=list)
    """When each stage was struck."""

    def hear(self, event: m.Event, now: float) -> str:
        """The next event of anybody's."""
        if isinstance(event, m.Queued):
            if event.id in self.lives:
                return f"utterance {event.id} is queued for the second time"
            self.lives[event.id] = Life(now)
        elif isinstance(event, m.Started | m.Mark | m.Finished):
            life = self.lives.get(event.id)
            kind = type(event).__name__.lower()
            if life is None:
                return f"{kind} of utterance {event.id}, which was never queued"
            if life.finished is not None:
                return f"{kind} of utterance {event.id} after its finished"
            if isinstance(event, m.Finished):
                life.finished = event
                return self._judge(event, life) if event.reason == "error" else ""
        return ""

    def _judge(self, event: m.Finished, life: Life) -> str:
        """An error is owed only to whom a stage died twice for at the same block."""
        struck = Counter(stage for at, stage in self.kills if at >= life.queued_at)
        if "twice at the same block" in event.message and any(
            count > 1 and f"stage {stage} " in event.message for stage, count in struck.items()
        ):
            return ""
        return f"utterance {event.id} failed: {event.code}: {event.message}; struck meanwhile: {dict(struck)}"

    @property
    def unfinished(self) -> list[int]:
        return [number for number, life in self.lives.items() if life.finished is None]

    def tally(self) -> dict[str, int]:
        """As the status counts."""
        ends = Counter(_ENDED.get(one.finished.reason, "cancelled") for one in self.lives.values() if one.finished)
        return {name: ends[name] for name in _TALLIED}

    def told(self, number: int, finished: m.Finished | None) -> str:
        """What its own client was told must be what everybody was."""
        life = self.lives.get(number)
        theirs = life.finished if life else None
        if theirs is None or finished is None or theirs == finished:
            return ""  # it is told a little later; who is never told is unfinished
        return f"utterance {number}: its client was told {finished}, others {theirs}"


def got(finished: m.Finished, samples: int, rate: int, exactly: bool) -> str:
    """``duration_s`` is what the client has; where it may have been sent more than it took, at least that."""
    off = finished.duration_s * rate - samples
    if not rate and not samples:
        return ""  # it ended before its turn came
    if abs(off) <= 1 + rate * 1e-4 or (off > 0 and not exactly):
        return ""
    return (
        f"utterance {finished.id} ({finished.reason}): duration_s is {finished.duration_s}, {samples / rate:.4f} came"
    )


def sounded(blocks: Iterable[Played]) -> int:
    """Frames that the device was given and that were not silence that filled a block."""
    return sum(block.sounding for block in blocks)


def played(frames: int, owed: int, utterances: int, pauses: int, deaths: int, held: int) -> str:
    """Whether so many frames are as many as are owed, but for what is allowed.

    An utterance's length is told to 0.1 ms, and samples that are exactly 0 are not seen at its end (1 ms). A pause
    fades out and in with the same 5 ms. Where the output died, what the device held (``held``) was heard or not, nobody
    knows, and is played again as far as its time was not over; and what was just being given to it, a block, a fade,
    may be lost or come twice.
    """
    less = utterances * RATE // 1000 + deaths * (held + FADE)
    more = less + pauses * FADE
    if owed - less <= frames <= owed + more:
        return ""
    return (
        f"{frames} frames sounded and {owed} are owed ({(frames - owed) / RATE * 1000:+.1f} ms); allowed: "
        f"-{less} to +{more}, for {utterances} utterances, {pauses} pauses, {deaths} deaths of the output"
    )


def lasted(finished: m.Finished, seconds: float) -> str:
    """Whether one on the device that was spoken to its end was as long as undisturbed: all of it was handed over."""
    if finished.reason != "done" or abs(finished.duration_s - seconds) <= _LENGTH_S:
        return ""
    return f"utterance {finished.id} is done and lasted {finished.duration_s} s instead of {seconds:.4f}"


def leaked(now: Mapping[str, Counter[str]], before: Mapping[str, Counter[str]]) -> str:
    """Of each process by its name: what it holds now and did not at the beginning. rss: bytes, with an allowance."""
    more = []
    for name, held in now.items():
        extra = held - before.get(name, Counter())
        if extra["rss"] <= _MEMORY_BYTES:
            del extra["rss"]
        more += [f"{name}: {count} more {what}" for what, count in extra.items()]
    return "; ".join(more)


def unsettled(status: Mapping[str, Any]) -> str:
    """Nothing is being spoken and no fault is near: every stage is ready, and no ring or queue holds anything."""
    wrong = [f"stage {one['name']} is {one['state']}" for one in status["stages"] if one["state"] != "ready"]
    wrong += [f"ring {one['name']} holds {one['fill']} slots" for one in status["rings"] if one["fill"]]
    wrong += [f"{status['utterances'][name]} are {name}" for name in ("active", "queued") if status["utterances"][name]]
    wrong += [] if status["ready"] and not status["problem"] else [f"not ready: {status['problem']}"]
    return "; ".join(wrong)


def miscounted(
    status: Mapping[str, Any], tally: Mapping[str, int], struck: Mapping[str, int], maybe: Mapping[str, int]
) -> str:
    """Whether the status counts what was observed.

    tally: ends; struck: processes of each stage that were killed; maybe: how many more of them may have been replaced.
    """
    counts = {name: status["utterances"][name] for name in _TALLIED}
    wrong = [f"the status counts {counts}, and {dict(tally)} were told"] if counts != tally else []
    for one in status["stages"]:
        name, restarts = one["name"], one["restarts"]
        least = struck.get(name, 0)
        if not least <= restarts <= least + maybe.get(name, 0):
            wrong.append(f"stage {name} was struck {least} times and started again {restarts} times")
    return "; ".join(wrong)

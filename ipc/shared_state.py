"""The board: one shared page of words that the supervisor and every stage see. One writer a word.

A *lane* is the place of one utterance in the pipeline. The supervisor writes which utterance holds a lane;
a block whose utterance is not the lane's is stale and is dropped where it is met: that is how an utterance
is cancelled. The sink writes how far it has been heard, which is also the generator's credit. Two words more are for
the sound device: whether it is paused, and which segments of an utterance are to be left out. Each stage writes how
far it has handed on an utterance: where its successor, or who redoes its work, goes on.
"""

import time
from typing import Final, NamedTuple

from steadyvoice.ipc import shm
from steadyvoice.ipc.errors import UtteranceFailed

LANES: Final = 256
STAGES: Final = 8
_LINE: Final = 16
_LIVE: Final = 0  # supervisor: LANES words
_CONSUMED: Final = LANES  # sinks: LANES words; a line each would be for nothing, they write a few times a second
_SKIPPED: Final = 2 * LANES  # supervisor: LANES words
_DRY_AT: Final = 3 * LANES  # converter: LANES words
_TAKES: Final = 4 * LANES  # converter: LANES words
_PAUSED: Final = 5 * LANES  # supervisor
_EXPECTED: Final = _PAUSED + 1  # supervisor
_STAGE: Final = 5 * LANES + _LINE  # one line a stage, written by it
_PASSED: Final = _STAGE + STAGES * _LINE  # stages: LANES words each
_LEFT_OUT: Final = _PASSED + STAGES * LANES  # output: LANES words
_BYTES: Final = (_LEFT_OUT + LANES) * 8
_SAMPLES_BITS: Final = 48  # 186 years at 48 kHz; above them the utterance's number, so that a late word counts for none
_SAMPLES: Final = (1 << _SAMPLES_BITS) - 1
_TAG: Final = (1 << 64 - _SAMPLES_BITS) - 1
_PART_BITS: Final = 15  # of a word of _PASSED, from above: tag, over, part; the rest, 24 hours at 48 kHz, is rows
_PART_AT: Final = _SAMPLES_BITS - 1 - _PART_BITS

STATES: Final = ("starting", "ready", "busy", "failed")


class StageState:
    """A stage's own line: what it is doing and how much it has done."""

    def __init__(self, words: memoryview) -> None:
        self._words = words  # state, heartbeat, blocks, busy ns, longest lately, at hand: utterance, part, index

    def beat(self, state: str) -> None:
        self._words[0] = STATES.index(state)
        self._words[1] = time.monotonic_ns()

    def worked(self, ns: int) -> None:
        """Count one block that took ``ns`` nanoseconds."""
        self._words[2] += 1
        self._words[3] += ns
        self._words[4] = max(ns, self._words[4] * 15 // 16)

    def begin_block(self, utterance: int, part: int = 0, index: int = 0) -> None:
        """This block is at hand; 0: none is."""
        self._words[6], self._words[7] = part, index
        self._words[5] = utterance

    @property
    def current_block(self) -> tuple[int, int, int]:
        """Utterance, part and index of the block that the stage is busy with, or was when it died; 0, ... for none."""
        return int(self._words[5]), int(self._words[6]), int(self._words[7])

    @property
    def state(self) -> str:
        return STATES[self._words[0]]

    @property
    def heartbeat_ns(self) -> int:
        return int(self._words[1])

    @property
    def blocks(self) -> int:
        return int(self._words[2])

    @property
    def busy_s(self) -> float:
        return float(self._words[3]) / 1e9

    @property
    def delay_s(self) -> float:
        """The longest that a block took lately: so long what comes may have to wait."""
        return float(self._words[4]) / 1e9


class Progress(NamedTuple):
    """An utterance in a stage."""

    parts: int
    """Whole ones that were handed on."""
    rows: int
    """Frames, or samples at the sink's rate, before the next part."""
    over: bool
    """Its end was handed on too."""


class SharedState:
    def __init__(self, fd: int) -> None:
        self._words = shm.attach(fd).cast("Q")

    def live(self, lane: int) -> int:
        """The utterance that holds the lane; 0 for none."""
        return int(self._words[_LIVE + lane])

    def open_lane(self, lane: int, utterance: int) -> None:
        self._words[_SKIPPED + lane] = 0
        self._words[_LIVE + lane] = utterance

    def close_lane(self, lane: int) -> None:
        """All that is still on its way for this lane is stale from now on."""
        self._words[_LIVE + lane] = 0

    def consumed(self, lane: int, utterance: int) -> int:
        """Samples, at the sink's rate, that the utterance's listener has taken."""
        word = int(self._words[_CONSUMED + lane])
        return word & _SAMPLES if word >> _SAMPLES_BITS == _tag(utterance) else 0

    def set_consumed(self, lane: int, utterance: int, samples: int) -> None:
        """For the lane's sink: the output stage, or the supervisor for a client."""
        self._words[_CONSUMED + lane] = _tag(utterance) << _SAMPLES_BITS | samples

    def left_out(self, lane: int, utterance: int) -> int:
        """Samples of those that were not to be heard."""
        word = int(self._words[_LEFT_OUT + lane])
        return word & _SAMPLES if word >> _SAMPLES_BITS == _tag(utterance) else 0

    def set_left_out(self, lane: int, utterance: int, samples: int) -> None:
        """For the output stage."""
        self._words[_LEFT_OUT + lane] = _tag(utterance) << _SAMPLES_BITS | samples

    def progress(self, stage: int, lane: int, utterance: int) -> "Progress | None":
        """How far the stage has handed the utterance on; None where it has not begun with it."""
        word = int(self._words[_PASSED + stage * LANES + lane])
        if word >> _SAMPLES_BITS != _tag(utterance):
            return None
        part = word >> _PART_AT & (1 << _PART_BITS) - 1
        return Progress(part, word & (1 << _PART_AT) - 1, bool(word >> _SAMPLES_BITS - 1 & 1))

    def publish_progress(
        self, stage: int, lane: int, utterance: int, part: int, rows: int, *, over: bool = False
    ) -> None:
        """For the stage itself, when it has published what says so. OverflowError where no word holds it."""
        if part >> _PART_BITS or rows >> _PART_AT:
            raise UtteranceFailed("stage_failed", "the text is too long; speak it in pieces of a few hours")
        place = _tag(utterance) << _SAMPLES_BITS | over << _SAMPLES_BITS - 1 | part << _PART_AT | rows
        self._words[_PASSED + stage * LANES + lane] = place

    def underrun_at(self, lane: int) -> int:
        """When a listener who hears a second a second will have nothing more, monotonic nanoseconds."""
        return int(self._words[_DRY_AT + lane])

    def set_underrun_at(self, lane: int, ns: int) -> None:
        self._words[_DRY_AT + lane] = ns

    def min_input_s(self, lane: int) -> float:
        """Seconds of sound that the lane's converter must have before it gives anything."""
        return self._words[_TAKES + lane] / 1e9

    def set_min_input(self, lane: int, seconds: float) -> None:
        self._words[_TAKES + lane] = int(seconds * 1e9)

    def skipped(self, lane: int) -> int:
        """Segments of the lane's utterance below this number are not to be heard."""
        return int(self._words[_SKIPPED + lane])

    def skip(self, lane: int, segments: int) -> None:
        self._words[_SKIPPED + lane] = segments

    @property
    def paused(self) -> bool:
        """The sound device is to be silent where it stands."""
        return bool(self._words[_PAUSED])

    def pause(self, paused: bool) -> None:
        self._words[_PAUSED] = paused

    @property
    def sound_expected(self) -> int:
        """How many utterances for the sound device have been begun: the output opens the device while one is made."""
        return int(self._words[_EXPECTED])

    def expect_sound(self) -> None:
        """For the supervisor, when the text of one more goes to the generator."""
        self._words[_EXPECTED] += 1

    def stage(self, index: int) -> StageState:
        at = _STAGE + index * _LINE
        return StageState(self._words[at : at + _LINE])


def _tag(utterance: int) -> int:
    """Of who held the lane one after the other no two have the same: neither two numbers nor two runs of one."""
    return utterance + (utterance >> 32) * 40503 & _TAG


def create() -> int:
    return shm.create("shared", _BYTES)

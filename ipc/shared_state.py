"""Shared state: one block of 64-bit words that the supervisor and all stages map. Each word has exactly one writer.

A *lane* is an utterance's place in the pipeline. The supervisor publishes which utterance holds a lane; a stage drops
every block of an utterance that does not hold its lane, which is how an utterance is cancelled. The sink publishes how
many samples were played or read, which is the generator's credit. Each stage publishes its progress with an utterance,
from which the supervisor computes the restart point when a stage is replaced.
"""

import time
from typing import Final, NamedTuple

from steadyvoice.ipc import shm
from steadyvoice.ipc.errors import UtteranceFailed

LANES: Final = 256
STAGES: Final = 64
"""Stages that exist at a time; each has a number below."""
DEVICE_LANES: Final = 2
"""Utterances for the sound device that have a lane at a time: the one that plays, and the next one."""
_LINE: Final = 16  # words
# Where each array of words begins, with the process that writes it.
_LIVE: Final = 0  # supervisor: LANES words
_CONSUMED: Final = LANES  # sinks: LANES words, not on lines of their own because they are written a few times a second
_SKIP_BEFORE_SENTENCE: Final = 2 * LANES  # supervisor: LANES words
_UNDERRUN_AT: Final = 3 * LANES  # converter: LANES words
_MIN_INPUT: Final = 4 * LANES  # converter: LANES words
_PAUSED: Final = 5 * LANES  # supervisor
_EXPECTED: Final = _PAUSED + 1  # supervisor
_TURNS: Final = _PAUSED + 2  # supervisor: DEVICE_LANES words
_SPEECH_GAIN: Final = _TURNS + DEVICE_LANES  # supervisor
_LIVE_GAIN: Final = _SPEECH_GAIN + 1  # supervisor
_LIVE_ON_DEVICE: Final = _LIVE_GAIN + 1  # supervisor
_KEEP_OPEN: Final = _LIVE_GAIN + 2  # supervisor
_FIRST_STAGE: Final = 5 * LANES + _LINE  # supervisor: LANES words
_STAGE: Final = _FIRST_STAGE + LANES  # each stage: one line
_PROGRESS: Final = _STAGE + STAGES * _LINE  # each stage: LANES words
_SKIPPED_SAMPLES: Final = _PROGRESS + STAGES * LANES  # output: LANES words
_BYTES: Final = (_SKIPPED_SAMPLES + LANES) * 8
# A word about a lane's utterance has the utterance's tag in its upper 16 bits, so that a word of an earlier utterance
# counts for none. The lower 48 bits are samples: 186 years at 48 kHz.
_SAMPLES_BITS: Final = 48
_SAMPLES: Final = (1 << _SAMPLES_BITS) - 1
_TAG: Final = (1 << 64 - _SAMPLES_BITS) - 1
# A progress word, from the highest bit: tag (16), finished (1), segments (15), frames or samples (32: 24 hours at
# 48 kHz).
_SEGMENT_BITS: Final = 15
_SEGMENT_AT: Final = _SAMPLES_BITS - 1 - _SEGMENT_BITS

STATES: Final = ("starting", "ready", "busy", "failed")


class StageState:
    """One stage's line: its state, heartbeat, counters and current block. The stage itself is the only writer.

    The supervisor reads it, also after the stage's death.
    """

    def __init__(self, words: memoryview) -> None:
        self._words = words  # state, heartbeat, blocks, busy ns, longest block ns; current utterance, segment, index

    def beat(self, state: str) -> None:
        """Publish the stage's state with a heartbeat."""
        self._words[0] = STATES.index(state)
        self._words[1] = time.monotonic_ns()

    def worked(self, ns: int) -> None:
        """Count one block that took ``ns`` nanoseconds."""
        self._words[2] += 1
        self._words[3] += ns
        self._words[4] = max(ns, self._words[4] * 15 // 16)

    def begin_block(self, utterance: int, segment: int = 0, index: int = 0) -> None:
        """Publish the block that the stage works on next; utterance 0: none.

        segment: its number. index: the block's first frame or sample. The utterance is written last, so that a
        block is never attributed to another utterance.
        """
        self._words[6], self._words[7] = segment, index
        self._words[5] = utterance

    @property
    def part(self) -> memoryview:
        """One word, in place of the current block's segment: the part of the stage that works on it."""
        return self._words[6:7]

    @property
    def current_block(self) -> tuple[int, int, int]:
        """Utterance, segment and index of the block that the stage works on, or worked on when it died; 0: none."""
        return int(self._words[5]), int(self._words[6]), int(self._words[7])

    @property
    def state(self) -> str:
        return STATES[self._words[0]]

    @property
    def heartbeat_ns(self) -> int:
        """When the stage published its last heartbeat, monotonic nanoseconds."""
        return int(self._words[1])

    @property
    def blocks(self) -> int:
        return int(self._words[2])

    @property
    def busy_s(self) -> float:
        """Seconds spent on all blocks."""
        return float(self._words[3]) / 1e9

    @property
    def delay_s(self) -> float:
        """Seconds that a new block may have to wait: the longest recent block, decaying by 1/16 a block."""
        return float(self._words[4]) / 1e9


class Progress(NamedTuple):
    """What a stage has committed of an utterance: its output of all of it is in the next ring."""

    segments: int
    """Whole segments."""
    frames_or_samples: int
    """Length of the stage's output of these segments: frames of the path's first stage; samples at the sink's rate of
    its last converter and of the output; 0 of the others, because their samples are counted within each segment."""
    finished: bool
    """The utterance's end is committed too: the stage has nothing more to do for it."""


class SharedState:
    """The supervisor creates it and passes its descriptor to every stage. Any process may read any word.

    More than 12 methods: each shared word has a getter and a setter.
    """

    def __init__(self, fd: int) -> None:
        self._words = shm.attach(fd).cast("Q")

    def live(self, lane: int) -> int:
        """The utterance that holds the lane; 0: none."""
        return int(self._words[_LIVE + lane])

    def open_lane(self, lane: int, utterance: int, first_stage: int) -> None:
        """Give the lane to an utterance. first_stage: number of the stage that gets its text. Writer: supervisor."""
        self._words[_SKIP_BEFORE_SENTENCE + lane] = 0
        self._words[_FIRST_STAGE + lane] = first_stage
        self._words[_LIVE + lane] = utterance

    def first_stage(self, lane: int) -> int:
        """Number of the first stage of the utterance on the lane. What came by another first stage is stale."""
        return int(self._words[_FIRST_STAGE + lane])

    def set_first_stage(self, lane: int, stage: int) -> None:
        """Another line continues the utterance. Writer: supervisor."""
        self._words[_FIRST_STAGE + lane] = stage

    def turn(self, device_lane: int) -> tuple[int, int]:
        """(turn, lane) of the utterance on this lane of the sound device; turn 0: none. The lowest turn plays first."""
        turn, lane = divmod(int(self._words[_TURNS + device_lane]), LANES)
        return turn, lane

    def set_turn(self, device_lane: int, turn: int, lane: int = 0) -> None:
        """turn: higher than all before; 0: no utterance. Writer: supervisor."""
        self._words[_TURNS + device_lane] = turn * LANES + lane

    def close_lane(self, lane: int) -> None:
        """Make all blocks of this lane stale, and end its turn on the sound device. Writer: supervisor."""
        self._words[_LIVE + lane] = 0
        for device_lane in range(DEVICE_LANES):
            if self.turn(device_lane)[1] == lane:
                self.set_turn(device_lane, 0)

    def consumed(self, lane: int, utterance: int) -> int:
        """Samples of the utterance, at the sink's rate, that were played or read."""
        word = int(self._words[_CONSUMED + lane])
        return word & _SAMPLES if word >> _SAMPLES_BITS == _tag(utterance) else 0

    def set_consumed(self, lane: int, utterance: int, samples: int) -> None:
        """Writer: the lane's sink, which is the output stage for the device and the supervisor for a client."""
        self._words[_CONSUMED + lane] = _tag(utterance) << _SAMPLES_BITS | samples

    def skipped_samples(self, lane: int, utterance: int) -> int:
        """Samples of the utterance that the output stage skipped."""
        word = int(self._words[_SKIPPED_SAMPLES + lane])
        return word & _SAMPLES if word >> _SAMPLES_BITS == _tag(utterance) else 0

    def set_skipped_samples(self, lane: int, utterance: int, samples: int) -> None:
        """Writer: output stage."""
        self._words[_SKIPPED_SAMPLES + lane] = _tag(utterance) << _SAMPLES_BITS | samples

    def progress(self, stage: int, lane: int, utterance: int) -> "Progress | None":
        """The stage's progress with the utterance; None where the stage has committed nothing of it."""
        word = int(self._words[_PROGRESS + stage * LANES + lane])
        if word >> _SAMPLES_BITS != _tag(utterance):
            return None
        segments = word >> _SEGMENT_AT & (1 << _SEGMENT_BITS) - 1
        return Progress(segments, word & (1 << _SEGMENT_AT) - 1, bool(word >> _SAMPLES_BITS - 1 & 1))

    def publish_progress(
        self, stage: int, lane: int, utterance: int, segments: int, frames_or_samples: int, *, finished: bool = False
    ) -> None:
        """Publish `Progress`, after the slot that completes it. Writer: the stage itself.

        UtteranceFailed where the numbers exceed the word: 32768 segments, or 24 hours at 48 kHz.
        """
        if segments >> _SEGMENT_BITS or frames_or_samples >> _SEGMENT_AT:
            raise UtteranceFailed("stage_failed", "the text is too long; speak it in pieces of a few hours")
        word = _tag(utterance) << _SAMPLES_BITS | finished << _SAMPLES_BITS - 1
        word |= segments << _SEGMENT_AT | frames_or_samples
        self._words[_PROGRESS + stage * LANES + lane] = word

    def underrun_at(self, lane: int) -> int:
        """When the listener's buffer will be empty at playback speed, monotonic nanoseconds."""
        return int(self._words[_UNDERRUN_AT + lane])

    def set_underrun_at(self, lane: int, ns: int) -> None:
        """Writer: converter."""
        self._words[_UNDERRUN_AT + lane] = ns

    def min_input_s(self, lane: int) -> float:
        """Seconds of sound that the lane's converter needs before it returns its first sample."""
        return self._words[_MIN_INPUT + lane] / 1e9

    def set_min_input(self, lane: int, seconds: float) -> None:
        """Writer: converter."""
        self._words[_MIN_INPUT + lane] = int(seconds * 1e9)

    def skip_before_sentence(self, lane: int) -> int:
        """Number of a sentence of the lane's utterance: all sentences before it are to be skipped; 0: none."""
        return int(self._words[_SKIP_BEFORE_SENTENCE + lane])

    def set_skip_before_sentence(self, lane: int, sentence: int) -> None:
        """Writer: supervisor."""
        self._words[_SKIP_BEFORE_SENTENCE + lane] = sentence

    @property
    def paused(self) -> bool:
        """The output stage is to stop at the current sample."""
        return bool(self._words[_PAUSED])

    def pause(self, paused: bool) -> None:
        """Writer: supervisor."""
        self._words[_PAUSED] = paused

    @property
    def sound_expected(self) -> int:
        """Utterances for the sound device so far. On a change the output opens the device while speech is computed."""
        return int(self._words[_EXPECTED])

    def expect_sound(self) -> None:
        """Count one more when its text goes to the generator. Writer: supervisor."""
        self._words[_EXPECTED] += 1

    @property
    def gains(self) -> tuple[float, float]:
        """Gain of speech and of live sound on the sound device."""
        return self._gain(_SPEECH_GAIN), self._gain(_LIVE_GAIN)

    def _gain(self, word: int) -> float:
        millionths = self._words[word]
        return (millionths - 1) / 1e6 if millionths else 1.0

    def set_gains(self, speech: float, live: float) -> None:
        """Writer: supervisor."""
        self._words[_SPEECH_GAIN], self._words[_LIVE_GAIN] = round(speech * 1e6) + 1, round(live * 1e6) + 1

    @property
    def keeps_device_open(self) -> bool:
        """The sound device stays open after the last sample: each opening moves the echo that listening has learned."""
        return bool(self._words[_KEEP_OPEN])

    def keep_device_open(self, on: bool) -> None:
        """Writer: supervisor."""
        self._words[_KEEP_OPEN] = on

    @property
    def live_on_device(self) -> int:
        """The live session that the sound device plays; 0: none. One that goes to a client is not played."""
        return int(self._words[_LIVE_ON_DEVICE])

    def set_live_on_device(self, session: int) -> None:
        """Writer: supervisor."""
        self._words[_LIVE_ON_DEVICE] = session

    def stage(self, number: int) -> StageState:
        at = _STAGE + number * _LINE
        return StageState(self._words[at : at + _LINE])

    def clear_stage(self, number: int) -> None:
        """The number is given to another stage, which has no process yet. Writer: supervisor."""
        at = _STAGE + number * _LINE
        for word in range(at, at + _LINE):
            self._words[word] = 0


def _tag(utterance: int) -> int:
    """16 bits that differ for successive utterances of a lane, and for successive runs of one utterance."""
    return utterance + (utterance >> 32) * 40503 & _TAG


def create() -> int:
    """Return the descriptor of a new block, all zeros."""
    return shm.create("shared", _BYTES)

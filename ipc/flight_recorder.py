"""The flight recorder: what the sound device was given last, in shared memory that the output stage alone writes.

A record is the header of a slot of PCM (slot.py), or an event of the device. The memory outlives the output's process,
so that what preceded an underrun or a death can be read afterwards:

    place     content
    line 0    number of the last record
    1 ...     4096 records of 32 words; word SEQ is the record's number, 0 while it is written
"""

from collections.abc import Container, Iterator
from typing import Final

from steadyvoice.ipc import shm
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_protocol import SINK_RATE

RECORDS: Final = 4096
"""44 s of speech, in blocks of 512 samples at 48 kHz; pauses between utterances take none."""
LIVE_SHARE: Final = 4
"""One in so many blocks of live sound is recorded."""
IDS: Final = (1 << 32) - 1
"""An utterance's number in the pipeline, masked by this, is its id."""

# Words that a header of PCM does not need here
AT: Final = s.GENERATION
"""Of UNDERRUN, OPENED and LOST: when, monotonic nanoseconds, as the next two."""
DUE: Final = s.DIM
"""Of PCM: when the device would have had nothing left to play; 0: it had nothing. Of UNDERRUN: since when."""
HEARD: Final = s.BYTES
"""Of PCM: when the device plays the block's first sample."""

# Kinds, besides slot.PCM
UNDERRUN: Final = 101
"""AT: the late block came. INDEX: position in the path of the stage to blame."""
OPENED: Final = 102
LOST: Final = 103

_HEAD_WORDS: Final = 16


def create() -> int:
    """Return the descriptor of a new recorder, empty. OSError."""
    return shm.create("recorder", 8 * (_HEAD_WORDS + RECORDS * s.WORDS))


class FlightRecorder:
    """The writing end, for the output stage's process."""

    def __init__(self, fd: int) -> None:
        words = shm.attach(fd).cast("Q")
        self._words, self._records = words, words[_HEAD_WORDS:]
        self._unwritten: list[tuple[int, int]] = []
        """Of blocks that the device has not been given: place of the record, samples of the write before the block."""
        self._live = 0

    def block(self, slot: Slot, taken_ns: int, before: int = 0) -> None:
        """The first samples of this slot of PCM are in the device's next write; ``written`` completes the record.

        taken_ns: when the output began to fill that write, monotonic nanoseconds. before: samples of it before these.
        """
        at, records = self._begin(), self._records
        records[at + 1 : at + s.WORDS] = slot.words[1:]
        records[at + DUE] = records[at + HEARD] = 0
        stamp = at + s.TIMES + 2 * slot.position
        records[stamp], records[stamp + 1] = taken_ns, 0
        self._publish(at)
        self._unwritten.append((at, before))

    def live_block(self, slot: Slot, taken_ns: int) -> None:
        """As ``block``, of live sound."""
        self._live += 1
        if self._live % LIVE_SHARE == 1:
            self.block(slot, taken_ns)

    @property
    def awaits_write(self) -> bool:
        return bool(self._unwritten)

    def written(self, now_ns: int, due_ns: int, heard_ns: int) -> None:
        """The device has the samples of the blocks since the last call.

        due_ns: see DUE. heard_ns: when it plays the first sample of the write.
        """
        records = self._records
        for at, before in self._unwritten:
            records[at + s.TIMES + 2 * (records[at + s.ROUTE] & s.POSITION) + 1] = now_ns
            records[at + DUE], records[at + HEARD] = due_ns, heard_ns + before * 1_000_000_000 // SINK_RATE
        self._unwritten.clear()

    def underrun(self, utterance: int, since_ns: int, until_ns: int, position: int) -> None:
        """The device played silence in an utterance. position: in the path, of the stage to blame."""
        at = self._begin()
        self._records[at + s.UTTERANCE], self._records[at + s.INDEX] = utterance, position
        self._finish(at, UNDERRUN, until_ns, since_ns)

    def event(self, kind: int, now_ns: int) -> None:
        """kind: OPENED or LOST."""
        at = self._begin()
        self._records[at + s.UTTERANCE] = self._records[at + s.INDEX] = 0
        self._finish(at, kind, now_ns, 0)

    def _finish(self, at: int, kind: int, now_ns: int, due_ns: int) -> None:
        records = self._records
        records[at + s.KIND], records[at + AT], records[at + DUE] = kind, now_ns, due_ns
        self._publish(at)

    def _begin(self) -> int:
        at: int = self._words[0] % RECORDS * s.WORDS
        self._records[at] = 0
        return at

    def _publish(self, at: int) -> None:
        number = self._words[0] + 1
        self._records[at] = number
        self._words[0] = number  # SYNC POINT: with Reader.snapshot


class Snapshot:
    """A copy of the recorder."""

    def __init__(self, copy: bytes, written: int) -> None:
        """written: number of the last record when the copy was complete: the oldest may have been overwritten."""
        self._words, self._written = memoryview(copy).cast("Q"), written

    def records(self, ids: Container[int]) -> Iterator[list[int]]:
        """The words of each complete record, oldest first, of utterances with one of these ids, and of none (0)."""
        words = self._words
        for number in range(max(1, self._written - RECORDS + 2), words[0] + 1):
            at = _HEAD_WORDS + (number - 1) % RECORDS * s.WORDS
            utterance = words[at + s.UTTERANCE] & IDS
            if words[at] == number and (not utterance or utterance in ids):
                yield words[at : at + s.WORDS].tolist()


class Reader:
    """The reading end; it never disturbs the writer."""

    def __init__(self, fd: int) -> None:
        self._memory = shm.attach(fd)
        self._words = self._memory.cast("Q")

    def snapshot(self) -> Snapshot:
        """Takes a tenth of a millisecond."""
        copy = self._memory.tobytes()
        return Snapshot(copy, self._words[0])  # SYNC POINT: with FlightRecorder._publish, after the copy

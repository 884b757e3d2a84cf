"""The decisions of the output stage, without device, ring, socket and clock: which samples the device gets next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec
import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.playback.current_utterance import CurrentUtterance, LaneState, restore
from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples, fade_out_gain
from steadyvoice.workers.runtime.restart import begins_here

_decode_spec = msgspec.msgpack.Decoder(UtteranceSpec).decode

Change = Literal["cancel", "pause", "resume"]


class Source(Protocol):
    """Slots in order; ``DeviceLanes`` is one."""

    def peek(self) -> Slot | None: ...

    def samples(self, slot: Slot) -> Samples:
        """The payload of the slot that ``peek`` has returned."""
        ...

    def release(self) -> None: ...


class UnplayedSamples(Protocol):
    """Samples that a lost device did not play; see ``UnplayedAudio``."""

    def __len__(self) -> int: ...

    def fill(self, block: Samples) -> int: ...

    def fade_in(self, block: Samples) -> None: ...

    def clear(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Begun:
    lane: int
    utterance: int


@dataclass(frozen=True, slots=True)
class BlockStarted:
    """The first samples of a PCM slot are in the block."""

    utterance: int
    slot: Slot
    is_first: bool
    """The slot is the utterance's first."""
    at: int
    """Samples of the block before those of the slot."""
    is_due: bool = False
    """Its samples follow those before them without a pause."""


@dataclass(frozen=True, slots=True)
class SegmentDone:
    lane: int
    utterance: int
    segments: int
    samples: int
    """Played or skipped, of all segments so far."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The utterance's last sample is in the block."""

    current: CurrentUtterance
    slot: Slot
    at: int
    """Samples of the block before the utterance's end."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Nothing more of the utterance is played."""

    current: CurrentUtterance


Event = Begun | BlockStarted | SegmentDone | Finished | Cancelled


class Playback:
    """Fills blocks for the device, across utterances, and applies pause, resume, skip and cancel.

    ``report`` is called with an event before the slot that caused it is released: where the process dies in between,
    the slot is delivered again to its replacement, which finds what ``report`` has published.
    """

    def __init__(
        self,
        stage: int,
        source: Source,
        state: LaneState,
        unplayed: UnplayedSamples,
        report: Callable[[Event], None],
    ) -> None:
        self._stage, self._source, self._state, self._unplayed, self._report = stage, source, state, unplayed, report
        self.current: CurrentUtterance | None = None
        self.paused = False
        self._faded_out: Samples = np.empty(0, np.float32)
        """Samples that faded out at the last pause: playback resumes with a fade-in of the same samples."""

    @property
    def is_cancelled(self) -> bool:
        """The current utterance was cancelled, and ``end_cancelled`` has not been called."""
        current = self.current
        return current is not None and self._state.live(current.lane) != current.utterance

    def pending_change(self, device_is_open: bool) -> Change | None:
        """What the device loop must apply (``fade``) before it fills the next block.

        Pause and resume need no fade where no utterance plays, and wait where the device is closed.
        """
        paused = self._state.paused
        if self.current is None:
            self.paused = paused
            return None
        if self.is_cancelled:
            return "cancel"
        if paused == self.paused or not device_is_open:
            return None
        return "pause" if paused else "resume"

    def fade(self, change: Change, block: Samples, space: int) -> Samples:
        """Apply the change; return the part of ``block``, at most FADE_SAMPLES, that the device must play for it.

        space: samples that the device takes now; 0 where it is closed. After a cancel, call ``end_cancelled``.
        """
        current = self.current
        assert current is not None
        current.more_due = False
        if change == "resume":
            self.paused = False
            faded = block[: len(self._faded_out)]
            faded[:] = self._faded_out * (1 - fade_out_gain(len(faded)))
            return faded
        is_heard = current.samples > 0 and not self.paused
        faded = self._next_fade_samples(current, block[: min(FADE_SAMPLES, space) if is_heard else 0])
        if change == "pause":
            self.paused = True
            self._faded_out = faded.copy()
        faded *= fade_out_gain(len(faded))
        return faded

    def _next_fade_samples(self, current: CurrentUtterance, block: Samples) -> Samples:
        """Fill the block with the utterance's next samples, up to the segment's end; return the part that is filled."""
        filled = 0
        while filled < len(block) and (slot := self._source.peek()) is not None:
            if slot.words[s.UTTERANCE] != current.utterance or slot.words[s.KIND] != s.PCM:
                break
            copy = current.skip if self._is_skipped(current) else current.take
            filled = copy(slot, self._source.samples(slot), block, filled)
            if current.slot_offset:
                break
            self._source.release()
        return block[:filled]

    def _is_skipped(self, current: CurrentUtterance) -> bool:
        return current.sentence < self._state.skip_before_sentence(current.lane)

    def end_cancelled(self) -> None:
        """Drop what the ring still has of the current utterance, and report its end."""
        current, self.current = self.current, None
        assert current is not None
        _drop(self._source, current.utterance)
        self._report(Cancelled(current))

    def fill(self, block: Samples) -> int:
        """Move samples into the block; return how many. The rest of the block is left as it is."""
        filled = self._unplayed.fill(block) if self._unplayed and not self.paused else 0
        while filled < len(block) and (slot := self._source.peek()) is not None:
            current, utterance = self.current, slot.words[s.UTTERANCE]
            if self._state.live(slot.words[s.LANE]) != utterance:
                if current is not None and utterance == current.utterance:
                    break  # cancelled a moment ago: ``pending_change`` says so next time
                self._source.release()
                continue
            if self.paused or (current is not None and current.utterance != utterance and self.is_cancelled):
                break  # the current utterance must end before the next one begins
            filled = self._take(slot, block, filled)
            if self.current is not None and self.current.slot_offset:
                break
            self._source.release()
        self._unplayed.fade_in(block[:filled])
        return filled

    def _take(self, slot: Slot, block: Samples, filled: int) -> int:
        words = slot.words
        kind = words[s.KIND]
        if self.current is None or self.current.utterance != words[s.UTTERANCE]:
            self.current = restore(slot, self._state, self._stage)
        current = self.current
        if kind == s.BEGIN:
            lane, utterance = words[s.LANE], words[s.UTTERANCE]
            progress, restart = self._state.progress(self._stage, lane, utterance), _decode_spec(slot.bytes()).restart
            if begins_here(slot.position, restart, progress, current is not None):
                self.current = CurrentUtterance(lane, utterance)
                self._report(Begun(lane, utterance))
        elif current is None:
            pass  # the utterance has ended
        elif kind == s.PCM and self._is_skipped(current):
            return current.skip(slot, self._source.samples(slot), block, filled)
        elif kind == s.PCM:
            if current.slot_offset == 0:
                first = current.samples == 0
                self._report(BlockStarted(current.utterance, slot, first, filled, current.more_due))
            filled = current.take(slot, self._source.samples(slot), block, filled)
            current.more_due = True
        elif words[s.SEGMENT] == current.segment and kind == s.SEGMENT_END:
            current.more_due = bool(words[s.COUNT])
            current.finish_segment(words[s.SENTENCE])
            self._report(SegmentDone(current.lane, current.utterance, current.segment, current.samples))
        elif words[s.SEGMENT] == current.segment and kind == s.END:
            self.current = None
            self._report(Finished(current, slot, filled))
        return filled

    def samples_to_write(self, size: int, filled: int, spare: int) -> int:
        """How many samples of a block to write: its first ``filled``, or all ``size`` with silence after ``filled``.

        spare: samples that the device can still play before it needs silence in place of late samples. No silence is
        written while samples are due and spare is above 0, nor before the fade of a cancelled utterance.
        """
        current = None if self.paused else self.current
        if current is None or filled == size:
            return size
        return filled if self.is_cancelled or (current.more_due and spare > 0) else size

    def next_slot(self) -> Slot | None:
        """Drop the slots of cancelled utterances; return the first slot that is to be played."""
        while (slot := self._source.peek()) is not None:
            if self._state.live(slot.words[s.LANE]) == slot.words[s.UTTERANCE]:
                return slot
            self._source.release()
        return None

    def abandon(self) -> list[int]:
        """There is no device: drop the current and the next utterance; return their numbers, which must be failed."""
        self._unplayed.clear()
        utterances = [] if self.current is None else [self.current.utterance]
        if (slot := self.next_slot()) is not None and slot.words[s.UTTERANCE] not in utterances:
            utterances.append(slot.words[s.UTTERANCE])
        for utterance in utterances:
            _drop(self._source, utterance)
        self.current = None
        return utterances


def _drop(source: Source, utterance: int) -> None:
    while (slot := source.peek()) is not None and slot.words[s.UTTERANCE] == utterance:
        source.release()

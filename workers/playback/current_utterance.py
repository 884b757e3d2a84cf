"""The utterance that the output stage plays: its position, and the copying of its samples into the device's blocks."""

from dataclasses import dataclass
from typing import Protocol

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.shared_state import Progress
from steadyvoice.ipc.slot import Slot
from steadyvoice.workers.playback.fade import Samples, fade_out_gain


class LaneState(Protocol):
    """What playback reads of the shared state; see ``ipc.shared_state.SharedState``."""

    @property
    def paused(self) -> bool: ...

    def live(self, lane: int) -> int: ...

    def skipped(self, lane: int) -> int: ...

    def consumed(self, lane: int, utterance: int) -> int: ...

    def left_out(self, lane: int, utterance: int) -> int: ...

    def progress(self, stage: int, lane: int, utterance: int) -> Progress | None: ...


@dataclass
class CurrentUtterance:
    lane: int
    utterance: int
    samples: int = 0
    """Samples that were played or skipped."""
    segment: int = 0
    segment_start: int = 0
    """Samples before the current segment."""
    more_due: bool = False
    """The next samples follow without a pause, so that silence now would be an underrun. False after the last text
    that there is so far."""
    slot_offset: int = 0
    """Samples of the ring's oldest slot that were played."""
    sentence: int = 0
    skip_faded: bool = False
    """The current sentence is being skipped and has been faded out: the rest of it is dropped."""
    skipped_samples: int = 0

    def finish_segment(self, next_sentence: int) -> None:
        self.segment, self.segment_start = self.segment + 1, self.samples
        self.sentence, self.skip_faded = next_sentence, False

    def take(self, slot: Slot, samples: Samples, block: Samples, filled: int) -> int:
        """Copy as many of the slot's samples as fit into the block after ``filled``; return the new ``filled``.

        ``slot_offset`` is then the position in the slot, or 0 where the slot is used up.
        """
        count = slot.words[s.COUNT]
        self.slot_offset = self.slot_offset or self._already_played(slot)
        taken = min(count - self.slot_offset, len(block) - filled)
        block[filled : filled + taken] = samples[self.slot_offset : self.slot_offset + taken]
        self.samples += taken
        self.slot_offset = (self.slot_offset + taken) % count
        return filled + taken

    def skip(self, slot: Slot, samples: Samples, block: Samples, filled: int) -> int:
        """Use up the slot of a sentence that is skipped: fade out as many samples as fit, drop the others."""
        at, self.slot_offset = self.slot_offset or self._already_played(slot), 0
        count = slot.words[s.COUNT] - at
        fade = 0 if self.skip_faded or not self.samples else min(count, len(block) - filled)
        block[filled : filled + fade] = samples[at : at + fade] * fade_out_gain(fade)
        self.skip_faded = True
        self.samples += count
        self.skipped_samples += count - fade
        return filled + fade

    def _already_played(self, slot: Slot) -> int:
        """How many of the slot's samples are a repetition, made by a replayed segment; all in an earlier segment."""
        if slot.words[s.SEGMENT] != self.segment:
            return int(slot.words[s.COUNT])
        return slot.already_delivered(self.samples - self.segment_start)


def restore(slot: Slot, state: LaneState, stage: int) -> CurrentUtterance | None:
    """Position of the slot's utterance as published by a process of this stage that has died.

    None where the utterance has not begun, or has ended.
    """
    words = slot.words
    lane, utterance = words[s.LANE], words[s.UTTERANCE]
    progress = state.progress(stage, lane, utterance)
    if progress is None or progress.over:
        return None
    consumed = state.consumed(lane, utterance)
    if words[s.KIND] == s.PCM and words[s.SEGMENT] == progress.parts:
        # A slot may have been released before its samples were counted.
        consumed = max(consumed, progress.rows + words[s.INDEX])
    return CurrentUtterance(
        lane,
        utterance,
        consumed,
        progress.parts,
        progress.rows,
        sentence=words[s.SENTENCE],
        skipped_samples=state.left_out(lane, utterance),
    )

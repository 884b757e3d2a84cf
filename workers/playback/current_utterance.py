"""The utterance that the output stage plays: its position, and the copying of its samples into the device's blocks."""

from dataclasses import dataclass
from typing import Protocol

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.shared_state import Progress
from steadyvoice.ipc.slot import Slot
from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples, fade_out_gain


class LaneState(Protocol):
    """What playback reads of the shared state; see ``ipc.shared_state.SharedState``."""

    @property
    def paused(self) -> bool: ...

    def live(self, lane: int) -> int: ...

    def skip_before_sentence(self, lane: int) -> int: ...

    def consumed(self, lane: int, utterance: int) -> int: ...

    def skipped_samples(self, lane: int, utterance: int) -> int: ...

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
    fade_left: int = 0
    """Samples of the fade-out that a skip still needs: FADE_SAMPLES after a sample that was played in full."""
    skipped_samples: int = 0

    def finish_segment(self, next_sentence: int) -> None:
        self.segment, self.segment_start = self.segment + 1, self.samples
        self.sentence = next_sentence

    def take(self, slot: Slot, samples: Samples, block: Samples, filled: int) -> int:
        """Copy as many of the slot's samples as fit into the block after ``filled``; return the new ``filled``.

        ``slot_offset`` is then the position in the slot, or 0 where the slot is used up.
        """
        count = slot.words[s.COUNT]
        self.slot_offset = self.slot_offset or self._already_played(slot)
        taken = min(count - self.slot_offset, len(block) - filled)
        block[filled : filled + taken] = samples[self.slot_offset : self.slot_offset + taken]
        if taken:
            self.fade_left = FADE_SAMPLES
        self.samples += taken
        self.slot_offset = (self.slot_offset + taken) % count
        return filled + taken

    def skip(self, slot: Slot, samples: Samples, block: Samples, filled: int) -> int:
        """As ``take``, of a sentence that is skipped: what was heard fades out, and the rest of the slot is dropped.

        The fade goes on in the next slot or block where this one is too short for it.
        """
        at = self.slot_offset or self._already_played(slot)
        left = slot.words[s.COUNT] - at
        fade = min(self.fade_left, left, len(block) - filled)
        gain = fade_out_gain(FADE_SAMPLES)[FADE_SAMPLES - self.fade_left :]
        block[filled : filled + fade] = samples[at : at + fade] * gain[:fade]
        self.fade_left -= fade
        dropped = 0 if self.fade_left else left - fade
        self.samples += fade + dropped
        self.skipped_samples += dropped
        self.slot_offset = at + fade if fade + dropped < left else 0
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
    if progress is None or progress.finished:
        return None
    consumed = state.consumed(lane, utterance)
    if words[s.KIND] == s.PCM and words[s.SEGMENT] == progress.segments:
        # A slot may have been released before its samples were counted.
        consumed = max(consumed, progress.frames_or_samples + words[s.INDEX])
    return CurrentUtterance(
        lane,
        utterance,
        consumed,
        progress.segments,
        progress.frames_or_samples,
        sentence=words[s.SENTENCE],
        fade_left=FADE_SAMPLES if consumed else 0,
        skipped_samples=state.skipped_samples(lane, utterance),
    )

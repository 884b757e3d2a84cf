"""The utterance that is on the sound device: how far it is, and its samples into the device's blocks."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.slot import Slot
from steadyvoice.workers.playback.portaudio import RATE
from steadyvoice.workers.runtime.stage import Context

FADE: Final = RATE * 5 // 1000
_CURVE: Final = (np.cos(np.linspace(0, np.pi / 2, FADE)) ** 2).astype(np.float32)

PcmWriter = NDArray[np.float32]


def curve(samples: int) -> PcmWriter:
    """From 1 to 0, in so many samples, FADE at most."""
    return _CURVE if samples == FADE else _CURVE[np.linspace(0, FADE - 1, samples).astype(int)]


@dataclass
class Playing:
    lane: int
    utterance: int
    samples: int = 0
    """Played or left out."""
    part: int = 0
    before: int = 0
    """Samples before the part."""
    owed: bool = False
    """More is to come at once: silence now would be an underrun. After the last text there is, it is not."""
    offset: int = 0
    """Samples of the slot at hand that are played."""
    sentence: int = 0
    leaving: bool = False
    """This sentence has been faded out: the rest of it is left out."""
    skipped: int = 0
    """Samples that were left out."""

    def pass_part(self, sentence: int) -> None:
        """The part has been played. sentence: that of the next one."""
        self.part, self.before = self.part + 1, self.samples
        self.sentence, self.leaving = sentence, False

    def known(self, slot: Slot) -> int:
        """How many samples of the slot were here before, and were made anew; of another part's slot all."""
        words = slot.words
        return (
            slot.already_delivered(self.samples - self.before) if words[s.SEGMENT] == self.part else int(words[s.COUNT])
        )

    def take(self, slot: Slot, samples: PcmWriter, block: PcmWriter, filled: int) -> int:
        """Copy from the slot's samples what fits into the block after ``filled``; return how much is filled then.

        ``offset`` says afterwards where to go on, 0 at the slot's end.
        """
        rows = slot.words[s.COUNT]
        self.offset = self.offset or self.known(slot)
        taken = min(rows - self.offset, len(block) - filled)
        block[filled : filled + taken] = samples[self.offset : self.offset + taken]
        self.samples += taken
        self.offset = (self.offset + taken) % rows
        return filled + taken

    def leave_out(self, slot: Slot, samples: PcmWriter, block: PcmWriter, filled: int) -> int:
        """As ``take``, of a sentence that is skipped: fade out with what the block takes, let go of the rest."""
        at, self.offset = self.offset or self.known(slot), 0
        rows = slot.words[s.COUNT] - at
        fade = 0 if self.leaving or not self.samples else min(rows, len(block) - filled)
        block[filled : filled + fade] = samples[at : at + fade] * curve(fade)
        self.leaving = True
        self.samples += rows
        self.skipped += rows - fade
        return filled + fade


def found(slot: Slot, context: Context) -> Playing | None:
    """The slot's utterance as a predecessor of this stage has left it; None where there is nothing to go on with."""
    words, shared = slot.words, context.shared
    lane, utterance = words[s.LANE], words[s.UTTERANCE]
    progress = shared.progress(context.index, lane, utterance)
    if progress is None or progress.over:
        return None
    consumed = shared.consumed(lane, utterance)
    if words[s.KIND] == s.PCM and words[s.SEGMENT] == progress.parts:
        consumed = max(consumed, progress.rows + words[s.INDEX])  # what was let go of, and not counted yet
    skipped = shared.left_out(lane, utterance)
    return Playing(
        lane, utterance, consumed, progress.parts, progress.rows, sentence=words[s.SENTENCE], skipped=skipped
    )

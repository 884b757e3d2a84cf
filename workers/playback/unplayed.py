"""What a sound device was given before it was lost, or died with the stage that had it, and had not played yet."""

import time
from typing import Final

import numpy as np

from steadyvoice.ipc.playback_history import PlaybackHistory
from steadyvoice.ipc.shared_state import LANES, SharedState
from steadyvoice.ipc.slot import TIMED_STAGES
from steadyvoice.ipc.stage_protocol import Ended
from steadyvoice.workers.playback.playing import FADE, PcmWriter, Playing, curve
from steadyvoice.workers.playback.portaudio import RATE
from steadyvoice.workers.runtime.stage import Context

NO_TIMES: Final = [0] * 2 * TIMED_STAGES
_NONE: Final = np.empty(0, np.float32)


class UnplayedAudio:
    """It is played first when there is a device again, and begins with a short fade: the speech was broken off."""

    def __init__(self, history: PlaybackHistory, shared: SharedState) -> None:
        self._history, self._board = history, shared
        self._lane, self._utterance = history.lane, history.utterance
        self._samples: PcmWriter = _NONE
        self._rising = False

    def __len__(self) -> int:
        return len(self._samples)

    def gave(self, block: PcmWriter, lasts_until: int, playing: Playing | None) -> None:
        """The device is being given the block, which it will have played then (monotonic nanoseconds)."""
        if playing is not None:
            self._lane, self._utterance = playing.lane, playing.utterance
        self._history.write(block.data, lasts_until, self._lane, self._utterance)

    def recall(self, now: int = 0) -> None:
        """The device was lost, or died, at that time (monotonic nanoseconds; 0: this moment)."""
        self._samples, self._rising = np.frombuffer(self._history.unheard(RATE, now), np.float32), True

    def forget(self) -> None:
        self._samples = _NONE

    def fill(self, block: PcmWriter) -> int:
        """Move what the block takes of it there, if it is wanted still; return how much."""
        if not self._utterance or self._board.live(self._lane) != self._utterance:
            self.forget()
        part, self._samples = self._samples[: len(block)], self._samples[len(block) :]
        block[: len(part)] = part
        return len(part)

    def rise(self, block: PcmWriter) -> None:
        """These are the next samples to be heard."""
        if self._rising and len(block):
            fade = min(len(block), FADE)
            block[:fade] *= 1 - curve(fade)
            self._rising = False


def untold(context: Context) -> list[Ended]:
    """What a predecessor would have told when the device had played all of it: these utterances have been played."""
    ended, shared = [], context.shared
    for lane in range(LANES):
        utterance = shared.live(lane)
        progress = shared.progress(context.index, lane, utterance) if utterance else None
        if progress is not None and progress.over:
            skipped = shared.left_out(lane, utterance)
            ended.append(Ended(utterance, progress.rows, skipped, NO_TIMES, time.monotonic_ns()))
    return ended

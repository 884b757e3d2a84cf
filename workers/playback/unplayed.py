"""What a sound device was given before it was lost, or died with the stage that had it, and had not played yet."""

import time
from typing import Final

import numpy as np

from steadyvoice.ipc.playback_history import Tape
from steadyvoice.ipc.shared_state import LANES, Board
from steadyvoice.ipc.slot import TIMED_STAGES
from steadyvoice.ipc.stage_protocol import Ended
from steadyvoice.workers.playback.playing import FADE, Pcm, Playing, curve
from steadyvoice.workers.playback.portaudio import RATE
from steadyvoice.workers.runtime.stage import Context

NO_TIMES: Final = [0] * 2 * TIMED_STAGES
_NONE: Final = np.empty(0, np.float32)


class Unheard:
    """It is played first when there is a device again, and begins with a short fade: the speech was broken off."""

    def __init__(self, tape: Tape, board: Board) -> None:
        self._tape, self._board = tape, board
        self._lane, self._utterance = tape.lane, tape.utterance
        self._samples: Pcm = _NONE
        self._rising = False

    def __len__(self) -> int:
        return len(self._samples)

    def gave(self, block: Pcm, lasts_until: int, playing: Playing | None) -> None:
        """The device is being given the block, which it will have played then (monotonic nanoseconds)."""
        if playing is not None:
            self._lane, self._utterance = playing.lane, playing.utterance
        self._tape.write(block.data, lasts_until, self._lane, self._utterance)

    def recall(self, now: int = 0) -> None:
        """The device was lost, or died, at that time (monotonic nanoseconds; 0: this moment)."""
        self._samples, self._rising = np.frombuffer(self._tape.unheard(RATE, now), np.float32), True

    def forget(self) -> None:
        self._samples = _NONE

    def fill(self, block: Pcm) -> int:
        """Move what the block takes of it there, if it is wanted still; return how much."""
        if not self._utterance or self._board.live(self._lane) != self._utterance:
            self.forget()
        part, self._samples = self._samples[: len(block)], self._samples[len(block) :]
        block[: len(part)] = part
        return len(part)

    def rise(self, block: Pcm) -> None:
        """These are the next samples to be heard."""
        if self._rising and len(block):
            fade = min(len(block), FADE)
            block[:fade] *= 1 - curve(fade)
            self._rising = False


def untold(context: Context) -> list[Ended]:
    """What a predecessor would have told when the device had played all of it: these utterances have been played."""
    ended, board = [], context.board
    for lane in range(LANES):
        utterance = board.live(lane)
        passed = board.passed(context.index, lane, utterance) if utterance else None
        if passed is not None and passed.over:
            skipped = board.left_out(lane, utterance)
            ended.append(Ended(utterance, passed.rows, skipped, NO_TIMES, time.monotonic_ns()))
    return ended

"""The samples that a device had not played yet when it was lost, or when the output process died."""

from typing import Final

import numpy as np

from steadyvoice.ipc.sample_history import PlaybackHistory
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.workers.playback.current_utterance import CurrentUtterance
from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples, fade_out_gain

_NONE: Final = np.empty(0, np.float32)


class UnplayedAudio:
    """Played first when a device is open again, with a fade-in, because the speech was interrupted there."""

    def __init__(self, history: PlaybackHistory, shared: SharedState) -> None:
        self._history, self._shared = history, shared
        self._lane, self._utterance = history.lane, history.utterance
        self._samples: Samples = _NONE
        self._fades_in = False

    def __len__(self) -> int:
        return len(self._samples)

    def record(self, block: Samples, lasts_until: int, current: CurrentUtterance | None) -> None:
        """Keep the block, which the device is about to get.

        lasts_until: when the device will have played it, monotonic nanoseconds.
        """
        if current is not None:
            self._lane, self._utterance = current.lane, current.utterance
        self._history.record(block.data, lasts_until, self._lane, self._utterance)

    def recall(self, now: int = 0) -> None:
        """Take from the history what the device had not played at ``now``, monotonic nanoseconds; 0: at present."""
        self._samples, self._fades_in = np.frombuffer(self._history.unheard(now), np.float32), True

    def clear(self) -> None:
        self._samples = _NONE

    def fill(self, block: Samples) -> int:
        """Move as many samples as fit into the block, unless their utterance was cancelled; return how many."""
        if not self._utterance or self._shared.live(self._lane) != self._utterance:
            self.clear()
        moved, self._samples = self._samples[: len(block)], self._samples[len(block) :]
        block[: len(moved)] = moved
        return len(moved)

    def fade_in(self, block: Samples) -> None:
        """Fade in the block, if it is the first one after ``recall``. It may hold other samples than these."""
        if self._fades_in and len(block):
            fade = min(len(block), FADE_SAMPLES)
            block[:fade] *= 1 - fade_out_gain(fade)
            self._fades_in = False

"""A resampler with a ratio that follows two clocks: it copies until it is first needed."""

from typing import Final

import numpy as np

from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples, fade_out_gain

HELD: Final = 20
"""Samples that the resampler holds back: it needs so many after each point in time."""
_PRIMER: Final = 64
"""Samples before the first one that is resampled, so that the resampler's filter is full there."""


class VariableResampler:
    """Mono. Output is aligned with input; after ``begin`` it is HELD samples behind."""

    def __init__(self) -> None:
        from samplerate import Resampler  # of libsamplerate; found missing only where live sound is used

        self._resampler = Resampler("sinc_fastest", channels=1)
        self._past = np.zeros(_PRIMER, np.float32)
        self._waiting = self._past[:0]
        self._is_beginning = False
        self.copies = True
        """Input is returned as it is. False for ever after ``begin``."""

    def begin(self) -> None:
        """Fade over to the resampler at the beginning of the next input."""
        self._is_beginning, self.copies = self.copies, False

    def process(self, samples: Samples, ratio: float) -> Samples:
        """Take any number of samples; return those that they complete. ratio: output samples per input sample."""
        if self.copies:
            self._past = np.concatenate([self._past, samples[-_PRIMER:]])[-_PRIMER:]
            return samples
        if self._is_beginning:
            return self._first(samples, ratio)
        made: Samples = self._resampler.process(samples, ratio)
        return made

    def _first(self, samples: Samples, ratio: float) -> Samples:
        """Samples faded from the copy to the resampler's output: HELD fewer than were given."""
        samples = np.concatenate([self._waiting, samples])
        if len(samples) <= 2 * HELD:  # too short for a fade
            self._waiting = samples
            return samples[:0]
        self._is_beginning = False
        self._resampler.process(self._past, 1.0)
        self._resampler.set_ratio(ratio)
        made: Samples = self._resampler.process(samples, ratio)[HELD:]
        fade = min(len(made), len(samples), FADE_SAMPLES)
        gain = fade_out_gain(fade)
        made = made.copy()
        made[:fade] = gain * samples[:fade] + (1 - gain) * made[:fade]
        return made

"""Mel frames, 50 a second, to samples of 24 kHz: HiFT on windows. For Chatterbox, Turbo, Nano and CosyVoice2.

Each window has a lookahead of 12 frames, and what the network keeps to its left (streamed.py).
"""

from typing import Final

import numpy as np

from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples
from steadyvoice.workers.engines.windowed import Stream, WindowedVocoder, chunk_sizes
from steadyvoice.workers.networks.hift import Hift
from steadyvoice.workers.networks.windows import Windows

LOOKAHEAD: Final = 12
"""Frames. Errors with others: docs/models.md."""
_HALF_FADE: Final = 480  # samples


class HiftDecoder:
    """The weights, shared by all utterances of a model."""

    def __init__(self, hift: Hift, *, fades_in: bool) -> None:
        """fades_in: 20 ms of silence and 20 ms of fade at each segment's beginning, where Chatterbox may repeat the end
        of the voice's recording (``trim_fade`` in s3gen.py of resemble-ai/chatterbox 5de7a54)."""
        self._hift, self._cost, self._fades_in = hift, Cost(), fades_in
        self._frame_s = hift.shape.samples / hift.shape.rate
        sizes = chunk_sizes(self._frame_s, LOOKAHEAD)
        self._windows = Windows(hift, hift.state(), hift.shape.mels, sizes, LOOKAHEAD)

    def vocoder(self, downstream: Downstream) -> WindowedVocoder:
        """For one utterance: see `engine.Vocoder`."""
        return WindowedVocoder(self._open, self._frame_s, LOOKAHEAD, self._cost, downstream)

    def _open(self) -> Stream:
        stream = self._windows.stream(self._hift.state())
        return _FadingIn(stream) if self._fades_in else stream


class _FadingIn:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        rise = (1 - np.cos(np.linspace(0, np.pi, _HALF_FADE))) / 2
        self._fade = np.concatenate((np.zeros(_HALF_FADE), rise)).astype(np.float32)
        """Of the samples that follow."""

    def __call__(self, frames: Frames, keep: int, *, ends: bool) -> Samples:
        """See `windowed.Stream`."""
        made = self._stream(frames, keep, ends=ends)
        fade, self._fade = self._fade[: len(made)], self._fade[len(made) :]
        return np.concatenate((made[: len(fade)] * fade, made[len(fade) :]))

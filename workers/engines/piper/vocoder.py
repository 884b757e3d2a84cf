"""Latents, 86 a second at 22,050 Hz, to samples: the decoder on windows.

Each window has as many frames of context on each side as its samples depend on, so that chunked equals whole. At the
segment's edges there is no context: the decoder pads with zeros there, in every layer, as it does on the whole.
"""

import time
from typing import Final

import numpy as np

from steadyvoice.ipc.stage_protocol import VOCODER_MAX_BUFFERED_S
from steadyvoice.workers.chunk_size import ChunkSizer
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples
from steadyvoice.workers.engines.piper.model import DIM, Decoder
from steadyvoice.workers.engines.piper.published import HOP

_SIZES: Final = (8, 16, 32, 64)
"""Frames of a chunk."""


class PiperVocoder:
    """The decoder for one utterance: see `engine.Vocoder`. 256 samples a frame."""

    def __init__(self, decoder: Decoder, speaker: int, rate: int, downstream: Downstream) -> None:
        self._decoder, self._speaker, self._frame_s = decoder, speaker, HOP / rate
        most = VOCODER_MAX_BUFFERED_S / self._frame_s - decoder.context - 1
        sizes = tuple(size * self._frame_s for size in _SIZES if size <= most)
        self._schedule = ChunkSizer(sizes, decoder.cost, downstream.ahead, downstream.min_input_s)
        self._came_at = downstream.came_at
        self._frames: Frames = np.empty((0, DIM), np.float32)
        """The context before the waiting frames, and these."""
        self._done = 0
        """Frames of the context."""

    def push(self, frames: Frames) -> Samples:
        if len(frames):
            self._frames = np.concatenate((self._frames, frames))
            self._schedule.arrived(len(frames) * self._frame_s, self._came_at())
        made = [np.empty(0, np.float32)]
        while size := self._schedule.next(max(0, self._waiting - self._decoder.context) * self._frame_s):
            made.append(self._decode(round(size / self._frame_s)))
        return np.concatenate(made)

    def finish(self) -> Samples:
        rest = self._decode(self._waiting) if self._waiting else np.empty(0, np.float32)
        self._frames, self._done = self._frames[:0], 0
        return rest

    @property
    def _waiting(self) -> int:
        return len(self._frames) - self._done

    def _decode(self, count: int) -> Samples:
        """The samples of the next frames, which have their context."""
        began, end = time.monotonic(), self._done + count
        window = self._decoder(self._frames[: end + self._decoder.context], self._speaker)
        made = window[self._done * HOP : end * HOP]
        kept = max(0, end - self._decoder.context)
        self._frames, self._done = self._frames[kept:].copy(), end - kept
        self._decoder.cost.learn(count * self._frame_s, time.monotonic() - began)
        return made

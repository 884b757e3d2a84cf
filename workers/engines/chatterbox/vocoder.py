"""Mel frames, 50 a second, to samples of 24 kHz: HiFT on windows. For Chatterbox, Turbo, Nano and CosyVoice2.

Each window has a lookahead of 12 frames, and what the network keeps to its left (streamed.py).
"""

from functools import partial
from typing import Final

import numpy as np
import torch

from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples
from steadyvoice.workers.engines.windowed import WindowedVocoder, chunk_sizes
from steadyvoice.workers.networks.graphs import Graphs
from steadyvoice.workers.networks.hift import Hift

LOOKAHEAD: Final = 12
"""Frames. Errors with others: docs/models.md."""
_HALF_FADE: Final = 480  # samples


class HiftDecoder:
    """The weights, shared by all utterances of a model."""

    def __init__(self, hift: Hift, *, fades_in: bool) -> None:
        """fades_in: 20 ms of silence and 20 ms of fade at each segment's beginning, where Chatterbox may repeat the end
        of the voice's recording (``trim_fade`` in s3gen.py of resemble-ai/chatterbox 5de7a54)."""
        self.hift, self.cost = hift, Cost()
        self.fade = np.ones(0, np.float32)
        if fades_in:
            rise = (1 - np.cos(np.linspace(0, np.pi, _HALF_FADE))) / 2
            self.fade = np.concatenate((np.zeros(_HALF_FADE), rise)).astype(np.float32)
        self.frame_s = hift.shape.samples / hift.shape.rate
        self.windows = Graphs(hift, hift.state(), hift.shape.mels, chunk_sizes(self.frame_s, LOOKAHEAD), LOOKAHEAD)

    def vocoder(self, downstream: Downstream) -> WindowedVocoder:
        """For one utterance: see `engine.Vocoder`."""
        return WindowedVocoder(partial(_Stream, self), self.frame_s, LOOKAHEAD, self.cost, downstream)


class _Stream:
    def __init__(self, decoder: HiftDecoder) -> None:
        self._decoder = decoder
        self._state = decoder.hift.state()
        self._made = 0

    def __call__(self, frames: Frames, keep: int, *, ends: bool) -> Samples:
        """See `windowed.Stream`."""
        window = torch.from_numpy(frames).to(self._decoder.hift.device)
        pcm = self._decoder.windows(self._state, window, keep, begins=not self._made, ends=ends)
        made: Samples = pcm.cpu().numpy()
        if len(fade := self._decoder.fade[self._made :][: len(made)]):
            made[: len(fade)] *= fade
        self._made += len(made)
        return made

"""Latents of XTTS-v2, each for 1024 samples of 22.05 kHz, to samples of 24 kHz: HiFi-GAN on windows.

The windows are of rows, 93.75 a second, to which the latents are interpolated as they arrive; the lookahead is as long
as samples depend on, so that chunked equals whole.
"""

from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor

from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples
from steadyvoice.workers.engines.windowed import WindowedVocoder, chunk_sizes
from steadyvoice.workers.networks.graphs import Graphs
from steadyvoice.workers.networks.hifigan import Hifigan, Latents
from steadyvoice.workers.networks.streamed import State

SAMPLES: Final = 1115
"""Samples per latent for the pipeline. The model makes 1114.56; silence at a segment's end makes up the difference."""


class HifiganDecoder:
    """The weights, shared by all utterances of a model."""

    def __init__(self, hifigan: Hifigan) -> None:
        self.hifigan, self.cost = hifigan, Cost()
        shape = hifigan.shape
        self.row_s = shape.samples / shape.rate
        state = hifigan.state(torch.zeros(shape.speaker))
        sizes = chunk_sizes(self.row_s, hifigan.exact)
        self.windows = Graphs(hifigan, state, shape.latents, sizes, hifigan.exact)

    def vocoder(self, speaker: Tensor, downstream: Downstream) -> "XttsVocoder":
        """For one utterance. speaker: the voice's vector [512]."""
        return XttsVocoder(self, speaker, downstream)


class XttsVocoder:
    """See `engine.Vocoder`."""

    def __init__(self, decoder: HifiganDecoder, speaker: Tensor, downstream: Downstream) -> None:
        self._decoder = decoder
        begin = partial(decoder.hifigan.state, speaker)
        exact = decoder.hifigan.exact
        self._rows = WindowedVocoder(lambda: _Stream(decoder, begin()), decoder.row_s, exact, decoder.cost, downstream)
        self._begin()

    def push(self, frames: Frames) -> Samples:
        self._due += len(frames) * SAMPLES
        made = self._rows.push(self._latents.push(torch.from_numpy(frames)).numpy())
        self._due -= len(made)
        return made

    def finish(self) -> Samples:
        parts = [np.empty(0, np.float32)]
        if self._due:
            rest = torch.empty(0, self._decoder.hifigan.shape.latents)
            parts = [self._rows.push(self._latents.push(rest, ends=True).numpy()), self._rows.finish()]
            parts.append(np.zeros(self._due - sum(map(len, parts)), np.float32))
        self._begin()
        return np.concatenate(parts)

    def _begin(self) -> None:
        self._latents = Latents()
        self._due = 0  # samples of the segment that are still to come


class _Stream:
    def __init__(self, decoder: HifiganDecoder, state: State) -> None:
        self._decoder, self._state = decoder, state
        self._begins = True

    def __call__(self, frames: Frames, keep: int, *, ends: bool) -> Samples:
        """See `windowed.Stream`."""
        rows = torch.from_numpy(frames).to(self._decoder.hifigan.device)
        made = self._decoder.windows(self._state, rows, keep, begins=self._begins, ends=ends)
        self._begins = False
        samples: Samples = made.cpu().numpy()
        return samples

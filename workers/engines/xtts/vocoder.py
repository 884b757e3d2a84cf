"""Latents of XTTS-v2, each for 1024 samples of 22.05 kHz, to samples of 24 kHz: HiFi-GAN on windows.

The windows are of rows, 93.75 a second, to which the latents are interpolated as they arrive. Each has a lookahead of
10 rows, and what the network keeps to its left (streamed.py).
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from torch import Tensor

from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples
from steadyvoice.workers.engines.windowed import Stream, WindowedVocoder, chunk_sizes
from steadyvoice.workers.networks.hifigan import Hifigan, Latents
from steadyvoice.workers.networks.windows import Windows

LOOKAHEAD: Final = 10
"""Rows. Errors with others: docs/models.md."""
SAMPLES: Final = 1115
"""Samples per latent for the pipeline. The model makes 1114.56; silence at a segment's end makes up the difference."""


class HifiganDecoder:
    """The weights, shared by all utterances of a model."""

    def __init__(self, hifigan: Hifigan) -> None:
        self._hifigan, self._cost = hifigan, Cost()
        shape = hifigan.shape
        self._row_s = shape.samples / shape.rate
        state, sizes = hifigan.state(torch.zeros(shape.speaker)), chunk_sizes(self._row_s, LOOKAHEAD)
        self._windows = Windows(hifigan, state, shape.latents, sizes, LOOKAHEAD)

    def vocoder(self, speaker: Tensor, downstream: Downstream) -> "XttsVocoder":
        """For one utterance. speaker: the voice's vector [512]."""

        def opened() -> Stream:
            return self._windows.stream(self._hifigan.state(speaker))

        rows = WindowedVocoder(opened, self._row_s, LOOKAHEAD, self._cost, downstream)
        return XttsVocoder(rows, self._hifigan.shape.latents)


class XttsVocoder:
    """See `engine.Vocoder`."""

    def __init__(self, rows: WindowedVocoder, width: int) -> None:
        """rows: to samples. width: of a latent."""
        self._rows, self._width = rows, width
        self._begin()

    def push(self, frames: Frames) -> Samples:
        return np.concatenate([np.empty(0, np.float32), *self.chunks(frames)])

    def chunks(self, frames: Frames) -> Iterator[Samples]:
        """See `engine.Vocoder`."""
        self._due += len(frames) * SAMPLES
        for made in self._rows.chunks(self._latents.push(torch.from_numpy(frames)).numpy()):
            self._due -= len(made)
            yield made

    def finish(self) -> Samples:
        parts = [np.empty(0, np.float32)]
        if self._due:
            rest = torch.empty(0, self._width)
            parts = [self._rows.push(self._latents.push(rest, ends=True).numpy()), self._rows.finish()]
            parts.append(np.zeros(self._due - sum(map(len, parts)), np.float32))
        self._begin()
        return np.concatenate(parts)

    def _begin(self) -> None:
        self._latents = Latents()
        self._due = 0  # samples of the segment that are still to come

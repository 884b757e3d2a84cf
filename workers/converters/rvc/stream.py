"""RVC as a stream: blocks of a few sizes, each converted with the context before it and a little after it.

The published real-time algorithm (RVC-Project, infer/rtrvc.py) converts every block from scratch: the decoder's edges,
noise and sine phase restart, and an overlap search (SOLA) hides the seams. Here nothing restarts:

    frames      | context (what came before) |        block        | margin | guard |
    content     |kept  |---again-----|---------------- new ----------------------|   attends to 1 s before
    latents                           |kept  kept|---------- new ----------|            kept: the last window's
    decoder                           |margin|        block        | margin|            a function of its ±12 frames

Pitch, source and latents of a frame are computed once, and the decoder has a finite receptive field, so the samples are
those of the whole utterance. Only the content encoder's view differs between windows; where one window's latents
end, a few frames are blended. No samples are searched or faded. The encoder computes the end of the context again, with
the input that follows it, and has what precedes it in its cache: more context for less work than a full computation.
"""

import time
from typing import TYPE_CHECKING

import numpy as np
import soxr

from steadyvoice.workers.chunk_size import ChunkSizer
from steadyvoice.workers.converters.rvc.content import Past
from steadyvoice.workers.converters.rvc.f0 import HOP, Estimator, Floats, coarse
from steadyvoice.workers.converters.rvc.source import Source
from steadyvoice.workers.converters.rvc.synth import REACH
from steadyvoice.workers.engines.engine import Ahead, Samples

if TYPE_CHECKING:
    from steadyvoice.workers.converters.rvc.model import Model

BLOCKS = (24, 48, 72, 96)
"""Frames of 10 ms: all block sizes that occur. Even, because a frame of the content encoder is two of these."""
CONTEXT = 104
AGAIN = 64
"""Frames of the context that the encoder computes again."""
GUARD = 4
"""Frames after those that are used: the encoder is inaccurate at the end of a window."""
_BEFORE_F0 = 32  # frames before the first frame with an estimated pitch; the estimators reach 18 back
_F0_GRID = 8  # frames: 80 ms are whole frames of every estimator too, so that all windows estimate at the same times
_BLEND = 4  # at most GUARD


class RvcStream:
    """One utterance. rate_in: hertz of the input; pitch: semitones.

    More than 12 methods: the steps of one window, which share the values kept from the previous window.
    """

    def __init__(
        self,
        model: "Model",
        f0: Estimator,
        rate_in: int,
        pitch: float,
        ahead: Ahead,
        blocks: tuple[int, ...] = BLOCKS,
    ) -> None:
        self._model, self._f0, self._blocks = model, f0, blocks
        self._schedule = ChunkSizer(tuple(block / 100 for block in self._blocks), model.cost, ahead)
        self.rate = model.shape.rate
        self._rate_in, self._factor = rate_in, np.float32(2 ** (pitch / 12))
        self._resampler = None if rate_in == 100 * HOP else soxr.ResampleStream(rate_in, 100 * HOP, 1, dtype="float32")
        noise = np.random.Generator(np.random.SFC64(0))
        self._noise = np.random.Generator(np.random.SFC64(1))
        self._source = Source(self.rate, model.shape.hop, *model.mix, noise)
        self._input_samples = 0  # samples of rate_in
        self._output_samples = 0  # samples of rate
        self._sound = np.zeros(0, np.float32)  # 16 kHz, from the window's first frame on
        self._begun = False

    @property
    def ahead(self) -> int:
        """Frames after a block that its sound depends on: even as blocks are, though a voice's margin may be odd."""
        return -(-(self._model.margin + GUARD) // 2) * 2

    @property
    def min_input_s(self) -> float:
        return self._schedule.first + self.ahead / 100

    def process(self, pcm: Samples) -> Samples:
        self._input_samples += len(pcm)
        self._schedule.arrived(len(pcm) / self._rate_in)
        self._take(pcm, last=False)
        return self._convert(end=False)

    def finish(self) -> Samples:
        self._take(np.zeros(0, np.float32), last=True)
        return self._convert(end=True)

    def _take(self, pcm: Samples, *, last: bool) -> None:
        if self._resampler is not None:
            pcm = self._resampler.resample_chunk(pcm, last=last)
        self._sound = np.concatenate((self._sound, pcm))

    def _convert(self, *, end: bool) -> Samples:
        made = [np.zeros(0, np.float32)]
        total = round(self._input_samples * self.rate / self._rate_in)
        while True:
            context = CONTEXT if self._begun else 0
            waiting = len(self._sound) // HOP - context - self.ahead
            if end and self._output_samples < total:
                left = -(-(total - self._output_samples) // self._model.shape.hop)
                block = min((size for size in self._blocks if size >= left), default=self._blocks[-1])
            elif end or not (block := round(100 * self._schedule.next(waiting / 100))):
                break
            began = time.monotonic()
            if not self._begun:
                self._begin(block)
            sound = self._block(block)[: total - self._output_samples if end else None]
            if self._output_samples:  # the first block of an utterance needs more input
                self._model.cost.learn(block / 100, time.monotonic() - began)
            self._output_samples += len(sound)
            made.append(sound)
        return np.concatenate(made)

    def _begin(self, block: int) -> None:
        """Pad the beginning by reflection: silence would change the loudness by which the encoder normalises.

        Upstream, too, reflects both ends of a file.
        """
        self._begun = True
        before = CONTEXT * HOP
        known = self._sound if len(self._sound) else np.zeros(1, np.float32)
        self._sound = np.pad(known[: (block + self.ahead) * HOP], (before, 0), "symmetric")
        self._sound = np.concatenate((self._sound, known[(block + self.ahead) * HOP :]))
        inter, margin, hop = self._model.shape.inter, self._model.margin, self._model.shape.hop
        first = CONTEXT - margin
        self._past = Past(CONTEXT // 2)
        self._content = np.zeros((0, 0), np.float32)  # of the window, frames of 20 ms
        self._pitch = np.zeros(0, np.float32)  # of the frames from the window's first on
        self._normal = np.zeros((inter, 0), np.float32)  # noise of the frames from first - REACH on
        self._z = np.zeros((inter, 0), np.float32)  # latents of the frames from first on
        self._excitation = np.zeros(0, np.float32)  # of the frames from first on
        self._first, self._hop = first, hop

    def _block(self, block: int) -> Floats:
        """The next block's [hop block] samples; the window moves on by it."""
        until = CONTEXT + block + self._model.margin  # frames of the window with final values
        window = CONTEXT + block + self.ahead
        if (missing := window * HOP - len(self._sound)) > 0:
            self._sound = np.pad(self._sound, (0, missing), "symmetric")
        sound = self._sound[: window * HOP]
        pitch = self._pitches(sound)
        self._pitch = pitch[:until]
        self._normal = self._noise_until(window)
        content = self._window_content(sound, block)
        fresh = self._model.latents(content, coarse(pitch), self._normal)  # of the frames from first on
        z = self._blended(fresh)
        already = self._first + len(self._excitation) // self._hop
        self._excitation = np.concatenate((self._excitation, self._source.push(pitch[already:until])))
        made = self._model.decode(z[:, : until - self._first], self._excitation)
        self._sound = self._sound[block * HOP :]
        self._pitch, self._z = self._pitch[block:], z[:, block:]
        self._normal, self._excitation = self._normal[:, block:], self._excitation[block * self._hop :]
        return made

    def _window_content(self, sound: Floats, block: int) -> Floats:
        """Content of the window [frames / 2, size]."""
        further = (CONTEXT - AGAIN) // 2  # frames of 20 ms that are not computed again
        heard = self._model.content(sound[2 * further * HOP :], self._past)
        self._past.settle(block // 2, len(heard) - 1)
        if not len(self._content):
            self._content = np.pad(heard, ((further, 0), (0, 0)), "symmetric")
        content = np.concatenate((self._content[:further], heard))
        self._content = content[block // 2 :]
        return content

    def _pitches(self, sound: Floats) -> Floats:
        """Shifted pitch of all frames of the window in hertz; known frames keep their values."""
        begin = max(0, len(self._pitch) - _BEFORE_F0) // _F0_GRID * _F0_GRID
        fresh = self._f0(sound[begin * HOP :]) * self._factor
        return np.concatenate((self._pitch, fresh[len(self._pitch) - begin :]))

    def _noise_until(self, window: int) -> Floats:
        """One column per frame, drawn in order, so that a frame's noise does not depend on the block sizes."""
        inter = self._model.shape.inter
        count = window - (self._first - REACH) - self._normal.shape[1]
        drawn = self._noise.standard_normal((count, inter), np.float32).T
        return np.concatenate((self._normal, drawn), 1)

    def _blended(self, fresh: Floats) -> Floats:
        """The previous window's latents, then this one's, with a few blended frames between them."""
        kept = self._z.shape[1]
        z = fresh.copy()
        z[:, :kept] = self._z
        if blend := min(_BLEND, kept):
            share = np.arange(1, blend + 1, dtype=np.float32) / (blend + 1)
            z[:, kept - blend : kept] = z[:, kept - blend : kept] * (1 - share) + fresh[:, kept - blend : kept] * share
        return z

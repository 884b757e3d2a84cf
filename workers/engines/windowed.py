"""A vocoder that decodes windows with a lookahead: the frames after those that it returns samples of."""

import time
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import numpy as np

from steadyvoice.ipc.stage_protocol import VOCODER_MAX_BUFFERED_S
from steadyvoice.workers.chunk_size import ChunkSizer, Cost
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples

_SIZES_S: Final = (0.12, 0.24, 0.36, 0.48, 0.72)
"""Seconds of a chunk, as far as the buffer allows them."""


class Stream(Protocol):
    """The decoder of one segment."""

    def __call__(self, frames: Frames, keep: int, *, ends: bool) -> Samples:
        """The samples of the first ``keep`` of frames [n, dim]; the others are given again. ends: none follow."""
        ...


def chunk_sizes(frame_s: float, lookahead: int) -> tuple[int, ...]:
    """Frames per chunk, ascending."""
    most = int(VOCODER_MAX_BUFFERED_S / frame_s) - lookahead - 1
    return tuple(sorted({min(round(size / frame_s), most) for size in _SIZES_S}))


class WindowedVocoder:
    """See `engine.Vocoder`. Frames have a fixed number of samples."""

    def __init__(
        self, open_stream: Callable[[], Stream], frame_s: float, lookahead: int, cost: Cost, downstream: Downstream
    ) -> None:
        """open_stream: for each segment. cost: of a chunk, over all utterances of the model."""
        self._open, self._frame_s, self._lookahead, self._cost = open_stream, frame_s, lookahead, cost
        sizes = tuple(size * frame_s for size in chunk_sizes(frame_s, lookahead))
        self._schedule = ChunkSizer(sizes, cost, downstream.ahead, downstream.min_input_s)
        self._came_at = downstream.came_at
        self._stream: Stream | None = None
        self._waiting: list[Frames] = []
        self._count = 0

    def push(self, frames: Frames) -> Samples:
        return np.concatenate([np.empty(0, np.float32), *self.chunks(frames)])

    def chunks(self, frames: Frames) -> Iterator[Samples]:
        """See `engine.Vocoder`."""
        if len(frames):
            self._waiting.append(frames.copy())  # the caller writes the next ones into the same memory
            self._count += len(frames)
            self._schedule.arrived(len(frames) * self._frame_s, self._came_at())
        while size := self._schedule.next(max(0, self._count - self._lookahead) * self._frame_s):
            yield self._decode(round(size / self._frame_s))

    def finish(self) -> Samples:
        rest = self._decode(self._count, ends=True) if self._count else np.empty(0, np.float32)
        self._stream = None
        return rest

    def _decode(self, keep: int, *, ends: bool = False) -> Samples:
        began = time.monotonic()
        self._stream = self._stream or self._open()
        frames = np.concatenate(self._waiting)
        made = self._stream(frames[: keep + self._lookahead], keep, ends=ends)
        self._waiting = [frames[keep:]]
        self._count -= keep
        self._cost.learn(keep * self._frame_s, time.monotonic() - began)
        return made

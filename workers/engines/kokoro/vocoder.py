"""Kokoro's half in the vocoder process: frames to samples, in windows sized by the listener's buffer."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np

from steadyvoice.workers.chunk_size import ChunkSizer, Cost
from steadyvoice.workers.engines.engine import Downstream, Frames, Samples
from steadyvoice.workers.engines.kokoro.decoder import LAG, Stream
from steadyvoice.workers.engines.kokoro.graph import FEATURES
from steadyvoice.workers.engines.kokoro.source import HOP, RATE, faded_out

DIM: Final = FEATURES + 3
"""Columns of a frame: the features, F0 in hertz, the silent share of its clause, and a mark."""
SILENT: Final = 0
"""The mark of a frame of silence. That of another is 1 and the row of its style, plus SECOND in every second piece."""
SECOND: Final = 512
FRAME_S: Final = HOP / RATE
_SIZES: Final = (12, 20, 35)
"""Frames of a window. The largest one, with what the second stage needs beside it, is one run of the first stage."""


def rows(features: Frames, f0: Frames, silent: float, mark: int) -> Frames:
    """Frames as they are sent: [n, DIM] of features [512, n] and f0 [n]."""
    made = np.empty((len(f0), DIM), np.float32)
    made[:, :FEATURES] = features.T
    made[:, FEATURES] = f0
    made[:, FEATURES + 1] = silent
    made[:, -1] = mark
    return made


def silence(count: int) -> Frames:
    made = np.zeros((count, DIM), np.float32)
    made[:, -1] = SILENT
    return made


def warm_up(stream: Callable[[], Stream]) -> None:
    piece = stream()
    piece.add(np.zeros((sum(_SIZES) + LAG, FEATURES), np.float32), np.zeros(sum(_SIZES) + LAG, np.float32))
    for size in _SIZES:
        piece.decode(size)


class KokoroVocoder:
    """See `engine.Vocoder`."""

    def __init__(self, stream: Callable[[int, float], Stream], cost: Cost, downstream: Downstream) -> None:
        """cost: of windows, over all utterances.

        stream: a new one, for a clause with that row of the voice's styles and that silent share.
        """
        self._stream, self._cost = stream, cost
        sizes = tuple(size * FRAME_S for size in _SIZES)
        self._schedule = ChunkSizer(sizes, cost, downstream.ahead, downstream.min_input_s)
        self._came_at = downstream.came_at
        self._piece: Stream | None = None
        self._mark = SILENT

    def push(self, frames: Frames) -> Samples:
        """[n, DIM]."""
        marks = frames[:, -1].astype(int)
        edges = [0, *(np.flatnonzero(np.diff(marks)) + 1).tolist(), len(frames)]
        made = [np.empty(0, np.float32)]
        for start, stop in pairwise(edges):
            if start < stop:
                made += self._push(int(marks[start]), frames[start:stop])
        return np.concatenate(made)

    def finish(self) -> Samples:
        made = self._end()
        return np.concatenate([np.empty(0, np.float32), *made])

    def _push(self, mark: int, frames: Frames) -> list[Samples]:
        made = self._end() if mark != self._mark else []
        self._mark = mark
        if mark == SILENT:
            return [*made, np.zeros(len(frames) * HOP, np.float32)]
        if self._piece is None:
            self._piece = self._stream((mark - 1) % SECOND, float(frames[0, FEATURES + 1]))
        self._piece.add(frames[:, :FEATURES], frames[:, FEATURES])
        self._schedule.arrived(len(frames) * FRAME_S, self._came_at())
        while size := self._schedule.next(max(0, self._piece.waiting - LAG) * FRAME_S):
            made.append(self._decode(self._piece, round(size / FRAME_S)))
        return made

    def _end(self) -> list[Samples]:
        """The rest of the piece."""
        piece, self._piece, self._mark = self._piece, None, SILENT
        made = []
        while piece is not None and piece.waiting:
            made.append(self._decode(piece, min(piece.waiting, _SIZES[-1])))
        return [*made[:-1], *map(faded_out, made[-1:])]

    def _decode(self, piece: Stream, count: int) -> Samples:
        began = time.monotonic()
        made = piece.decode(count)
        self._cost.learn(count * FRAME_S, time.monotonic() - began)
        return made

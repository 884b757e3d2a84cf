"""The statistics with which a voice's clauses are decoded in windows, estimated from some clauses of its own.

They are the mean and variance of each channel of each normalisation (moments), and for each rounding the smallest and
the largest value. Moments depend on how much of a clause is silence, which is much of a short one. So they are fitted
by a line over the silent share of the clause. With one average for all, "Hello there." came 9 dB too soft.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.engine import Frames

_STEPS: Final = 255
"""Between the smallest and the largest of 8 bits."""
_NORMS: Final = 44
"""Normalisations in the decoder's generator, each with a mean and a variance per channel."""
_ROUNDINGS: Final = 49
"""Of tensors to 8 bits in the decoder's generator."""
_MARGIN: Final = 1.25
"""By which the fit may leave the moments that were measured."""


class Clause(NamedTuple):
    """Of one run of the graph ``whole``."""

    silent: float
    """Share of its frames."""
    moments: Frames
    lows: Frames
    highs: Frames


def of_run(silent: float, outputs: Sequence[Any]) -> Clause:
    """outputs: those that `freezing.report` adds."""
    moments = np.concatenate([each.ravel() for each in outputs[: 2 * _NORMS]])
    scales, zeros = (np.array([float(each) for each in outputs[2 * _NORMS + i :: 2]], np.float32) for i in (0, 1))
    return Clause(silent, moments, -zeros * scales, (_STEPS - zeros) * scales)


class Statistics(NamedTuple):
    """Of a voice."""

    shares: Frames
    """[2]: a small and a large silent share of a clause."""
    moments: Frames
    """[2, M]: for these shares."""
    lows: Frames
    highs: Frames

    def at(self, silent: float) -> Frames:
        """[1, S, 1] as the graphs take them, for a clause with that silent share."""
        low, high = self.shares
        part = float(np.clip((silent - low) / max(high - low, 1e-3), 0, 1))
        moments = (1 - part) * self.moments[0] + part * self.moments[1]
        scales = (self.highs - self.lows) / _STEPS
        roundings = np.stack([scales, np.round(-self.lows / scales)], 1).ravel()
        return np.concatenate([moments, roundings]).astype(np.float32)[None, :, None]

    def packed(self) -> bytes:
        return np.concatenate([self.shares, self.moments.ravel(), self.lows, self.highs]).astype("<f4").tobytes()


def fitted(clauses: Sequence[Clause]) -> Statistics:
    """clauses: with at least two silent shares."""
    measured = np.stack([clause.moments for clause in clauses])
    silent = np.array([clause.silent for clause in clauses])
    shares = np.array([silent.min(), silent.max()], np.float32)
    offsets = silent - silent.mean()
    slope = offsets @ measured / max(float(offsets @ offsets), 1e-6)
    line = measured.mean(0) + (shares - silent.mean())[:, None] * slope
    lowest, highest = measured.min(0), measured.max(0)
    room = (highest - lowest) * (_MARGIN - 1)
    floor = np.where(lowest > 0, np.maximum(lowest - room, lowest / _MARGIN), lowest - room)  # no variance below 0
    return Statistics(
        shares,
        np.clip(line, floor, highest + room).astype(np.float32),
        np.min([clause.lows for clause in clauses], 0),
        np.max([clause.highs for clause in clauses], 0),
    )


def unpacked(numbers: Frames, name: str) -> Statistics:
    """name: of the file, for BadModelFile."""
    count = len(numbers) - 2 - 2 * _ROUNDINGS
    if count <= 0 or count % 2 or not np.isfinite(numbers).all():
        raise BadModelFile(f"{name} is damaged; svctl voices pull kokoro --replace")
    shares, moments, lows, highs = np.split(numbers, [2, 2 + count, 2 + count + _ROUNDINGS])
    return Statistics(shares, moments.reshape(2, -1), lows, highs)


def blended(parts: Sequence[tuple[float, Statistics]]) -> Statistics:
    """Of the voices with these shares in a blend, which sum to 1."""
    return Statistics(
        np.sum([share * each.shares for share, each in parts], 0),
        np.sum([share * each.moments for share, each in parts], 0),
        np.min([each.lows for _, each in parts], 0),
        np.max([each.highs for _, each in parts], 0),
    )

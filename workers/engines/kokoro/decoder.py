"""The decoder's generator on windows of frames: features to samples, equal to the whole piece decoded at once.

With fixed statistics, the generator is convolutional: a sample depends on 16 frames on each side of it, 13 of which its
first stage sees. So each stage has windows of its own, and the first one's output is kept for the second one.
"""

from typing import Final, NamedTuple

import numpy as np

from steadyvoice.workers.engines.engine import Frames, Samples
from steadyvoice.workers.engines.kokoro.graph import COLUMNS, FEATURES
from steadyvoice.workers.engines.kokoro.session import Session
from steadyvoice.workers.engines.kokoro.source import HOP, cycles, source, without_click

COARSE: Final = 13
"""Frames on each side of a window that the first stage needs; with 12, the difference is 2e-6 of 88."""
FINE: Final = 3
"""Frames on each side that the second stage needs; with 2, the difference is 8e-7."""
_LEAST, _MOST = 33, 64
"""Frames in one run of the first stage. onnxruntime's matrix product adds up in another order for 32 columns and fewer,
and for more than 64; the difference of 2e-6 changes roundings to 8 bits, and so the samples by some percent here and
there. With runs of one kind, windows of any sizes give the same samples."""
_FINE_LEAST: Final = 13
"""The same in the second stage, which has ten columns for a frame: more than 128."""
LAG: Final = _LEAST - 12
"""Frames after a window of at least 12, before it can be computed: COARSE + FINE, and those that fill a run."""


class Sessions(NamedTuple):
    """What all voices of one directory share."""

    coarse: Session
    fine: Session
    mixer: Frames
    bias: float
    """See `source.source`."""


class Stream:
    """One piece."""

    def __init__(self, sessions: Sessions, style: Frames, statistics: Frames) -> None:
        """style [1, 256]; statistics [1, S, 1]."""
        self._sessions = sessions
        self._fixed = {"style": style, "statistics": statistics}
        self._features = np.empty((0, FEATURES), np.float32)
        self._f0 = np.empty(0, np.float32)
        self._phase = np.empty(0, np.float64)
        self._first = 0
        """The piece's number of the first frame that is kept."""
        self._middle = np.empty((1, 0, 0), np.float32)
        self._middle_first = self._middle_end = 0
        """The frames of which the first stage's output is kept."""
        self._done = 0
        """Frames of which the samples were returned."""

    @property
    def waiting(self) -> int:
        """Frames that have come, and of which no sample was returned."""
        return self._first + len(self._f0) - self._done

    def add(self, features: Frames, f0: Frames) -> None:
        """features [n, 512], f0 [n]."""
        before = float(self._phase[-1]) if len(self._phase) else 0.0
        self._features = np.concatenate((self._features, features))
        self._f0 = np.concatenate((self._f0, f0))
        self._phase = np.concatenate((self._phase, cycles(f0, before)))

    def decode(self, count: int) -> Samples:
        """The next ``count`` frames' samples. LAG more frames must have come, except at the end of the piece."""
        come = self._first + len(self._f0)
        stop = self._done + count
        needed = min(come, stop + FINE)
        while needed > self._middle_end:
            self._coarse(min(needed, self._middle_end + _MOST - 2 * COARSE), come)
        right = self._middle_end
        left = max(0, min(self._done - FINE, right - _FINE_LEAST))
        at = (left - self._middle_first) * COLUMNS
        feed = {
            "middle": np.ascontiguousarray(self._middle[:, :, at : at + (right - left) * COLUMNS]),
            "source": self._source(left, right),
            **self._fixed,
        }
        (samples,) = self._sessions.fine.run(["audio"], feed)
        made: Samples = samples[(self._done - left) * HOP : (stop - left) * HOP]
        if not self._done:
            made = without_click(made)
        self._done = stop
        self._forget()
        return made

    def _coarse(self, stop: int, come: int) -> None:
        """Run the first stage on the frames until ``stop``."""
        left = max(0, self._middle_end - COARSE)
        right = min(come, max(stop + COARSE, left + _LEAST))
        left = max(0, min(left, right - _LEAST))
        feed = {
            "features": np.ascontiguousarray(self._features[left - self._first : right - self._first].T)[None],
            "source": self._source(left, right),
            **self._fixed,
        }
        (middle,) = self._sessions.coarse.run(["middle"], feed)
        new = middle[:, :, (self._middle_end - left) * COLUMNS : (stop - left) * COLUMNS]
        self._middle = np.concatenate((self._middle, new), 2) if self._middle.size else new
        self._middle_end = stop

    def _source(self, left: int, right: int) -> Samples:
        """[1, n, 1]. The edges of a window are wrong by half a frame, which its margin covers."""
        part = slice(left - self._first, right - self._first)
        sessions = self._sessions
        return source(self._f0[part], self._phase[part], sessions.mixer, sessions.bias)[None, :, None]

    def _forget(self) -> None:
        """Drop what no later window needs."""
        middle = max(0, self._done - _FINE_LEAST)
        self._middle = self._middle[:, :, (middle - self._middle_first) * COLUMNS :]
        self._middle_first = middle
        first = max(0, min(middle, self._middle_end - _LEAST))
        gone = first - self._first
        self._features, self._f0, self._phase = self._features[gone:], self._f0[gone:], self._phase[gone:]
        self._first = first

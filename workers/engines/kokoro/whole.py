"""The decoder as published: a clause at once, with its own statistics. Its frames are samples."""

import numpy as np

from steadyvoice.workers.engines.engine import Frames, Samples
from steadyvoice.workers.engines.kokoro.acoustic import Clause
from steadyvoice.workers.engines.kokoro.session import Session
from steadyvoice.workers.engines.kokoro.source import HOP, cycles, faded_out, source, without_click


class Decoder:
    """See `speaking.Make`."""

    def __init__(self, session: Session, mixer: Frames, bias: float, styles: Frames) -> None:
        """mixer, bias: see `source.source`. styles [510, 256]."""
        self._session, self._mixer, self._bias, self._styles = session, mixer, bias, styles

    def __call__(self, clause: Clause, start: int, stop: int, number: int) -> Frames:
        """[n, HOP]. All of the clause is decoded: its silence is in its statistics, and DNSMOS is 0.1 lower without."""
        feed = {
            "features": clause.features,
            "source": source(clause.f0, cycles(clause.f0, 0.0), self._mixer, self._bias)[None, :, None],
            "style": self._styles[len(clause.frames) - 3][None],
        }
        (samples,) = self._session.run(["audio"], feed)
        return faded_out(without_click(samples[start * HOP : stop * HOP])).reshape(-1, HOP)


def silence(count: int) -> Frames:
    return np.zeros((count, HOP), np.float32)


class Passed:
    """A vocoder of frames that are samples already."""

    def push(self, frames: Frames) -> Samples:
        return frames.ravel()

    def finish(self) -> Samples:
        return np.empty(0, np.float32)

"""The first part of the model: phonemes to features, pitch and energy, and how long each phoneme is."""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hibari.voices import ASSETS

from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.kokoro.graph import UNIT
from steadyvoice.workers.engines.kokoro.session import Session


@cache
def _alphabet() -> dict[str, int]:
    """The number of each phoneme: hibari's alphabet is Kokoro's, with the same numbers."""
    numbers: dict[str, int] = json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8"))
    return numbers


class Clause(NamedTuple):
    """F frames of 12.5 ms."""

    features: Frames
    """[1, 512, F]."""
    f0: Frames
    """[F], hertz."""
    energy: Frames
    """[F]; logarithmic: -9 is silence, 8 is loud."""
    frames: list[int]
    """Of each phoneme, between two pads."""


class Acoustic:
    """Not for use by two threads at once."""

    def __init__(self, session: Session) -> None:
        self._run = session.run
        self._ids = _alphabet()

    def known(self, phonemes: str) -> str:
        """The phonemes for which the model has a number."""
        return "".join(c for c in phonemes if c in self._ids)

    def __call__(self, phonemes: str, styles: Frames, rate: float) -> Clause:
        """phonemes: 1 to 510 known ones. styles [510, 256]."""
        ids = [0, *(self._ids[c] for c in phonemes), 0]
        feed = {
            "tokens": np.array([ids], np.int64),
            "style": styles[len(phonemes) - 1][None],
            "speed": np.array([rate], np.float32),
        }
        features, f0, energy, units = self._run(["features", "f0", "energy", "durations"], feed)
        return Clause(features, f0.ravel(), energy.ravel(), [UNIT * int(n) for n in units.ravel()])

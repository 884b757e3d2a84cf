"""The comparison of ``bench live`` sees every kind of damage, and its length in samples."""

import numpy as np
import pytest

from steadyvoice.workers.live.signals import noise
from steadyvoice.workers.playback.fade import Samples
from steadyvoice.workers.reference.heard import compared

SIGNAL = noise(3)
WHOLE = SIGNAL(0, 30_000)
ZEROS = np.zeros(700, np.float32)


@pytest.mark.parametrize(
    ("played", "found"),
    [
        (WHOLE, {"heard": 30_000}),
        (np.concatenate([WHOLE[:10_000], WHOLE[10_007:]]), {"heard": 29_993, "lost": 7}),
        (np.concatenate([WHOLE[:10_000], WHOLE[9_000:]]), {"heard": 31_000, "repeated": 1_000}),
        (np.concatenate([WHOLE[:10_000], ZEROS, WHOLE[10_000:]]), {"heard": 30_000, "other": 700}),
        (np.concatenate([WHOLE[:10_000], ZEROS, WHOLE[10_700:]]), {"heard": 29_300, "other": 700, "lost": 700}),
        (np.concatenate([WHOLE[:20_000], WHOLE[20_000:] / 2]), {"heard": 20_000, "other": 10_000}),
        (ZEROS, {"other": 700}),
        (WHOLE[:0], {}),
    ],
)
def test_comparison(played: Samples, found: dict[str, int]) -> None:
    assert compared(played, SIGNAL) == {"heard": 0, "lost": 0, "repeated": 0, "other": 0} | found

"""``python -m steadyvoice.workers.reference.heard``: whether a sound device has played a noise sample by sample.

One JSON object in: {"path", "seed"}; one out. The file has raw float32 samples, as the null device writes them; what it
must have is the noise of that seed (``--from noise:SEED``), from its first sample on, between silences.
"""

import sys

import msgspec
import numpy as np

from steadyvoice.workers.live.signals import Signal, noise
from steadyvoice.workers.playback.fade import Samples

_STEP = 4800
_AROUND = 48000
"""Samples before and after the expected place in which sound that is elsewhere is looked for."""
_KEY = 16
"""Samples that are enough to recognise a place."""
_EXACT, _COARSE = 4800, 480
"""After so many samples of anything else, its end is looked for in larger steps."""


def compared(played: Samples, signal: Signal) -> dict[str, int]:
    """Counts of samples: ``heard`` as they must be, ``lost``, ``repeated``, and ``other``: silence, fades, all else."""
    found = {"heard": 0, "lost": 0, "repeated": 0, "other": 0}
    at = next_at = 0
    while at < len(played):
        part = played[at : at + _STEP]
        wanted = signal(next_at, len(part))
        same = int(np.argmax(np.append(part != wanted, True)))
        found["heard"] += same
        at, next_at = at + same, next_at + same
        if same == len(part):
            continue
        skipped, start = 0, -1
        while at + skipped + _KEY <= len(played):
            if start < 0 or next_at + skipped - start > 2 * _AROUND - _COARSE:
                start = max(0, next_at + skipped - _AROUND)
                around = signal(start, 3 * _AROUND)
            place = _place(played[at + skipped : at + skipped + _KEY], around)
            if place is not None:
                found["lost"] += max(0, start + place - next_at)
                found["repeated"] += max(0, next_at - start - place)
                next_at = start + place
                break
            skipped += 1 if skipped < _EXACT else _COARSE
        else:
            skipped = len(played) - at
        found["other"] += skipped
        at += skipped
    return found


def _place(key: Samples, around: Samples) -> int | None:
    for place in np.flatnonzero(around[: len(around) - len(key) + 1] == key[0]):
        if np.array_equal(around[place : place + len(key)], key):
            return int(place)
    return None


def main() -> None:
    for line in sys.stdin:
        asked = msgspec.json.decode(line)
        played = np.fromfile(asked["path"], np.float32)
        sounding = np.flatnonzero(played)
        heard = played[sounding[0] : sounding[-1] + 1] if len(sounding) else played[:0]
        print(msgspec.json.encode(compared(heard, noise(asked["seed"]))).decode(), flush=True)


if __name__ == "__main__":
    main()

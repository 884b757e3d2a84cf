"""A daemon with a sound device that keeps what it plays, and what is compared with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.daemon_status import LiveStatus
from steadyvoice.workers.live.signals import noise
from support.daemon import Daemon, configured, eventually

Samples = NDArray[np.float32]
FADE = 240
"""Samples of a fade."""


@dataclass
class LiveDaemon:
    daemon: Daemon
    samples: Path

    def heard(self) -> Samples:
        """What the device has played so far, without the silence at the beginning."""
        played = np.fromfile(self.samples, np.float32)
        sounding = np.flatnonzero(played)
        return played[sounding[0] :] if len(sounding) else played[:0]

    def wait_for_sound(self, samples: int) -> None:
        """Until so many more samples were played."""
        before = len(self.heard())
        eventually(lambda: len(self.heard()) >= before + samples)

    @property
    def session(self) -> LiveStatus:
        (session,) = self.daemon.status()["live"]
        return session

    def pid(self, stage: str) -> int:
        """Of a stage of live sound, or of the output."""
        stages = self.daemon.status()["stages"]
        return next(
            s["pid"] for s in stages if s["name"] == stage and (s["family"] or s["engine"] or stage == "output")
        )


@contextmanager
def live_daemon(home: Path, cache: Path, settings: str = "") -> Iterator[LiveDaemon]:
    samples = home / "played.raw"
    samples.touch()
    configuration = f'{settings}\naudio.latency_ms = 20\naudio.device = "null:samples={samples}"\n'
    with configured(home, cache, configuration) as daemon:
        yield LiveDaemon(daemon, samples)


def original(samples: int, seed: int = 0) -> Samples:
    """What ``--from noise:SEED`` gives."""
    return noise(seed)(0, samples)

"""A microphone, a loudspeaker and a listener, in simulated time."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from steadyvoice.ipc import sample_history
from steadyvoice.ipc.listening import Heard, Listen
from steadyvoice.ipc.sample_history import SampleHistory
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.listening.listener import Listener
from support.rooms import Sound

BLOCK = 512
START_NS = 10**12
AHEAD_SAMPLES = SINK_RATE * 16 // 1000
"""That the output gives to the device before they are heard."""
TICK = 128


@dataclass(frozen=True)
class Report:
    sample: int
    """Samples that the microphone had captured when the listener said it."""
    heard: Heard


@contextmanager
def histories() -> Iterator[tuple[SampleHistory, SampleHistory]]:
    fds = [sample_history.create(name) for name in ("capture", "playback")]
    try:
        yield SampleHistory(fds[0]), SampleHistory(fds[1])
    finally:
        for fd in fds:
            os.close(fd)


def ns(sample: int) -> int:
    """When this sample is captured and heard, monotonic nanoseconds."""
    return START_NS + sample * 1_000_000_000 // SINK_RATE


class Scene:
    def __init__(self, settings: Listen, jitter_ms: float = 0.0) -> None:
        """jitter_ms: what both histories say of their clocks is late by up to so much, in milliseconds."""
        self.settings = settings
        self.compute_s = 0.0
        """Processor time of the listener."""
        self.sound_s = 0.0
        self._jitter_ns = jitter_ms * 1e6
        self._random = np.random.default_rng(4)

    def listen(self, near: Sound, far: Sound | None = None) -> list[Report]:
        """What a new listener says of ``near``, the microphone's sound, while ``far`` is played.

        The device is closed where ``far`` was silent for a second, and opened again for the next sound.
        """
        with histories() as (capture, playback):
            listener = Listener(capture, playback, self.settings)
            return list(self._run(listener, capture, playback, near, far))

    def _run(
        self, listener: Listener, capture: SampleHistory, playback: SampleHistory, near: Sound, far: Sound | None
    ) -> Iterator[Report]:
        self.sound_s += len(near) / SINK_RATE
        near = np.ascontiguousarray(near, np.float32)
        far = np.zeros(0, np.float32) if far is None else np.ascontiguousarray(far, np.float32)
        played = 0
        for now in range(TICK, len(near) + 1, TICK):
            first, played = max(played, now), min(now + AHEAD_SAMPLES, len(far))
            if far[max(0, played - SINK_RATE) : played].any():
                playback.write(far[first:played].data, self._late(played))
            if now % BLOCK == 0:
                capture.write(near[now - BLOCK : now].data, self._late(now))
            began = time.process_time()
            heard, _ = listener.step(ns(now))
            self.compute_s += time.process_time() - began
            yield from (Report(now, each) for each in heard)

    def _late(self, sample: int) -> int:
        return ns(sample) + int(self._random.uniform(0, self._jitter_ns))

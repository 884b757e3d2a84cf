"""Processor time of a listener that runs in real time, in a process of its own, as it does in the daemon.

PYTHONPATH=tests .venv/bin/python -m support.listening_cost
"""

import os
import time

import numpy as np

from steadyvoice.ipc.listening import Listen
from steadyvoice.ipc.sample_history import SampleHistory
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.listening.listener import Listener
from support import rooms
from support.rooms import Sound
from support.scene import AHEAD_SAMPLES, BLOCK, TICK, histories

SECONDS = 20


def listen(capture: SampleHistory, playback: SampleHistory, name: str) -> None:
    listener = Listener(capture, playback, Listen(mode="cancel"))
    began, worked = time.monotonic(), time.process_time()
    while time.monotonic() < began + SECONDS - 2:
        time.sleep(listener.step()[1])
    share = (time.process_time() - worked) / (time.monotonic() - began)
    print(f"{name}: {100 * share:.1f} % of a core, {listener.lost} samples lost", flush=True)


def play(capture: SampleHistory, playback: SampleHistory, near: Sound, far: Sound) -> None:
    start = time.monotonic_ns()

    def ns(sample: int) -> int:
        return start + sample * 1_000_000_000 // SINK_RATE

    while (at := capture.written) + BLOCK <= len(near):
        now = (time.monotonic_ns() - start) * SINK_RATE // 1_000_000_000
        for first in range(playback.written, min(len(far), now + AHEAD_SAMPLES) - TICK, TICK):
            playback.write(far[first : first + TICK].data, ns(first + TICK))
        if at + BLOCK <= now:
            capture.write(near[at : at + BLOCK].data, ns(at + BLOCK))
        time.sleep(0.002)


def main() -> None:
    own = rooms.own_voice(SECONDS)
    echo = rooms.echo(own, 60)
    user = np.resize(np.concatenate(rooms.prompts(4)), len(own))
    room = rooms.noise(len(own), -60)
    scenes = {"quiet room": (room, 0 * own), "own voice": (room + echo, own), "user and own voice": (user + echo, own)}
    for name, (near, far) in scenes.items():
        with histories() as (capture, playback):
            if (pid := os.fork()) == 0:
                listen(capture, playback, name)
                os._exit(0)
            play(capture, playback, np.ascontiguousarray(near), np.ascontiguousarray(far))
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()

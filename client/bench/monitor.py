"""Hears a PulseAudio source with parec: when the last sample that is not 0 came."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from steadyvoice.client.bench.daemon import BenchFailed

_RATE = 48000


class Monitor:
    """When sound was last heard, monotonic nanoseconds; a few milliseconds later than it was played."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.heard_ns = 0.0
        self.alive_ns = 0
        """When anything, silence too, was last heard."""
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while data := os.read(self._process.stdout.fileno(), 1 << 16):
            now = time.monotonic_ns()
            sounding = len(data.rstrip(b"\0"))
            if sounding:
                self.heard_ns = now - (len(data) - sounding) // 4 / _RATE * 1e9
            self.alive_ns = now


@contextmanager
def listening(source: str) -> Iterator[Monitor]:
    """BenchFailed where parec or the source is missing."""
    command = ["parec", "--latency-msec=5", "-d", source, "--format=float32le", "--channels=1", f"--rate={_RATE}"]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    except FileNotFoundError:
        raise BenchFailed("parec is missing: apt install pulseaudio-utils") from None
    with process:
        try:
            monitor = Monitor(process)
            while not monitor.alive_ns:
                if process.poll() is not None:
                    assert process.stderr is not None
                    raise BenchFailed(f"cannot hear {source}: {process.stderr.read().decode().strip()}")
                time.sleep(0.01)
            yield monitor
        finally:
            process.terminate()

"""Records a PulseAudio source with parec: when the first and the last audible sample came."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import numpy as np

from steadyvoice.client.svctl.bench.daemon import BenchFailed

_RATE: Final = 48000
AUDIBLE: Final = 1e-3
"""-60 dBFS; samples below it count as silence."""


class Monitor:
    """Records in a thread.

    Times are monotonic nanoseconds, some milliseconds after playback because of parec's delay.
    """

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.first_audible_ns = 0.0
        """Time of the first audible sample since ``reset``; 0 if there was none."""
        self.last_audible_ns = 0.0
        """Time of the last audible sample."""
        self.last_sample_ns = 0
        """Time of the last sample, including silence."""
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def reset(self) -> None:
        self.first_audible_ns = 0.0

    def join(self) -> None:
        """Wait for the end of parec's output."""
        self._thread.join()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        rest = b""
        while data := os.read(self._process.stdout.fileno(), 1 << 16):
            now = time.monotonic_ns()
            data = rest + data
            whole = len(data) // 4 * 4
            data, rest = data[:whole], data[whole:]
            audible = np.flatnonzero(np.abs(np.frombuffer(data, np.float32)) > AUDIBLE)
            if len(audible):
                begin = now - whole // 4 / _RATE * 1e9
                self.first_audible_ns = self.first_audible_ns or begin + int(audible[0]) / _RATE * 1e9
                self.last_audible_ns = begin + (int(audible[-1]) + 1) / _RATE * 1e9
            self.last_sample_ns = now


@contextmanager
def listening(source: str, env: Mapping[str, str] = os.environ) -> Iterator[Monitor]:
    """Record a source. BenchFailed if parec or the source is missing."""
    command = ["parec", "--latency-msec=5", "-d", source, "--format=float32le", "--channels=1", f"--rate={_RATE}"]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env=dict(env))
    except FileNotFoundError:
        raise BenchFailed("parec is missing: apt install pulseaudio-utils") from None
    with process:
        monitor = Monitor(process)
        try:
            while not monitor.last_sample_ns:
                if process.poll() is not None:
                    assert process.stderr is not None
                    raise BenchFailed(f"cannot hear {source}: {process.stderr.read().decode().strip()}")
                time.sleep(0.01)
            yield monitor
        finally:
            process.terminate()
            monitor.join()

"""A simulated sound device: it takes samples at the rate of the monotonic clock and drops them.

For machines without a sound card and for measurements: its underruns are exact. Configured as ``device = "null"``;
``"null:FILE"`` also logs each write (ipc/null_device_log.py). ``"null:ppm=100"`` and ``"null:ppm=100,FILE"``: its clock
is 100 ppm faster than the monotonic one. ``"null:samples=FILE"`` appends what it is given to a file, as raw float32,
with silence in place of missing samples.
"""

import os
import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.null_device_log import Played
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.alsa import FLOAT_MONO
from steadyvoice.workers.playback.naming import NoDevice

MAX_PPM: Final = 1000


def ppm_of(text: str) -> int:
    """NoDevice unless the text is a whole number of ppm that the clock of a simulated device can be off."""
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 4 and int(digits) <= MAX_PPM):
        raise NoDevice(f"null:ppm={one_line(text, 40)}: ppm is a whole number from -{MAX_PPM} to {MAX_PPM}")
    return int(sign + digits)


def frames_of(elapsed_ns: int, ppm: int) -> int:
    """Whole frames of a clock of 48 kHz that is ``ppm`` faster than the monotonic one."""
    return elapsed_ns * SINK_RATE * (1_000_000 + ppm) // 10**15


class NullDevice:
    """The interface of ``Device``. Its clock starts with the first write."""

    rate, layout, delay, lead_in_samples = SINK_RATE, FLOAT_MONO, 0, 0

    def __init__(self, wanted: str) -> None:
        self.name, self._path = wanted, wanted.partition(":")[2]
        self._ppm, self._samples_path = "0", ""
        if self._path.startswith("ppm="):
            self._ppm, _, self._path = self._path.removeprefix("ppm=").partition(",")
        if self._path.startswith("samples="):
            self._samples_path, self._path = self._path.removeprefix("samples="), ""
        self._clock_ppm = 0
        self.latency_s = 0.0
        self.buffer_samples = 0
        self.is_open = False
        self._log: int | None = None
        """Descriptor of FILE."""
        self._opened = self._position = 0

    def prepare(self) -> None:
        """Nothing to load."""

    def open(self, latency_ms: float) -> None:
        """NoDevice if the log file cannot be written, or the name has another number of ppm than -1000 to 1000."""
        self._clock_ppm = ppm_of(self._ppm)
        self.latency_s = latency_ms / 1000
        self.buffer_samples = int(self.latency_s * SINK_RATE)
        if path := self._path or self._samples_path:
            try:
                self._log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise NoDevice(f"cannot write {path}: {error.strerror}; see [audio] device") from error
        self._opened = self._position = 0
        self.is_open = True

    def _queued(self, now: int) -> int:
        """Samples not played yet; below 0: samples that were missing so far."""
        return self._position - frames_of(now - self._opened, self._clock_ppm) if self._opened else 0

    def writable(self) -> int:
        return self.buffer_samples - max(0, self._queued(time.monotonic_ns()))

    def write(self, samples: NDArray[np.float32]) -> bool:
        now = time.monotonic_ns()
        self._opened = self._opened or now
        queued = self._queued(now)
        underrun_frames = max(0, -queued)
        self._position += underrun_frames
        if self._log is not None and self._samples_path:
            os.write(self._log, bytes(4 * underrun_frames) + samples.tobytes())
        elif self._log is not None:
            sounding = len(samples) - int((samples[::-1] != 0).argmax()) if samples.any() else 0
            played = Played(self._opened, now, self._position, len(samples), underrun_frames, max(0, queued), sounding)
            os.write(self._log, played.packed())
        self._position += len(samples)
        return underrun_frames > 0

    def played(self) -> int:
        """Position after the last write: samples written, and silence in place of missing samples."""
        return self._position

    def close(self) -> None:
        self.is_open = False
        if self._log is not None:
            os.close(self._log)
            self._log = None

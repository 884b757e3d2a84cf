"""A microphone, through PortAudio: the twin of the sound device in ``workers/playback/portaudio.py``."""

import ctypes
import time
from contextlib import suppress
from typing import Any, Final

import numpy as np

from steadyvoice.workers.live.sources import Transfer
from steadyvoice.workers.playback.alsa import FLOAT_MONO
from steadyvoice.workers.playback.fitting import CaptureFitting
from steadyvoice.workers.playback.naming import CAPTURE
from steadyvoice.workers.playback.sound_library import DeviceStream
from steadyvoice.workers.runtime import realtime

_BLOCK: Final = 128
"""Frames at 48 kHz that PortAudio is asked for."""
_BUFFER_MS: Final = 40.0
"""A device keeps so much while this process does not run. It delays nothing."""
_PERIODS: Final = 16
"""Of the buffer. A device gives what it has recorded period by period; PortAudio would make four."""
_NONE: Final = np.empty(0, np.float32)
_MOST: Final = 4096
"""Frames of one read."""


class InputDevice(DeviceStream):
    """A device that records."""

    direction = CAPTURE

    def _open(self, sd: Any, latency_s: float) -> None:
        with suppress(OSError, AttributeError):  # a library without ALSA
            ctypes.CDLL(sd._libname).PaAlsa_SetNumPeriods(_PERIODS)  # pa_linux_alsa.h; sounddevice has no name for it
        super()._open(sd, latency_s)

    def read(self) -> tuple[bytes, bool]:
        """All frames that are there, 4096 at most, and whether others were lost. NoDevice if the device is lost."""
        return self._call(self._read)

    def _read(self) -> tuple[bytes, bool]:
        available = min(int(self._stream.read_available), _MOST)
        if not available:
            return b"", False
        frames, overflowed = self._stream.read(available)
        return bytes(frames), bool(overflowed)


class Microphone:
    """A source: 48 kHz mono float32, whatever the device's own rate, channels and sample format are."""

    has_own_clock, is_over = True, False

    def __init__(self, name: str, wanted: str) -> None:
        """wanted: as ``DeviceStream``."""
        self.name, self._device = name, InputDevice(wanted, _BLOCK)
        self._fitting = CaptureFitting(self._device.rate, FLOAT_MONO)
        self.overflows = 0

    @property
    def rate(self) -> int:
        return self._device.rate

    @property
    def channels(self) -> int:
        return self._device.layout.channels

    def open(self, index: int) -> None:
        self._device.open(_BUFFER_MS)
        realtime.share_with_threads()
        self.name = self._device.name
        self._fitting = CaptureFitting(self._device.rate, self._device.layout)

    def poll(self, now_ns: int, due: int) -> Transfer:
        """``due`` is ignored."""
        frames, overflowed = self._device.read()
        at_ns = time.monotonic_ns()
        self.overflows += overflowed
        return Transfer(self._fitting.fit(frames) if frames else _NONE, at_ns)

    def close(self) -> None:
        self._device.close()

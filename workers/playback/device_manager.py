"""The output stage's sound device: opened when it is needed, opened again after a loss, reported at each change."""

import time
from typing import Final

from steadyvoice.ipc import stage_protocol
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.naming import NoDevice
from steadyvoice.workers.playback.null_device import NullDevice
from steadyvoice.workers.playback.portaudio import Device
from steadyvoice.workers.playback.sound_library import silence_libraries
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.context import Context

RETRY_S: Final = 0.2
"""Time between two attempts to open a device that was lost or is busy."""
MAX_UNDERRUNS: Final = 3
"""After this many underruns although the samples were there in time, ``latency_ms`` is too small: it grows by half."""
MAX_LATENCY_MS: Final = 40.0
"""``latency_ms`` does not grow beyond this."""


class DeviceManager:
    def __init__(self, context: Context) -> None:
        settings = context.settings
        self.device: Device | NullDevice
        if settings.device.partition(":")[0] == "null":
            self.device = NullDevice(settings.device)
        else:
            silence_libraries()
            self.device = Device(settings.device, settings.block)
        self._context, self._block = context, settings.block
        self._latency_ms = self._opened_with_ms = settings.latency_ms
        self._underruns = 0
        self._problem = ""
        self._lost_at = 0.0

    @property
    def wants_larger_buffer(self) -> bool:
        """The device had too many underruns, and gets a larger buffer when it is opened the next time."""
        return self._latency_ms > self._opened_with_ms

    def open(self) -> NoDevice | None:
        """Open the device and report it to the supervisor; return the error if that failed."""
        self._context.stage_state.beat("starting")
        try:
            self.device.open(self._latency_ms)
        except NoDevice as error:
            if str(error) != self._problem:
                self._report_no_device(str(error))
            return error
        self._opened_with_ms, self._lost_at = self._latency_ms, 0.0
        realtime.share_with_threads()
        self._problem, device = "", self.device
        latency_ms = round(device.latency_s * 1000, 1)
        self._context.channel.send(
            stage_protocol.Device(device.name, device.rate, self._block, latency_ms, "", *device.layout)
        )
        return None

    def retry_s(self, problem: NoDevice) -> float:
        """Seconds until ``open``, which failed with ``problem``, is worth another attempt.

        0: none, because the device does not exist, or was away for ``device_timeout_s``.
        """
        if not problem.busy and not self._lost_at:
            return 0.0
        self._lost_at = self._lost_at or time.monotonic()
        if time.monotonic() - self._lost_at < self._context.settings.device_timeout_s:
            return RETRY_S
        self._lost_at = 0.0
        return 0.0

    def lose(self, error: NoDevice) -> None:
        """The device failed while it was open."""
        self._report_no_device(str(error))
        self._lost_at = time.monotonic()
        self.device.close()  # may block while a sound server hangs

    def count_underrun(self) -> None:
        """The device's buffer was empty although the samples were there in time."""
        self._underruns += 1
        if self._underruns % MAX_UNDERRUNS == 0:
            self._latency_ms = max(self._latency_ms, min(1.5 * self._latency_ms, MAX_LATENCY_MS))

    def _report_no_device(self, problem: str) -> None:
        self._problem = problem
        self._context.channel.send(stage_protocol.Device("", SINK_RATE, self._block, 0.0, problem))

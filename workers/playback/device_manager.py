"""The sound device as the output has it: opened when it is needed, told of, and looked for again when it is lost."""

import time
from typing import Final

from steadyvoice.ipc import stage_protocol
from steadyvoice.workers.playback.naming import NoDevice
from steadyvoice.workers.playback.null_device import NullDevice
from steadyvoice.workers.playback.portaudio import RATE, Device, quieten
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.stage import Context

RETRY_S: Final = 0.2
"""A device that is lost is looked for so often."""
IMPATIENT: Final = 3
"""So many underruns with the samples at hand in time: ``latency_ms`` is too little here, and half of it is added."""
PATIENCE_MS: Final = 40.0
"""But not beyond this."""


class DeviceManager:
    def __init__(self, context: Context) -> None:
        settings = context.settings
        self.device: Device | NullDevice
        if settings.device.partition(":")[0] == "null":
            self.device = NullDevice(settings.device)
        else:
            quieten()
            self.device = Device(settings.device, settings.block)
        self._context, self._block = context, settings.block
        self._latency_ms = self._opened_with_ms = settings.latency_ms
        self._underruns = 0
        self._problem = ""
        self._lost_at = 0.0

    @property
    def wants_more(self) -> bool:
        """Opened anew it would hold more, as it has run dry too often."""
        return self._latency_ms > self._opened_with_ms

    def open(self) -> NoDevice | None:
        """Open it and tell the supervisor; return what went wrong."""
        self._context.words.beat("starting")
        try:
            self.device.open(self._latency_ms)
        except NoDevice as error:
            if str(error) != self._problem:
                self._tell_lost(str(error))
            return error
        self._opened_with_ms, self._lost_at = self._latency_ms, 0.0
        realtime.share_with_threads()
        self._problem, device = "", self.device
        latency_ms = round(device.latency_s * 1000, 1)
        self._context.channel.send(
            stage_protocol.Device(device.name, device.rate, self._block, latency_ms, "", *device.layout)
        )
        return None

    def wait(self, problem: NoDevice) -> float:
        """Seconds until ``open``, which failed, is to be tried again; 0 where there is no hope, or no more patience."""
        if not problem.busy and not self._lost_at:
            return 0.0
        self._lost_at = self._lost_at or time.monotonic()
        if time.monotonic() - self._lost_at < self._context.settings.device_timeout_s:
            return RETRY_S
        self._lost_at = 0.0
        return 0.0

    def lose(self, error: NoDevice) -> None:
        """It is gone, maybe in mid-word."""
        self._tell_lost(str(error))
        self._lost_at = time.monotonic()
        self.device.close()  # a sound server that hangs may hold this up

    def ran_dry(self) -> None:
        """And the samples were there in time."""
        self._underruns += 1
        if self._underruns % IMPATIENT == 0:
            self._latency_ms = max(self._latency_ms, min(1.5 * self._latency_ms, PATIENCE_MS))

    def _tell_lost(self, problem: str) -> None:
        self._problem = problem
        self._context.channel.send(stage_protocol.Device("", RATE, self._block, 0.0, problem))

"""Noise suppression and automatic gain of WebRTC's audio processing, by the package pywebrtc-audio (Apache-2.0)."""

from types import ModuleType
from typing import Any, Final

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.ipc.installing import install_command
from steadyvoice.workers.plugins.aligned import Framed
from steadyvoice.workers.plugins.plugin import Parameter, Samples

_SUPPRESSOR_DELAY_S: Final = 334 / 48000
"""Measured by correlation at 48 kHz: its band filters, and the overlap of its windows."""
_LEVELS: Final = ("6", "12", "18", "21")


def _package() -> ModuleType:
    try:
        import pywebrtc_audio
    except ModuleNotFoundError:
        raise NotInstalled(f"it needs pywebrtc-audio: {install_command('live')}") from None
    return pywebrtc_audio


class Noise:
    """Suppresses steady noise: fans, hiss, traffic."""

    db = Parameter("12", choices=_LEVELS, unit="dB", doc="most that is taken away", fixed=True)

    def open(self, rate: int, block: int) -> None:
        suppressor: Any = _package().NoiseSuppressor(rate, 1, _LEVELS.index(self.db))
        self._framed = Framed(rate // 100, block, suppressor.process)
        self.latency = self._framed.latency + round(_SUPPRESSOR_DELAY_S * rate)

    def process(self, block: Samples) -> Samples:
        return self._framed.process(block)


class AutomaticGain:
    """Keeps speech at an even level, and never above full scale."""

    max_db = Parameter(30.0, 0, 60, "dB", "highest gain", fixed=True)
    headroom_db = Parameter(5.0, 0, 40, "dB", "distance of speech from full scale", fixed=True)
    speed = Parameter(6.0, 1, 60, "dB/s", "fastest change of the gain", fixed=True)

    def open(self, rate: int, block: int) -> None:
        controller: Any = _package().GainController(
            rate, 1, max_gain_db=self.max_db, headroom_db=self.headroom_db, max_gain_change_db_per_second=self.speed
        )
        self._framed = Framed(rate // 100, block, controller.process)
        self.latency = self._framed.latency

    def process(self, block: Samples) -> Samples:
        return self._framed.process(block)

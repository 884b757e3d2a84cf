"""Cancellation of the echo: AEC3 of the WebRTC project, by the package pywebrtc-audio (Apache-2.0, WebRTC's own BSD).

AEC3 finds the delay of the echo itself, from 0 to 0.3 s, and never below 0: the far end must not come late.
"""

from typing import Any

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.ipc.installing import install_command
from steadyvoice.workers.listening.decimator import HOP, RATE, Samples


class EchoCanceller:
    """Keeps its model of the room while nothing plays: give it silence then."""

    def __init__(self) -> None:
        """NotInstalled where the package is missing."""
        self._canceller = _package().EchoCanceller(RATE, 1)

    def process(self, near: Samples, far: Samples) -> Samples:
        """The near end without the far end's echo; each [160] float32 at 16 kHz."""
        assert len(near) == len(far) == HOP
        residual: Samples = self._canceller.process(near, far)
        return residual


def _package() -> Any:
    try:
        import pywebrtc_audio
    except ImportError as error:
        raise NotInstalled(f"[listen] needs the package pywebrtc-audio: {install_command('listen')}") from error
    return pywebrtc_audio

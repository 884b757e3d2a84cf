"""The sound device, through PortAudio: opened when there is something to play, closed when there is not."""

import os
import sys
from contextlib import suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.errors import SteadyvoiceError

RATE: Final = 48000
_SHM_BYTES: Final = 1 << 20
_UNAVAILABLE: Final = -9985  # paDeviceUnavailable (portaudio.h)


class NoDevice(SteadyvoiceError):
    """There is no sound device to be had now; says why and what to do."""

    def __init__(self, problem: str, *, busy: bool = False) -> None:
        """busy: it is there, and may be had later."""
        super().__init__(problem)
        self.busy = busy


def quieten() -> None:
    """From now on what C libraries print to stderr goes nowhere, and what Python prints goes on.

    ALSA and PortAudio print a page of guesses at every look for devices, and another when one is lost.
    """
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)


def _need_shm() -> None:
    """PortAudio's JACK part keeps files there from when it starts; where they do not fit, it is a SIGBUS."""
    with suppress(OSError):
        space = os.statvfs("/dev/shm")
        if space.f_bavail * space.f_frsize < _SHM_BYTES:
            raise NoDevice("/dev/shm is full and the sound library needs it: make room there (df /dev/shm)")


def _portaudio() -> Any:
    if "sounddevice" not in sys.modules:
        _need_shm()
    try:
        import sounddevice
    except OSError as error:
        raise NoDevice("the PortAudio library is missing: install it (apt install libportaudio2)") from error
    return sounddevice


class Device:
    """A mono float32 output. All calls return at once, but for the short work of the sound system."""

    def __init__(self, wanted: str, block: int) -> None:
        os.environ.setdefault("JACK_NO_START_SERVER", "1")  # looking for devices must not start a sound server
        self._wanted: int | str | None = (int(wanted) if wanted.isdigit() else wanted) if wanted else None
        self._block = block
        self._sd: Any = None
        self._stream: Any = None
        self.name = ""
        self.latency_s = 0.0
        self.room = 0
        """Samples that its empty buffer takes."""

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    def prepare(self) -> None:
        """Load the sound library. NoDevice where there is none."""
        _portaudio()

    def open(self, latency_ms: float) -> None:
        """latency_ms: what it may hold back. NoDevice where there is none.

        Looks afresh for devices that came since the last try.
        """
        sd = self._sd = _portaudio()
        try:
            self._open(sd, latency_ms / 1000)
        except (sd.PortAudioError, ValueError):
            try:
                _need_shm()
                sd._terminate()  # PortAudio lists devices once, when it starts
                sd._initialize()
                self._open(sd, latency_ms / 1000)
            except (sd.PortAudioError, ValueError) as error:
                busy = error.args[1:2] == (_UNAVAILABLE,)
                raise NoDevice(_reason(sd, self._wanted, error), busy=busy) from error

    def _open(self, sd: Any, latency_s: float) -> None:
        info = sd.query_devices(self._wanted, "output")
        stream = sd.RawOutputStream(RATE, self._block, self._wanted, 1, "float32", latency_s)
        stream.start()
        self._stream, self.name, self.latency_s = stream, str(info["name"]), float(stream.latency)
        self.room = int(stream.write_available)

    def writable(self) -> int:
        """Samples that ``write`` takes without waiting. NoDevice where the device is lost."""
        return int(self._call(lambda: self._stream.write_available))

    def write(self, samples: NDArray[np.float32]) -> bool:
        """Hand over samples, at most ``writable``; True if the device ran dry before they came."""
        return bool(self._call(lambda: self._stream.write(samples)))

    def _call(self, call: Any) -> Any:
        try:
            return call()
        except self._sd.PortAudioError as error:
            self.close()
            raise NoDevice(f"the sound device {self.name} is lost: {_text(error)}") from error

    def close(self) -> None:
        """Drop what is not played yet."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)


def _reason(sd: Any, wanted: int | str | None, error: Exception) -> str:
    names = [str(d["name"]) for d in sd.query_devices() if d["max_output_channels"] > 0]
    if not names:
        return "no sound device: write a file with -o FILE.wav, or see svctl doctor"
    if wanted is not None:
        return f"the sound device {wanted!r} cannot be opened ({_text(error)}); there are: {', '.join(names)}"
    return f"the sound device cannot be opened: {_text(error)}"


def _text(error: Exception) -> str:
    return " ".join(str(part) for part in error.args[:1]).strip()

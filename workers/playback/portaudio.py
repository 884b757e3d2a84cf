"""A sound device, through PortAudio."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback import alsa
from steadyvoice.workers.playback.alsa import FLOAT_MONO, Format, Layout
from steadyvoice.workers.playback.fitting import Fitting
from steadyvoice.workers.playback.naming import ListedDevice, NoDevice, find, listing

RATE: Final = SINK_RATE
_SHM_BYTES: Final = 1 << 20
_INVALID_RATE, _BAD_FORMAT, _UNAVAILABLE = -9997, -9994, -9985  # portaudio.h: paInvalidSampleRate and so on
_DTYPES: Final[dict[Format, str]] = {"f32": "float32", "s32": "int32", "s24": "int24", "s16": "int16"}


def silence_libraries() -> None:
    """Discard what C libraries print to standard error, and keep what Python prints.

    ALSA and PortAudio print pages of diagnostics whenever they list devices or lose one.
    """
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)


def _need_shm() -> None:
    """NoDevice if /dev/shm is full: PortAudio's JACK backend keeps files there, and would die by SIGBUS."""
    with suppress(OSError):
        space = os.statvfs("/dev/shm")
        if space.f_bavail * space.f_frsize < _SHM_BYTES:
            raise NoDevice("/dev/shm is full and the sound library needs it: make room there (df /dev/shm)")


@contextmanager
def _starting() -> Iterator[None]:
    """While PortAudio starts: its JACK backend creates a folder in /dev/shm, also where no JACK server runs."""
    _need_shm()
    folder = Path(f"/dev/shm/jack_db-{os.getuid()}")
    was_there = folder.exists()
    try:
        yield
    finally:
        if not was_there:  # else it belongs to a JACK server
            shutil.rmtree(folder, ignore_errors=True)


def _portaudio() -> Any:
    if (loaded := sys.modules.get("sounddevice")) is not None:
        return loaded
    try:
        with _starting():
            import sounddevice
    except OSError as error:
        raise NoDevice("the PortAudio library is missing: install it (apt install libportaudio2)") from error
    return sounddevice


LEAD_IN_SAMPLES: Final = RATE * 10 // 1000
"""PulseAudio now and then drops up to so many of the first samples of a stream; measured at a null sink's monitor."""


class Device:
    """A sound device that takes 48 kHz mono float32, whatever its own rate, channels and sample format are.

    No call waits for the device to play. All counts are samples at 48 kHz.
    """

    def __init__(self, wanted: str, block: int) -> None:
        """wanted: a name or number, see ``naming.find``; empty: the system's default. block: samples per block."""
        os.environ.setdefault("JACK_NO_START_SERVER", "1")  # listing devices must not start a sound server
        self._wanted = wanted
        self._block = block
        self._sd: Any = None
        self._stream: Any = None
        self._fitting = Fitting(RATE, FLOAT_MONO)
        self.rate = RATE
        """The device's own rate, hertz."""
        self.layout = FLOAT_MONO
        self.lead_in_samples = LEAD_IN_SAMPLES
        """Samples of silence before the first sound after each opening."""
        self.delay = 0
        """Samples that the resampler buffers until more are written."""
        self._layouts: dict[int, Layout] = {}
        """By device number. A device that was busy has none."""
        self.name = ""
        self.latency_s = 0.0
        """Seconds from writing a sample that fills the buffer until the sample is heard."""
        self.buffer_samples = 0
        """Capacity of the device's buffer, in samples."""

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    def prepare(self) -> None:
        """Load the sound library. NoDevice if it is not installed."""
        _portaudio()

    def open(self, latency_ms: float) -> None:
        """Open the device. NoDevice if there is none, or it cannot be opened.

        latency_ms: the buffer's length, if the device can be that fast. If opening fails, the devices are listed again
        before a second attempt, because devices come, go and change.
        """
        sd = self._sd = _portaudio()
        try:
            self._open(sd, latency_ms / 1000)
        except (sd.PortAudioError, NoDevice):
            try:
                self._layouts.clear()
                with _starting():
                    sd._terminate()  # PortAudio lists devices once, when it starts
                    sd._initialize()
                self._open(sd, latency_ms / 1000)
            except sd.PortAudioError as error:
                raise NoDevice(f"the sound system cannot be used: {_text(error)}; see svctl doctor") from error

    def _open(self, sd: Any, latency_s: float) -> None:
        devices = _devices(sd)
        device = find(self._wanted, devices) if self._wanted else _default(sd, devices)
        try:
            stream, layout = self._stream_of(sd, device, latency_s)
        except sd.PortAudioError as error:
            raise _cannot_open(device, devices, error) from error
        self._stream, self.name = stream, device.name
        self._fitting = Fitting(round(stream.samplerate), layout)
        self.rate, self.layout, self.delay = self._fitting.rate, layout, self._fitting.delay
        frames = int(stream.write_available)
        self.buffer_samples = self._fitting.samples(frames)
        self.latency_s = max(float(stream.latency), frames / self.rate) + self.delay / RATE
        if self._wanted.isdecimal() and [known.full_name for known in devices].count(device.full_name) == 1:
            self._wanted = device.full_name  # a device's number changes when others come and go

    def _stream_of(self, sd: Any, device: ListedDevice, latency_s: float) -> tuple[Any, Layout]:
        """A started stream, at 48 kHz if the device has this rate."""
        info = sd.query_devices(device.number)
        layout = self._layouts.get(device.number) or self._layout(device, int(info["max_output_channels"]))
        for rate in (RATE, own := round(info["default_samplerate"])):
            try:
                stream = sd.RawOutputStream(
                    rate, self._block * rate // RATE, device.number, layout.channels, _DTYPES[layout.format], latency_s
                )
                break
            except sd.PortAudioError as error:
                if error.args[1:2] != (_INVALID_RATE,) or rate == own:
                    raise
        try:
            stream.start()
        except sd.PortAudioError:
            stream.close(ignore_errors=True)
            raise
        return stream, layout

    def _layout(self, device: ListedDevice, max_channels: int) -> Layout:
        if device.system == "ALSA":
            if (layout := alsa.layout(device.name)) is None:
                return FLOAT_MONO
        else:  # JACK: one port per channel; other backends convert
            layout = Layout(min(2, max_channels), "f32") if device.system.startswith("JACK") else FLOAT_MONO
        self._layouts[device.number] = layout
        return layout

    def writable(self) -> int:
        """Samples that ``write`` takes without waiting. NoDevice if the device is lost."""
        return self._fitting.samples(int(self._call(lambda: self._stream.write_available)))

    def write(self, samples: NDArray[np.float32]) -> bool:
        """Write samples, at most ``writable``; return True if the device's buffer was empty. NoDevice as above."""
        frames = self._fitting.fit(samples)
        return bool(len(frames) and self._call(lambda: self._stream.write(frames)))

    def _call(self, call: Any) -> Any:
        try:
            return call()
        except self._sd.PortAudioError as error:
            self.close()
            raise NoDevice(f"the sound device {self.name} is lost: {_text(error)}") from error

    def close(self) -> None:
        """Close the device; drop samples that were not played."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)


def _devices(sd: Any) -> list[ListedDevice]:
    systems = [str(system["name"]) for system in sd.query_hostapis()]
    return [
        ListedDevice(number, str(info["name"]), systems[info["hostapi"]], info["max_output_channels"] > 0)
        for number, info in enumerate(sd.query_devices())
    ]


def _default(sd: Any, devices: list[ListedDevice]) -> ListedDevice:
    number = int(sd.default.device["output"])
    if number in range(len(devices)) and devices[number].plays:
        return devices[number]
    if names := listing(devices):
        raise NoDevice(f"there is no default sound device; name one in the configuration, [audio] device: {names}")
    raise NoDevice("no sound device: write a file with -o FILE.wav, or see svctl doctor")


def _cannot_open(device: ListedDevice, devices: list[ListedDevice], error: Exception) -> NoDevice:
    problem = f"the sound device {one_line(device.name)!r} cannot be opened: {_text(error)}"
    number = error.args[1] if len(error.args) > 1 else 0
    if number == _BAD_FORMAT:
        problem += "; define a device of the type plug over it in ~/.asoundrc, and name that"
    elif number != _UNAVAILABLE and (others := listing([other for other in devices if other != device])):
        problem += f"; name another one in the configuration, [audio] device: {others}"
    return NoDevice(problem, busy=number == _UNAVAILABLE)


def _text(error: Exception) -> str:
    """PortAudio's message and the backend's message in one line."""
    said = [str(part) for part in error.args[:1]]
    if len(error.args) > 2 and isinstance(error.args[2], tuple):
        said += [str(part) for part in error.args[2][-1:]]
    return one_line(": ".join(" ".join(text.split()) for text in said))

"""PortAudio: loaded, its list of devices, and a stream of one device, opened with the device's own parameters."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback import alsa
from steadyvoice.workers.playback.alsa import FLOAT_MONO, Format, Layout
from steadyvoice.workers.playback.naming import Direction, ListedDevice, NoDevice, find, listing

T = TypeVar("T")

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


def load() -> Any:
    """The module sounddevice. NoDevice if PortAudio is not installed."""
    if (loaded := sys.modules.get("sounddevice")) is not None:
        return loaded
    try:
        with _starting():
            import sounddevice
    except OSError as error:
        raise NoDevice("the PortAudio library is missing: install it (apt install libportaudio2)") from error
    return sounddevice


class DeviceStream:
    """A device that is opened, lost and opened again. It has one direction."""

    direction: Direction

    def __init__(self, wanted: str, block: int) -> None:
        """wanted: a name or number, see ``naming.find``; empty: the system's default. block: samples per block."""
        os.environ.setdefault("JACK_NO_START_SERVER", "1")  # listing devices must not start a sound server
        self._wanted = wanted
        self._block = block
        self._sd: Any = None
        self._stream: Any = None
        self.rate = SINK_RATE
        """The device's own rate, hertz."""
        self.layout = FLOAT_MONO
        self._layouts: dict[int, Layout] = {}
        """By device number. A device that was busy has none."""
        self.name = ""
        self.latency_s = 0.0

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    def prepare(self) -> None:
        """Load the sound library. NoDevice if it is not installed."""
        load()

    def open(self, latency_ms: float) -> None:
        """Open the device. NoDevice if there is none, or it cannot be opened.

        latency_ms: the buffer's length, if the device can be that fast. If opening fails, the devices are listed again
        before a second attempt, because devices come, go and change.
        """
        sd = self._sd = load()
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
        device = find(self._wanted, devices, self.direction) if self._wanted else self._default(sd, devices)
        try:
            stream, layout = self._stream_of(sd, device, latency_s)
        except sd.PortAudioError as error:
            raise self._cannot_open(device, devices, error) from error
        self._stream, self.name, self.rate, self.layout = stream, device.name, round(stream.samplerate), layout
        self.latency_s = float(stream.latency)
        if self._wanted.isdecimal() and [known.full_name for known in devices].count(device.full_name) == 1:
            self._wanted = device.full_name  # a device's number changes when others come and go

    def _stream_of(self, sd: Any, device: ListedDevice, latency_s: float) -> tuple[Any, Layout]:
        """A started stream, at 48 kHz if the device has this rate."""
        info, captures = sd.query_devices(device.number), self.direction.captures
        most = int(info["max_input_channels" if captures else "max_output_channels"])
        layout = self._layouts.get(device.number) or self._layout(device, most)
        make = sd.RawInputStream if captures else sd.RawOutputStream
        for rate in (SINK_RATE, own := round(info["default_samplerate"])):
            try:
                block = self._block * rate // SINK_RATE
                stream = make(rate, block, device.number, layout.channels, _DTYPES[layout.format], latency_s)
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
            if (layout := alsa.layout(device.name, captures=self.direction.captures)) is None:
                return FLOAT_MONO
        else:  # JACK: one port per channel; other backends convert
            layout = Layout(min(2, max_channels), "f32") if device.system.startswith("JACK") else FLOAT_MONO
        self._layouts[device.number] = layout
        return layout

    def _default(self, sd: Any, devices: list[ListedDevice]) -> ListedDevice:
        direction = self.direction
        number = int(sd.default.device["input" if direction.captures else "output"])
        if number in range(len(devices)) and devices[number].has(direction):
            return devices[number]
        if names := listing(devices, direction):
            raise NoDevice(f"there is no default {direction.kind}; name one {direction.choose}: {names}")
        raise NoDevice(direction.none)

    def _cannot_open(self, device: ListedDevice, devices: list[ListedDevice], error: Exception) -> NoDevice:
        direction = self.direction
        problem = f"the {direction.kind} {one_line(device.name)!r} cannot be opened: {_text(error)}"
        number = error.args[1] if len(error.args) > 1 else 0
        if number == _BAD_FORMAT:
            problem += "; define a device of the type plug over it in ~/.asoundrc, and name that"
        elif number != _UNAVAILABLE and (others := listing([o for o in devices if o != device], direction)):
            problem += f"; name another one {direction.choose}: {others}"
        return NoDevice(problem, busy=number == _UNAVAILABLE)

    def _call(self, call: Callable[[], T]) -> T:
        """The result of a call of the stream. NoDevice if the device is lost."""
        try:
            return call()
        except self._sd.PortAudioError as error:
            self.close()
            raise NoDevice(f"the {self.direction.kind} {self.name} is lost: {_text(error)}") from error

    def close(self) -> None:
        """Close the device; drop samples that were not played or not read."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)


def _devices(sd: Any) -> list[ListedDevice]:
    systems = [str(system["name"]) for system in sd.query_hostapis()]
    return [
        ListedDevice(
            number,
            str(info["name"]),
            systems[info["hostapi"]],
            info["max_output_channels"] > 0,
            info["max_input_channels"] > 0,
        )
        for number, info in enumerate(sd.query_devices())
    ]


def _text(error: Exception) -> str:
    """PortAudio's message and the backend's message in one line."""
    said = [str(part) for part in error.args[:1]]
    if len(error.args) > 2 and isinstance(error.args[2], tuple):
        said += [str(part) for part in error.args[2][-1:]]
    return one_line(": ".join(" ".join(text.split()) for text in said))

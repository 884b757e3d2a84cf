"""The names of sources: what the user writes after ``--from``."""

import os
import stat
from pathlib import Path
from typing import Final

from steadyvoice.ipc.errors import UnusableSource, one_line
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live import signals
from steadyvoice.workers.live.file_source import FileSource, PipeSource
from steadyvoice.workers.live.microphone import Microphone
from steadyvoice.workers.live.null_microphone import NullMicrophone
from steadyvoice.workers.live.signals import Signal
from steadyvoice.workers.live.sources import SignalSource, Source
from steadyvoice.workers.playback.naming import NoDevice
from steadyvoice.workers.playback.null_device import ppm_of

SOURCES: Final = (
    "mic, mic:NAME, tone, tone:HERTZ, sweep, noise, noise:SEED, silence, a file, a named pipe, "
    "null, null:ppm=PPM,signal=SIGNAL"
)
_TONE_HZ: Final = 440.0


def source_of(name: str) -> Source:
    """The source that the user means, not open yet. UnusableSource if there is none of that name.

    A file of such a name, ``tone`` for example, is meant by ``./tone``.
    """
    kind, colon, rest = name.partition(":")
    if kind == "mic":
        return Microphone(name, rest)
    if kind == "null":
        return _null(name, rest)
    if (signal := _signal(kind, rest, colon)) is not None:
        return SignalSource(name, signal)
    return _file(name)


def _signal(kind: str, rest: str, colon: str) -> Signal | None:
    match kind:
        case "tone":
            return signals.tone(_hertz(rest) if colon else _TONE_HZ)
        case "noise":
            return signals.noise(_seed(rest) if colon else 0)
        case "sweep" if not colon:
            return signals.sweep
        case "silence" if not colon:
            return signals.silence
    return None


def _hertz(text: str) -> float:
    try:
        hertz = float(text)
    except ValueError:
        hertz = 0.0
    if not 0 < hertz < SINK_RATE / 2:
        raise UnusableSource(f"tone:{one_line(text, 40)}: a tone has more than 0 and less than {SINK_RATE // 2} hertz")
    return hertz


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise UnusableSource(f"noise:{one_line(text, 40)}: the seed is a whole number of at most 18 digits")
    return int(text)


def _null(name: str, rest: str) -> NullMicrophone:
    ppm, signal = 0, signals.tone(_TONE_HZ)
    for option in filter(None, rest.split(",")):
        key, _, value = option.partition("=")
        if key == "ppm":
            try:
                ppm = ppm_of(value)
            except NoDevice as error:
                raise UnusableSource(str(error)) from error
        elif key == "signal" and (found := _signal(*_split(value))) is not None:
            signal = found
        else:
            raise UnusableSource(
                f"null:{one_line(rest, 100)}: its options are ppm=PPM and signal=tone, tone:HERTZ, sweep, noise, "
                "noise:SEED or silence"
            )
    return NullMicrophone(name, ppm, signal)


def _split(value: str) -> tuple[str, str, str]:
    kind, colon, rest = value.partition(":")
    return kind, rest, colon


def _file(name: str) -> Source:
    expanded = os.path.expanduser(name)
    path = Path(expanded)
    try:
        mode = os.stat(expanded).st_mode  # Path("") would be the working directory
    except (OSError, ValueError) as error:  # ValueError: a null character
        if "/" in name or "." in name:
            reason = error.strerror if isinstance(error, OSError) else "no path"
            raise UnusableSource(f"cannot read {one_line(name, 200)}: {reason}") from error
        raise UnusableSource(f"there is no source {one_line(name, 200)!r}; there are: {SOURCES}") from error
    if stat.S_ISFIFO(mode):
        return PipeSource(path)
    if stat.S_ISREG(mode):
        return FileSource(path)
    raise UnusableSource(f"{one_line(name, 200)} is neither a sound file nor a named pipe")

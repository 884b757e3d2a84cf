"""The configuration: one TOML file into frozen structs; a key that does not exist is refused by name."""

import logging
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steadyvoice.daemon import config_errors
from steadyvoice.ipc import mounts, paths, wire
from steadyvoice.ipc.errors import SteadyvoiceError, describe

log = logging.getLogger("svd")


class ConfigError(SteadyvoiceError):
    """The file cannot be used as it is."""


class Unreadable(ConfigError):
    """The user's file is there, or may be, and cannot be read. It is optional."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Audio(_Table, frozen=True):
    device: str = ""
    """Name or number of the sound device; empty: the system's default."""
    block: Annotated[int, Meta(ge=64, le=4096)] = 128
    """Samples at 48 kHz that go to the device at once."""
    latency_ms: Annotated[float, Meta(ge=1, le=500)] = 10.0
    """What the device may hold back, which is also what is still heard after a cancel."""
    device_timeout_s: Annotated[float, Meta(ge=0, le=3600)] = 15.0
    """How long speech waits for a device that is lost while it speaks, or that another program holds."""


class Realtime(_Table, frozen=True):
    mode: Literal["auto", "off"] = "auto"
    """auto: spread the stages over the cores, SCHED_FIFO where allowed."""


class Models(_Table, frozen=True):
    device: Annotated[str, Meta(pattern=r"^(auto|cpu|cuda:\d+)$")] = "auto"
    """Where torch's models run; auto: the first GPU where there is one."""


class Limits(_Table, frozen=True):
    text_chars: Annotated[int, Meta(ge=1)] = 200_000
    """Of one utterance: three to four hours of speech."""
    utterances: Annotated[int, Meta(ge=1)] = 100
    """Waiting and speaking, of one client."""
    clients: Annotated[int, Meta(ge=1)] = 200
    requests: Annotated[int, Meta(ge=1)] = 1000
    """Of one client in a second, and so many at once; what is beyond is read later."""
    message_bytes: Annotated[int, Meta(ge=4096, le=wire.MESSAGE_BYTES)] = 4 << 20
    streams: Annotated[int, Meta(ge=1, le=240)] = 32
    """Utterances for clients that are worked on at the same time."""
    stage_mib: Annotated[int, Meta(ge=0, le=1 << 30)] = 0
    """Memory of its own that a stage may take; 0: all there is. What needs more fails, and nothing else."""


class Config(_Table, frozen=True):
    voice: str = "heart"
    engines: Annotated[tuple[str, ...], Meta(min_length=1)] = ("hibari", "soprano")
    """Entry points in the group steadyvoice.engines."""
    converters: tuple[str, ...] = ("shift", "rvc")
    """Entry points in the group steadyvoice.converters."""
    fallback_voice: str = ""
    """A voice that goes on where another one fails; empty: the utterance fails."""
    standby: tuple[Literal["generator", "vocoder", "converter", "output"], ...] = ()
    """Stages that have a second process ready, should the first one die."""
    lookahead_s: Annotated[float, Meta(ge=0.5, le=4)] = 2.0
    """Seconds of speech that are made ahead of the listener."""
    incomplete_sentence_timeout_s: Annotated[float, Meta(ge=0, le=10)] = 0.4
    """How long an unfinished sentence waits for more text before it is spoken as it is."""
    audio: Audio = Audio()
    realtime: Realtime = Realtime()
    models: Models = Models()
    limits: Limits = Limits()


def load(path: Path | None) -> Config:
    """Read the file; without one named, the user's if it is there, else the defaults. ConfigError in one line.

    Unreadable where none is named, and the user's is there and cannot be read.
    """
    if path is None:
        text = _default_text()
        if text is None:
            return Config()
        path = paths.configuration()
    else:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read: {describe(error)}") from error
    return parse(text, str(path))


def first(load: Callable[[], Config]) -> Config:
    """The configuration to start with: the defaults, and a line in the log, where the user's file cannot be read."""
    try:
        return load()
    except Unreadable as error:
        log.warning("%s; the defaults are in force", error)
        return Config()


def _default_text() -> str | None:
    """Of the user's file; None where there is none."""
    name = "the configuration"
    try:
        path = paths.configuration()
        name = str(path)
        return mounts.asked(path, lambda: _text(path)) if paths.present(path) else None
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{name}: cannot be read: {describe(error)}") from error


def _text(path: Path) -> str:
    with open(paths.opened(path), encoding="utf-8") as file:
        return file.read()


def parse(text: str, name: str) -> Config:
    """ConfigError, which names the file."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib raises others than its own for absurd numbers and nesting
        raise ConfigError(f"{name}: not TOML: {describe(error)}") from error
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {config_errors.explain(str(error), data, Config)}") from error

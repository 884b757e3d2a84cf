"""The configuration: one TOML file into frozen structs; a key that does not exist is refused by name."""

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steadyvoice.ipc import wire
from steadyvoice.ipc.errors import SteadyvoiceError


class ConfigError(SteadyvoiceError):
    """The file cannot be used as it is."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Audio(_Table, frozen=True):
    device: str = ""
    """Name or number of the sound device; empty: the system's default."""
    block: Annotated[int, Meta(ge=64, le=4096)] = 128
    """Samples at 48 kHz that go to the device at once."""
    latency_ms: Annotated[float, Meta(ge=1, le=500)] = 10.0
    """What the device may hold back, which is also what is still heard after a cancel."""
    patience_s: Annotated[float, Meta(ge=0, le=3600)] = 15.0
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
    stage_mib: Annotated[int, Meta(ge=0)] = 0
    """Memory of its own that a stage may take; 0: all there is. What needs more fails, and nothing else."""


class Config(_Table, frozen=True):
    voice: str = "heart"
    engines: tuple[str, ...] = ("hibari", "soprano")
    """Entry points in the group steadyvoice.engines."""
    converters: tuple[str, ...] = ("shift", "rvc")
    """Entry points in the group steadyvoice.converters."""
    stand_in: str = ""
    """A voice that goes on where another one fails; empty: the utterance fails."""
    spares: tuple[Literal["generator", "vocoder", "converter", "output"], ...] = ()
    """Stages that have a second process ready, should the first one die."""
    ahead_s: Annotated[float, Meta(ge=0.5, le=4)] = 2.0
    """Seconds of speech that are made ahead of the listener."""
    patience_s: Annotated[float, Meta(ge=0, le=10)] = 0.4
    """How long an unfinished sentence waits for more text before it is spoken as it is."""
    audio: Audio = Audio()
    realtime: Realtime = Realtime()
    models: Models = Models()
    limits: Limits = Limits()


def default_path() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base, "steadyvoice", "config.toml")


def load(path: Path | None) -> Config:
    """Read the file; without one named, the user's if it is there, else the defaults. ConfigError in one line."""
    if path is None:
        path = default_path()
        if not path.exists():
            return Config()
    try:
        data = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:  # tomllib raises others than its own for absurd numbers and nesting
        raise ConfigError(f"{path}: not TOML: {error}") from error
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_explain(str(error))}") from error


def _explain(message: str) -> str:
    """msgspec's message, for an unknown key with the nearest one that exists."""
    found = re.search(r"unknown field `([^`]*)`(?: - at `\$\.?(.*)`)?", message)
    if found is None:
        return message
    key, table = found[1], found[2] or ""
    known = {"audio": Audio, "realtime": Realtime, "models": Models, "limits": Limits}.get(
        table, Config
    ).__struct_fields__
    near = difflib.get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    return f"unknown key {key!r}{f' in [{table}]' if table else ''}; {hint}"

"""The configuration of svd: one TOML file, read into frozen structs. An unknown key is an error."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steadyvoice.ipc import config_errors, config_file, wire
from steadyvoice.ipc.config_file import Table, Unreadable
from steadyvoice.ipc.gateway_settings import Gateways
from steadyvoice.ipc.listening import Listen

log = logging.getLogger("svd")


class Audio(Table, frozen=True):
    device: str = ""
    """Name or number of the sound device; empty: the default device of the system."""
    block: Annotated[int, Meta(ge=64, le=4096)] = 128
    """Samples per block of the device, at 48 kHz."""
    latency_ms: Annotated[float, Meta(ge=1, le=500)] = 10.0
    """Buffer of the device, in milliseconds: it is still heard after a cancel."""
    device_timeout_s: Annotated[float, Meta(ge=0, le=3600)] = 15.0
    """Seconds for which an utterance waits for a device that was lost or that another program uses."""


class Realtime(Table, frozen=True):
    mode: Literal["auto", "off"] = "auto"
    """auto: place the stages on separate cores, with SCHED_FIFO where allowed; off: leave scheduling to the kernel."""


class Models(Table, frozen=True):
    device: Annotated[str, Meta(pattern=r"^(auto|cpu|cuda:\d+)$")] = "auto"
    """Where torch models run; auto: on the first GPU if there is one."""
    preload: tuple[str, ...] = ()
    """Engines and families of converters that are loaded at the start; empty: the first engine. All others are loaded
    when they are needed."""
    pinned: tuple[str, ...] = ()
    """Models that are never unloaded; the engine of the configured voice is one without being named."""
    ttl_s: Annotated[float, Meta(ge=0)] = 600.0
    """Seconds after its last use until a model is unloaded; 0: never."""
    min_residency_s: Annotated[float, Meta(ge=0)] = 120.0
    """Seconds for which a model stays after it was loaded, although another one needs its memory."""
    resident_mib: Annotated[int, Meta(ge=0, le=1 << 30)] = 0
    """MiB of all loaded models together; 0: no limit. The least recently used goes first."""
    resident_cap: Annotated[int, Meta(ge=0)] = 0
    """Number of loaded models; 0: no limit."""

    def at_start(self, engines: tuple[str, ...]) -> tuple[str, ...]:
        """Models that are loaded when the daemon starts, besides that of the configured voice."""
        return (*self.preload, *self.pinned) or engines[:1]


class Live(Table, frozen=True):
    microphone: str = "mic"
    """The source that ``mic`` means, and that is listened to: mic, the system's default; mic:NAME; or any other."""
    plugins: tuple[str, ...] = ()
    """Plugins that may be loaded besides those of installed packages: paths of files, and module:Class."""
    duck: Literal["none", "live", "speech"] = "none"
    """Which of the two is softer while both are played."""
    duck_db: Annotated[float, Meta(ge=0, le=60)] = 12.0
    """By how many decibels."""


class Limits(Table, frozen=True):
    text_chars: Annotated[int, Meta(ge=1)] = 200_000
    """Characters of one utterance; the default is three to four hours of speech."""
    utterances: Annotated[int, Meta(ge=1)] = 100
    """Utterances of one client, waiting and speaking."""
    clients: Annotated[int, Meta(ge=1)] = 200
    requests: Annotated[int, Meta(ge=1)] = 1000
    """Requests of one client per second, and in one burst; further ones are read later."""
    message_bytes: Annotated[int, Meta(ge=4096, le=wire.MESSAGE_BYTES)] = 4 << 20
    streams: Annotated[int, Meta(ge=1, le=240)] = 32
    """Utterances to client rings that are processed at the same time."""
    stage_mib: Annotated[int, Meta(ge=0, le=1 << 30)] = 0
    """MiB of private memory per stage; 0: no limit. Only the allocation that exceeds it fails."""


class Tracing(Table, frozen=True):
    otlp: Annotated[str, Meta(pattern=config_errors.URL)] = ""
    """URL of an OpenTelemetry collector that gets a trace of each utterance, over OTLP/HTTP in JSON; empty: none."""


class Metrics(Table, frozen=True):
    socket: bool = False
    """Answer HTTP on metrics.sock beside the control socket, for this user only."""
    address: Annotated[str, Meta(pattern=config_errors.ADDRESS)] = ""
    """TCP address on which to answer HTTP: HOST:PORT; empty: none."""
    textfile: Annotated[str, Meta(pattern=config_errors.TEXTFILE)] = ""
    """File that has the metrics, for node_exporter; empty: none."""


class Config(Table, frozen=True):
    voice: str = "heart"
    engines: Annotated[tuple[str, ...], Meta(min_length=1)] = (
        "hibari", "kokoro", "soprano", "piper", "chatterbox", "cosyvoice", "xtts",
    )  # fmt: skip
    """Names of entry points in the group steadyvoice.engines."""
    converters: tuple[str, ...] = ("shift", "rvc")
    """Names of entry points in the group steadyvoice.converters."""
    fallback_voice: str = ""
    """Voice that continues an utterance after its own voice has failed; empty: the utterance fails."""
    standby: tuple[Literal["generator", "flow", "vocoder", "converter", "output", "input"], ...] = ()
    """Stages with a warm standby process, which replaces a process that dies."""
    lookahead_s: Annotated[float, Meta(ge=0.5, le=4)] = 2.0
    """Seconds of speech that are synthesised ahead of playback."""
    incomplete_sentence_timeout_s: Annotated[float, Meta(ge=0, le=10)] = 0.4
    """Seconds for which an incomplete sentence waits for more text before it is spoken as it is."""
    languages: dict[str, str] = msgspec.field(default_factory=dict)
    """Voice that speaks text found to be in a language, by BCP 47 name, in utterances of other voices of its engine;
    auto: the engine's first of that language."""
    audio: Audio = Audio()
    realtime: Realtime = Realtime()
    models: Models = Models()
    live: Live = Live()
    listen: Listen = Listen()
    limits: Limits = Limits()
    metrics: Metrics = Metrics()
    trace: Tracing = Tracing()
    gateways: Gateways = Gateways()
    """Read by the gateways; svd only checks it."""


def load(path: Path | None) -> Config:
    """Read this file; None: the user's own file if it exists, else the defaults. ConfigError, Unreadable."""
    return config_file.load(path, Config)


def load_or_defaults(load: Callable[[], Config]) -> Config:
    """The configuration to start with. If the user's own file is unreadable: a warning in the log, and the defaults."""
    try:
        return load()
    except Unreadable as error:
        log.warning("%s; the defaults are in force", error)
        return Config()

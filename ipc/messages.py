"""Messages of the daemon on the control socket: replies and events. docs/protocol.md has examples.

A reply has the ``ref`` of its request (requests.py).
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.inspection_messages import Held, Profiled
from steadyvoice.ipc.message import Message
from steadyvoice.ipc.metric_families import MetricFamily
from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.traces import Trace

Reason = Literal["done", "cancelled", "skipped", "replaced", "error"]


class Welcome(Message, frozen=True):
    ref: int
    version: int
    program: str
    capabilities: list[str]


class Queued(Message, frozen=True):
    ref: int
    id: int
    paused: bool = False
    """The sound device is paused, and this utterance waits for ``resume``."""
    sink: Literal["", "device", "pcm"] = ""
    """To subscribers only: where the speech goes."""
    text: str = ""
    """To subscribers only: the beginning of what is spoken on the sound device."""


class Started(Message, frozen=True):
    """device: the first sample was written to the sound device. pcm: the ring of the samples exists."""

    id: int
    sample_rate: int
    ring: bool = False
    """Three descriptors come with this message: the ring, the eventfd to wait on, the one to notify after reading."""
    format: Literal["f32", "s16"] = "f32"
    """Format of the samples that the client receives."""


class Mark(Message, frozen=True):
    """Playback has reached a word: by the device's clock, or with pcm by the samples that the client has read."""

    id: int
    start: int
    end: int
    """Characters [start, end) of the text."""
    at_s: float
    """Seconds of the utterance's audio before the word."""
    name: str = ""
    """Of a ``mark`` in SSML, with its element at [start, end); empty for a word."""


class Audio(Message, frozen=True):
    """The next samples of an inline pcm utterance: mono, little-endian."""

    id: int
    index: int
    """Index of the first sample within the utterance."""
    data: bytes


class Finished(Message, frozen=True):
    id: int
    reason: Reason
    heard_chars: int
    duration_s: float
    """Seconds of audio that were played or delivered."""
    timings: dict[str, float] = msgspec.field(default_factory=dict)
    """Milliseconds since the request: ``first_audio``, and of each stage, when it worked on its first and last block:
    ``STAGE.first_began``, ``STAGE.first``, ``STAGE.last_began``, ``STAGE.last``; ``device.first``."""
    code: Code | None = None
    message: str = ""
    underruns: int = 0
    """Number of audible gaps: the device had to play silence because no samples were ready."""
    late: dict[str, float] = msgspec.field(default_factory=dict)
    """For each stage that caused an underrun: its greatest delay in milliseconds."""
    fallback_voice: str = ""
    """The voice that continued after the requested voice failed; empty: none."""
    ssml: str = ""
    """What of an SSML document was not obeyed, and why, as one line; empty: nothing."""
    unread_languages: list[str] = msgspec.field(default_factory=list)
    """BCP 47: languages that the voice does not read, of sentences that were left out."""


class Heard(msgspec.Struct, frozen=True):
    id: int
    heard_chars: int


class Cancelled(Message, frozen=True):
    """Reply to cancel, sent when all these utterances have stopped."""

    ref: int
    utterances: list[Heard]


class Paused(Message, frozen=True):
    """Reply to pause (sent when the device is silent) and resume; event for each subscriber."""

    ref: int
    paused: bool


class Skipped(Message, frozen=True):
    """Reply to skip."""

    ref: int
    id: int
    heard_chars: int


class Subscribed(Message, frozen=True):
    ref: int
    on: bool


class StatusReply(Message, frozen=True, tag="status"):
    ref: int
    status: Mapping[str, object]
    """A DaemonStatus. Not decoded as one: keys may be missing or new where client and daemon differ in version."""


class TraceReply(Message, frozen=True, tag="trace"):
    ref: int
    trace: Trace


class MetricsReply(Message, frozen=True, tag="metrics"):
    ref: int
    families: list[MetricFamily]


class Loading(Message, frozen=True):
    """The utterance waits for a model that is being loaded."""

    id: int
    model: str
    expected_s: float = 0.0
    """How long the last load of the model took, less what this one has taken; 0: not known."""


class ModelInfo(msgspec.Struct, frozen=True):
    """A model: an engine with its line of stages, or a family of converters with its stage."""

    name: str
    state: Literal["cold", "loading", "resident", "unloading", "failed"]
    bytes: int
    """Memory of its processes when they were warm (PSS); 0 while it is cold."""
    since: float
    """Seconds in this state."""
    users: int
    """Utterances that wait for it or are spoken with it."""
    pinned: bool
    """It is never unloaded."""


class ModelsReply(Message, frozen=True, tag="models"):
    """Reply to models, load and unload."""

    ref: int
    models: list[ModelInfo]


class VoiceInfo(msgspec.Struct, frozen=True):
    """A voice that the daemon knows."""

    name: str
    language: str
    """BCP 47, such as en-gb."""
    sample_rate: int
    """Hertz of the voice's own samples."""
    licence: str
    installed: bool
    """Its files are on this machine and can be loaded."""
    engine: str
    default: bool
    """``speak`` without ``voice`` uses this one."""


class VoicesReply(Message, frozen=True, tag="voices"):
    ref: int
    voices: list[VoiceInfo]


class ConverterInfo(msgspec.Struct, frozen=True):
    """A converter that the daemon knows."""

    name: str
    licence: str
    latency_ms: float
    """Milliseconds of input beyond a sample that the converter needs before it can convert that sample."""
    formants: bool
    """It can move formants independently of the pitch."""
    installed: bool
    """Its files are on this machine and can be loaded."""
    family: str


class ConvertersReply(Message, frozen=True, tag="converters"):
    ref: int
    converters: list[ConverterInfo]


class ReadReply(Message, frozen=True, tag="reading"):
    """Reply to ``read``."""

    ref: int
    words: str
    """Of all segments."""
    phonemes: str
    segments: list[ReadSegment]


class _UserSpeech(Message, frozen=True):
    at_ns: int
    """When it began, or ended, on the monotonic clock (CLOCK_MONOTONIC)."""
    id: int
    """Utterance that was being heard on the sound device; 0: none."""
    heard_chars: int
    """Of that utterance."""


class SpeechStarted(_UserSpeech, frozen=True, tag="speech_started"):
    """To subscribers: the user has begun to speak to the microphone; see [listen] in docs/config.md."""


class SpeechEnded(_UserSpeech, frozen=True, tag="speech_ended"):
    """To subscribers: the user has stopped speaking."""


class Changed(Message, frozen=True):
    """Reply to ``change``."""

    ref: int
    id: int


class Error(Message, frozen=True):
    """The request ``ref`` was refused, and nothing has changed."""

    ref: int
    code: Code
    message: str
    retryable: bool = False
    field: str = ""
    """The request's field that is ``out_of_range``; empty with other codes."""


Event = (
    Welcome
    | Queued
    | Loading
    | Started
    | Mark
    | Audio
    | Finished
    | Cancelled
    | Paused
    | Skipped
    | Subscribed
    | StatusReply
    | TraceReply
    | MetricsReply
    | VoicesReply
    | ConvertersReply
    | ModelsReply
    | ReadReply
    | Changed
    | Held
    | Profiled
    | SpeechStarted
    | SpeechEnded
    | Error
)

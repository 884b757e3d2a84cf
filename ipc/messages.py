"""The control socket's messages: what a client may ask, and what it is told. docs/protocol.md has examples.

``ref`` is the client's own number for a request; the reply carries it back.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.stage_protocol import Converter, Voice

VERSION = 1

Priority = Literal["important", "message", "text", "notification", "progress"]
Reason = Literal["done", "cancelled", "skipped", "replaced", "error"]


class _Message(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower, omit_defaults=True):
    pass


class _Request(_Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ref: Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)] = 0


class Hello(_Request, frozen=True):
    """Optional first request; the answer is Welcome."""

    version: int = VERSION
    """The highest that the client speaks."""


class Speak(_Request, frozen=True):
    """Queue an utterance. Events: queued, started, finished; or error."""

    text: str = ""
    open: bool = False
    """More text follows in ``append``; ``finish`` ends it."""
    voice: str = ""
    rate: float = 1.0
    """Speed, 0.5 to 2."""
    volume: float = 1.0
    """Gain, 0 to 2."""
    converter: str = ""
    """What the voice is sent through; empty: nothing, or ``shift`` where pitch or formants are to be moved."""
    pitch: float = 0.0
    """Semitones up, -24 to 24."""
    formant: float = 0.0
    """Semitones by which the voice's resonances move up, apart from its pitch, -12 to 12."""
    priority: Priority = "message"
    """On the device, after speech-dispatcher: who waits for whom, and who makes whom fall silent."""
    replace: bool = False
    """What this client has queued before is silenced."""
    sink: Literal["device", "pcm"] = "device"
    """pcm: to this client."""
    inline: bool = False
    """pcm in ``audio`` events instead of shared memory; always so on a JSON connection."""
    sample_rate: int = 0
    """Hertz of the pcm; 0: the voice's own."""
    format: Literal["f32", "s16"] = "f32"
    """Of the pcm's samples."""
    detach: bool = False
    """Goes on when this client has left."""


class Append(_Request, frozen=True):
    id: int
    text: str


class Finish(_Request, frozen=True):
    id: int


class Cancel(_Request, frozen=True):
    """Silence utterances at once. Without ids: all of this client; with ``all``: everybody's."""

    ids: list[int] = []
    all: bool = False


class Pause(_Request, frozen=True):
    """The sound device falls silent where it is. Everybody's utterances wait; streams go on."""


class Resume(_Request, frozen=True):
    """The sound device goes on with the sample at which it was paused."""


class Skip(_Request, frozen=True):
    """On the device: to the next utterance, or to the next sentence of the one that plays."""

    to: Literal["utterance", "sentence"] = "utterance"


class Subscribe(_Request, frozen=True):
    """This connection hears the events of everybody's utterances from now on, but for ``audio``; or no more."""

    on: bool = True


class Status(_Request, frozen=True):
    pass


class Voices(_Request, frozen=True):
    pass


class Converters(_Request, frozen=True):
    pass


Request = Hello | Speak | Append | Finish | Cancel | Pause | Resume | Skip | Subscribe | Status | Voices | Converters


class Welcome(_Message, frozen=True):
    ref: int
    version: int
    program: str
    capabilities: list[str]


class Queued(_Message, frozen=True):
    ref: int
    id: int
    paused: bool = False
    """It is for the sound device, where playing is paused: it waits for ``resume``."""


class Started(_Message, frozen=True):
    """device: the first sample has been handed to the sound device. pcm: the ring that carries the samples is there."""

    id: int
    sample_rate: int
    ring: bool = False
    """Three descriptors come with this message: ring, bell to wait on, bell to ring when samples were taken."""
    format: Literal["f32", "s16"] = "f32"
    """Of the samples that the client gets."""


class Mark(_Message, frozen=True):
    """A word begins to be heard: on the device, by its clock; with pcm, by what the client has taken."""

    id: int
    start: int
    end: int
    """Characters [start, end) of the text."""
    at_s: float
    """Seconds of the utterance's audio before it."""


class Audio(_Message, frozen=True):
    """pcm inline: the next samples, mono, little-endian."""

    id: int
    index: int
    """Number of the first of them."""
    data: bytes


class Finished(_Message, frozen=True):
    id: int
    reason: Reason
    heard_chars: int
    duration_s: float
    """Seconds of audio that the listener got."""
    timings: dict[str, float] = {}
    """Milliseconds since the request: ``first_audio``, and ``STAGE.first`` and ``STAGE.last`` finished."""
    code: Code | None = None
    message: str = ""
    underruns: int = 0
    """Gaps that were heard where speech was owed."""
    late: dict[str, float] = {}
    """For each stage that caused one: the milliseconds by which it was late at the worst."""
    fallback_voice: str = ""
    """The voice that went on where the one that was asked for failed."""


class Heard(msgspec.Struct, frozen=True):
    id: int
    heard_chars: int


class Cancelled(_Message, frozen=True):
    """Reply to cancel, when all of them are silent."""

    ref: int
    utterances: list[Heard]


class Paused(_Message, frozen=True):
    """Reply to pause and resume, once the device is silent; and to who has subscribed."""

    ref: int
    paused: bool


class Skipped(_Message, frozen=True):
    """Reply to skip."""

    ref: int
    id: int
    heard_chars: int


class Subscribed(_Message, frozen=True):
    ref: int
    on: bool


class StatusReply(_Message, frozen=True, tag="status"):
    ref: int
    status: dict[str, object]


class VoiceInfo(Voice, frozen=True):
    default: bool


class VoicesReply(_Message, frozen=True, tag="voices"):
    ref: int
    voices: list[VoiceInfo]


class ConverterInfo(Converter, frozen=True):
    pass


class ConvertersReply(_Message, frozen=True, tag="converters"):
    ref: int
    converters: list[ConverterInfo]


class Error(_Message, frozen=True):
    """The request ``ref`` was refused; nothing else changed."""

    ref: int
    code: Code
    message: str
    retryable: bool = False
    field: str = ""
    """The request's field that is ``out_of_range``; empty with other codes."""


Event = (
    Welcome
    | Queued
    | Started
    | Mark
    | Audio
    | Finished
    | Cancelled
    | Paused
    | Skipped
    | Subscribed
    | StatusReply
    | VoicesReply
    | ConvertersReply
    | Error
)

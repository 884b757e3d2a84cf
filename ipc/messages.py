"""Messages of the control socket: a client's requests, the daemon's replies and events. docs/protocol.md has examples.

``ref`` is a number that the client chooses for a request; the reply carries the same number.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.reading_mode import Capitals, Punctuation, ReadingMode, Say

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
    """The highest protocol version that the client supports."""


class _ReadRequest(_Request, frozen=True, kw_only=True):
    punctuation: Punctuation = "none"
    """Which signs are said by name; with ``none`` they are pauses, as in ordinary reading."""
    spelling: bool = False
    """Every character is said by its name."""
    capitals: Capitals = "none"
    """``spell``: "capital" is said before a capital letter. ``icon``: the client plays a sound; nothing is said."""
    say: Say = "text"
    """The text is: words; a character, said by its name; a key, such as ``control_c``."""

    @property
    def mode(self) -> ReadingMode:
        return ReadingMode(self.punctuation, self.spelling, self.capitals, self.say)


class Speak(_ReadRequest, frozen=True):
    """Queue an utterance. Events: queued, started, mark, finished; or error."""

    text: str = ""
    open: bool = False
    """More text follows in ``append`` requests; ``finish`` ends the text."""
    voice: str = ""
    rate: float = 1.0
    """Speed, 0.5 to 2."""
    volume: float = 1.0
    """Gain, 0 to 2."""
    converter: str = ""
    """Name of the converter; empty: none, or ``shift`` where ``pitch`` or ``formant`` is not 0."""
    pitch: float = 0.0
    """Semitones up, -24 to 24."""
    formant: float = 0.0
    """Semitones by which the vocal-tract resonances move up, independently of the pitch, -12 to 12."""
    priority: Priority = "message"
    """Queue priority on the device, as in speech-dispatcher: which utterances wait, and which pre-empt others."""
    replace: bool = False
    """Cancel the earlier utterances of this client."""
    sink: Literal["device", "pcm"] = "device"
    """``device``: the sound device. ``pcm``: samples to this client."""
    inline: bool = False
    """Samples come in ``audio`` events instead of shared memory; always so on a JSON connection."""
    sample_rate: int = 0
    """Hertz of the samples, 8000 to 192000; 0: the voice's own rate. Only with ``pcm``."""
    format: Literal["f32", "s16"] = "f32"
    """Sample format. Only with ``pcm``."""
    ssml: bool | None = None
    """The text is an SSML document. None: if it begins with ``<speak``."""
    detach: bool = False
    """The utterance continues after this client has disconnected."""
    lexicon: dict[str, str] = {}
    """Pronunciations for this utterance: word to "/ipa/" or to a respelling (ipc/lexicon.py)."""


class Read(_ReadRequest, frozen=True):
    """Ask how a text of at most 10,000 characters would be read; nothing is spoken. Reply: reading, or error."""

    text: str
    voice: str = ""


class Append(_Request, frozen=True):
    id: int
    text: str


class Finish(_Request, frozen=True):
    id: int


class Cancel(_Request, frozen=True):
    """Cancel utterances at once: those in ``ids``, else all of this client, or with ``all`` those of all clients."""

    ids: list[int] = []
    all: bool = False


class Pause(_Request, frozen=True):
    """Pause the sound device. Utterances of all clients on it wait; PCM streams continue."""


class Resume(_Request, frozen=True):
    """Resume the sound device at the sample at which it was paused."""


class Skip(_Request, frozen=True):
    """Skip on the sound device: the rest of the current utterance, or of its current sentence."""

    to: Literal["utterance", "sentence"] = "utterance"


class Subscribe(_Request, frozen=True):
    """Start or stop sending this connection the events of all clients' utterances, except ``audio``."""

    on: bool = True


class Status(_Request, frozen=True):
    pass


class Voices(_Request, frozen=True):
    pass


class Converters(_Request, frozen=True):
    pass


Request = (
    Hello | Speak | Append | Finish | Cancel | Pause | Resume | Skip | Subscribe | Status | Voices | Converters | Read
)


class Welcome(_Message, frozen=True):
    ref: int
    version: int
    program: str
    capabilities: list[str]


class Queued(_Message, frozen=True):
    ref: int
    id: int
    paused: bool = False
    """The sound device is paused, and this utterance waits for ``resume``."""


class Started(_Message, frozen=True):
    """device: the first sample was written to the sound device. pcm: the ring of the samples exists."""

    id: int
    sample_rate: int
    ring: bool = False
    """Three descriptors come with this message: the ring, the eventfd to wait on, the one to notify after reading."""
    format: Literal["f32", "s16"] = "f32"
    """Format of the samples that the client receives."""


class Mark(_Message, frozen=True):
    """Playback has reached a word: by the device's clock, or with pcm by the samples that the client has read."""

    id: int
    start: int
    end: int
    """Characters [start, end) of the text."""
    at_s: float
    """Seconds of the utterance's audio before the word."""
    name: str = ""
    """Of a ``mark`` in SSML, whose element is [start, end); empty for a word."""


class Audio(_Message, frozen=True):
    """The next samples of an inline pcm utterance: mono, little-endian."""

    id: int
    index: int
    """Index of the first sample within the utterance."""
    data: bytes


class Finished(_Message, frozen=True):
    id: int
    reason: Reason
    heard_chars: int
    duration_s: float
    """Seconds of audio that were played or delivered."""
    timings: dict[str, float] = {}
    """Milliseconds since the request: ``first_audio``, and each stage's ``STAGE.first`` and ``STAGE.last`` block."""
    code: Code | None = None
    message: str = ""
    underruns: int = 0
    """Number of audible gaps: the device had to play silence because no samples were ready."""
    late: dict[str, float] = {}
    """For each stage that caused an underrun: its greatest delay in milliseconds."""
    fallback_voice: str = ""
    """The voice that continued after the requested voice failed; empty: none."""
    ssml: str = ""
    """What of an SSML document was not obeyed, and why, as one line; empty: nothing."""
    unread_languages: list[str] = []
    """BCP 47: languages that the voice does not read, of sentences that were left out."""


class Heard(msgspec.Struct, frozen=True):
    id: int
    heard_chars: int


class Cancelled(_Message, frozen=True):
    """Reply to cancel, sent when all these utterances have stopped."""

    ref: int
    utterances: list[Heard]


class Paused(_Message, frozen=True):
    """Reply to pause (sent when the device is silent) and resume; event for each subscriber."""

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
    status: Mapping[str, object]
    """A DaemonStatus. Not decoded as one: keys may be missing or new where client and daemon differ in version."""


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


class VoicesReply(_Message, frozen=True, tag="voices"):
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


class ConvertersReply(_Message, frozen=True, tag="converters"):
    ref: int
    converters: list[ConverterInfo]


class ReadReply(_Message, frozen=True, tag="reading"):
    """Reply to ``read``."""

    ref: int
    words: str
    """Of all segments."""
    phonemes: str
    segments: list[ReadSegment]


class Error(_Message, frozen=True):
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
    | ReadReply
    | Error
)

"""Messages of a client on the control socket. docs/protocol.md has examples.

``ref`` is a number that the client chooses for a request; the reply carries the same number.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steadyvoice.ipc.message import Message
from steadyvoice.ipc.reading_mode import Capitals, Punctuation, ReadingMode, Say

VERSION = 1


Priority = Literal["important", "message", "text", "notification", "progress"]


class _Request(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    lexicon: dict[str, str] = msgspec.field(default_factory=dict)
    """Pronunciations for this text: word to "/ipa/" or to a respelling (ipc/lexicon.py)."""

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
    """Cancel the earlier utterances of this client, and of this ``user`` where the client has several."""
    user: Annotated[str, Meta(max_length=128)] = ""
    """The person that the client asks for, if it serves several: streams are shared out fairly between these."""
    sink: Literal["device", "pcm"] = "device"
    """``device``: the sound device. ``pcm``: samples to this client."""
    inline: bool = False
    """Samples come in ``audio`` events instead of shared memory; always so on a JSON connection."""
    sample_rate: int = 0
    """Hertz of the samples, 8000 to 192000; 0: the voice's own rate. Only with ``pcm``."""
    format: Literal["f32", "s16"] = "f32"
    """Sample format. Only with ``pcm``."""
    from_sample: int = 0
    """The stream begins at this sample, at its own rate; those before it are computed and not sent. Only with ``pcm``,
    and not with ``open``."""
    from_char: int = 0
    """Speech begins with the segment that has this character of the text. What precedes it is not computed, and
    samples are counted from there."""
    ssml: bool | None = None
    """The text is an SSML document. None: if it begins with ``<speak``."""
    detach: bool = False
    """The utterance continues after this client has disconnected."""
    traceparent: str = ""
    """Trace context of the client (W3C Trace Context), for the utterance's trace."""


class Read(_ReadRequest, frozen=True):
    """Ask how a text of at most 10,000 characters would be read; nothing is spoken. Reply: reading, or error."""

    text: str
    voice: str = ""


class Live(_Request, frozen=True):
    """Play the sound of a source through a chain of plugins, as it comes. Events: queued, started, finished; or error.

    ``cancel`` with its id ends it, and so does the end of the connection.
    """

    source: str = "mic"
    """mic, mic:NAME, tone, tone:HZ, sweep, noise, silence, or the path of a file or named pipe."""
    through: Annotated[str, Meta(max_length=4096)] = ""
    """Plugins, in order, such as ``highpass:hz=120,gain:db=6``; see docs/plugins.md."""
    sink: Literal["device", "pcm"] = "device"
    """As in ``speak``; samples have 48 kHz."""
    inline: bool = False
    format: Literal["f32", "s16"] = "f32"
    detach: bool = False
    """The session continues after this client has disconnected. Only with ``device``."""


class Change(_Request, frozen=True):
    """Change a live session while it runs; nothing of its sound is lost. Reply: changed."""

    id: int
    through: Annotated[str, Meta(max_length=4096)] | None = None
    """The new chain: a plugin that the old one has keeps its state and only gets its parameters. None: the same chain,
    with those plugins in use again that had failed."""


class Append(_Request, frozen=True):
    id: int
    text: str


class Finish(_Request, frozen=True):
    id: int


class Position(_Request, frozen=True):
    """How much of a pcm utterance its listener has heard, where the client passes the samples on."""

    id: int
    samples: Annotated[int, Meta(ge=0)]
    """Since the beginning of the utterance, at its sample rate."""


class Cancel(_Request, frozen=True):
    """Cancel utterances at once: those in ``ids``, else all of this client, or with ``all`` those of all clients."""

    ids: list[int] = msgspec.field(default_factory=list)
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


class Trace(_Request, frozen=True):
    """What the stages did, and when: for one utterance or live session, or for several. Reply: trace."""

    id: int = 0
    """0: the last one that has begun, unless ``seconds`` is given."""
    seconds: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    """All utterances of so many last seconds."""


class Metrics(_Request, frozen=True):
    """What the daemon measures of itself."""


class Voices(_Request, frozen=True):
    pass


class Converters(_Request, frozen=True):
    pass


class Models(_Request, frozen=True):
    """Which models are loaded."""


class Load(_Request, frozen=True):
    """Load a model; the reply follows when it is there."""

    model: str


class Unload(_Request, frozen=True):
    """End a model's processes; the reply follows when their memory is back. Refused while it is in use."""

    model: str


class Hold(_Request, frozen=True):
    """A stage may be stopped, by a debugger: it is not replaced for hanging. Reply: held. Ends with the connection."""

    stage: str
    """As the status has it: name, and engine or family if it has one, such as ``vocoder soprano``."""
    seconds: Annotated[float, Meta(ge=0, le=3600)] = 600.0
    """The hold ends after this time; 0: now."""


class Profile(_Request, frozen=True):
    """Record the next blocks of a stage with torch.profiler. Reply: profiled, or error."""

    stage: str
    """As in ``hold``; one that runs a model with torch."""
    blocks: Annotated[int, Meta(ge=1, le=1000)] = 20
    seconds: Annotated[float, Meta(gt=0, le=600)] = 30.0
    """The record ends after this time, also with fewer blocks."""


OfUtterance = Append | Finish | Position
"""Requests about a queued utterance, answered only by a refusal."""

Request = (
    Hello
    | Speak
    | Append
    | Finish
    | Position
    | Cancel
    | Pause
    | Resume
    | Skip
    | Subscribe
    | Status
    | Trace
    | Metrics
    | Voices
    | Converters
    | Models
    | Load
    | Unload
    | Read
    | Live
    | Change
    | Hold
    | Profile
)

"""The control socket's messages: what a client may ask, and what it is told. docs/protocol.md has examples.

``ref`` is the client's own number for a request; the reply carries it back.
"""

import msgspec

from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.mail import Voice

VERSION = 1


class _Message(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower, omit_defaults=True):
    pass


class _Request(_Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ref: int = 0


class Hello(_Request, frozen=True):
    """Optional first request; the answer is Welcome."""


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
    sink: str = "device"
    """device, or pcm: to this client."""
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


class Status(_Request, frozen=True):
    pass


class Voices(_Request, frozen=True):
    pass


Request = Hello | Speak | Append | Finish | Cancel | Status | Voices


class Welcome(_Message, frozen=True):
    ref: int
    version: int
    program: str
    capabilities: list[str]


class Queued(_Message, frozen=True):
    ref: int
    id: int


class Started(_Message, frozen=True):
    """device: the first sample has been handed to the sound device. pcm: the ring that carries the samples is there."""

    id: int
    sample_rate: int
    ring: bool = False
    """Three descriptors come with this message: ring, bell to wait on, bell to ring when samples were taken."""


class Finished(_Message, frozen=True):
    id: int
    reason: str
    """done, cancelled or error."""
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


class Heard(msgspec.Struct, frozen=True):
    id: int
    heard_chars: int


class Cancelled(_Message, frozen=True):
    """Reply to cancel, when all of them are silent."""

    ref: int
    utterances: list[Heard]


class StatusReply(_Message, frozen=True, tag="status"):
    ref: int
    status: dict[str, object]


class VoiceInfo(Voice, frozen=True):
    default: bool


class VoicesReply(_Message, frozen=True, tag="voices"):
    ref: int
    voices: list[VoiceInfo]


class Error(_Message, frozen=True):
    """The request ``ref`` was refused; nothing else changed."""

    ref: int
    code: Code
    message: str
    retryable: bool = False


Event = Welcome | Queued | Started | Finished | Cancelled | StatusReply | VoicesReply | Error

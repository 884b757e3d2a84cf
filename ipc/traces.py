"""A trace: what the stages did for some utterances, and when. What `svctl trace` shows and the daemon keeps in files.

All times are microseconds after ``Trace.origin_ns``; 0: not known, or not yet.
"""

import re
from typing import Final, Literal

import msgspec

_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def is_traceparent(value: str) -> bool:
    """Whether it is the trace context of a caller, version 00: https://www.w3.org/TR/trace-context/#traceparent-header."""
    return bool(_TRACEPARENT.fullmatch(value))


class Gap(msgspec.Struct, frozen=True):
    """An underrun."""

    since: int
    """The device had nothing to play."""
    until: int
    """The late block came."""
    stage: str
    """To blame."""


class TracedUtterance(msgspec.Struct, frozen=True, omit_defaults=True):
    """An utterance or a live session. Its text is in no trace."""

    id: int
    kind: Literal["speech", "live"]
    sink: Literal["device", "pcm"]
    stages: list[str]
    """Along its path, with ``client`` at the end where a client has added the times at which it took blocks."""
    received: int
    """The request came."""
    admitted: int = 0
    """It left the queue."""
    first_audio: int = 0
    """The sink got the first sample."""
    ended: int = 0
    reason: str = ""
    """done, cancelled, skipped, replaced or error; empty while it is spoken."""
    voice: str = ""
    converter: str = ""
    chars: int = 0
    heard_chars: int = 0
    duration_s: float = 0.0
    rate: int = 48000
    """Hertz of the samples at the sink."""
    gaps: list[Gap] = []
    traceparent: str = ""
    """Trace context of the caller."""
    blocks: Literal["all", "some", "ends"] = "all"
    """Which of its blocks are in the trace: all; some, because older ones are recorded no more, or of live sound one in
    four; or the first and the last only."""
    texts: list[int] = []
    """When pieces of its text were sent, where the client has added that."""


class TracedBlock(msgspec.Struct, frozen=True, array_like=True):
    utterance: int
    """Id."""
    segment: int
    """Number of its segment of the text."""
    index: int
    """Of its first sample in the segment; in a client's stream, in the utterance."""
    samples: int
    times: list[int]
    """Begin and end of the work of each of the utterance's stages. A stage that died at it has no end."""
    due: int = 0
    """When the sound device would have had nothing left to play."""
    heard: int = 0
    """When the sound device played its first sample."""


class DeviceEvent(msgspec.Struct, frozen=True):
    at: int
    what: Literal["opened", "lost"]


class Trace(msgspec.Struct, frozen=True):
    origin_ns: int
    """CLOCK_MONOTONIC at time 0, a whole number of microseconds."""
    unix_ns: int
    """The wall clock then, by one offset for the whole trace."""
    now: int
    """When the trace was made."""
    utterances: list[TracedUtterance]
    blocks: list[TracedBlock]
    """In the order in which they reached the sink."""
    events: list[DeviceEvent] = []
    why: str = ""
    """Why the daemon has kept it."""

"""Barge-in by voice: its part of the configuration, and what the listen stage reports to the daemon."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steadyvoice.ipc.config_file import Table


class Listen(Table, frozen=True):
    """``[listen]``. The listen stage gets it as it is."""

    mode: Literal["off", "duck", "pause", "cancel"] = "off"
    """What happens to speech on the sound device while the user speaks; off: nothing, and nobody listens."""
    aggressiveness: Annotated[int, Meta(ge=0, le=3)] = 2
    """How little it takes to count as the user's speech: 3 reacts soonest, 0 errs least."""
    min_speech_ms: Annotated[int, Meta(ge=0, le=2000)] = 0
    """Milliseconds that speech lasts before it counts, in steps of 32; with music in the room 64."""
    min_silence_ms: Annotated[int, Meta(ge=0, le=10_000)] = 500
    """Milliseconds of silence after which speech has ended, in steps of 32."""
    duck_db: Annotated[float, Meta(ge=0, le=60)] = 12.0
    """Decibels by which speech is lowered at the first sign of the user's voice, and in mode duck; 0: not at all."""


class EarlySign(msgspec.Struct, frozen=True, tag=True):
    """The microphone hears more than the room and the loudspeaker. `EarlySignGone` or `SpeechStarted` follows."""

    at_ns: int
    """When the last sample of this sound was captured, monotonic nanoseconds."""


class EarlySignGone(msgspec.Struct, frozen=True, tag=True):
    """It was not speech."""

    at_ns: int
    """As above."""


class SpeechStarted(msgspec.Struct, frozen=True, tag=True):
    """The user speaks. `SpeechEnded` follows, unless the listen stage dies."""

    at_ns: int
    """When the first sample of the step of 32 ms with which speech began was captured, monotonic nanoseconds."""


class SpeechEnded(msgspec.Struct, frozen=True, tag=True):
    """The user has been silent for ``Listen.min_silence_ms``."""

    at_ns: int
    """When the last sample of the last step with speech was captured, monotonic nanoseconds."""


Heard = EarlySign | EarlySignGone | SpeechStarted | SpeechEnded

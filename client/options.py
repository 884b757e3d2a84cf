"""The keyword options of ``speak``, ``open``, ``stream`` and ``open_stream``, for both clients. All may be left out."""

from typing import Literal, TypedDict

from steadyvoice.ipc.messages import Priority


class _VoiceOptions(TypedDict, total=False):
    voice: str
    """A name from ``voices``; without it the daemon's default."""
    rate: float
    """Speed, 0.5 to 2."""
    volume: float
    """Gain, 0 to 2."""
    converter: str
    """A name from ``converters``; without it none, or ``shift`` where pitch or formants are to be moved."""
    pitch: float
    """Semitones up, -24 to 24."""
    formant: float
    """Semitones by which the voice's resonances move up, apart from its pitch, -12 to 12."""
    replace: bool
    """What this client has queued before is silenced."""


class ToDevice(_VoiceOptions, total=False):
    """Speech on the sound device."""

    priority: Priority
    """Who waits for whom, and who makes whom fall silent: after speech-dispatcher, ``message`` by default."""
    detach: bool
    """It goes on when this client has left."""


class ToClient(_VoiceOptions, total=False):
    """Speech as samples."""

    sample_rate: int
    """Hertz, 8000 to 192000; without it the voice's own."""
    format: Literal["f32", "s16"]
    """Of the samples: float32 by default, or int16."""
    inline: bool
    """Through the socket, where shared memory cannot reach. Blocks not yet taken wait in this process."""

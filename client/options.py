"""Keyword options of ``speak``, ``open``, ``stream``, ``live_stream`` and others of both clients, all optional."""

from typing import Literal, TypedDict

from steadyvoice.ipc.reading_mode import Capitals, Punctuation, Say
from steadyvoice.ipc.requests import Priority


class ReadOptions(TypedDict, total=False):
    """Options of ``read``: how literally a text is read, and pronunciations of words."""

    punctuation: Punctuation
    """Which signs are said by name: ``none`` (default), ``some``, ``most`` or ``all``."""
    spelling: bool
    """Say every character by its name."""
    capitals: Capitals
    """``spell``: say "capital" before a capital letter. ``icon``: say nothing; you play a sound."""
    say: Say
    """The text is words (``text``, default), a ``character``, or a ``key`` such as ``control_c``."""
    lexicon: dict[str, str]
    """Pronunciations for this text: word to "/ipa/" or to a respelling; 1,000 words of 100 characters at most."""


class _VoiceOptions(ReadOptions, total=False):
    voice: str
    """A name from ``voices``. Default: the daemon's default voice."""
    rate: float
    """Speaking rate, 0.5 to 2; 1 is normal speed."""
    volume: float
    """Linear gain, 0 to 2."""
    converter: str
    """A name from ``converters``. Default: none, or ``shift`` if ``pitch`` or ``formant`` is not 0."""
    pitch: float
    """Pitch shift in semitones, -24 to 24."""
    formant: float
    """Formant shift in semitones, -12 to 12, independent of the pitch."""
    ssml: bool
    """The text is an SSML document. Default: if it begins with ``<speak``."""
    from_char: int
    """Begin with the segment that has this character of the text; what precedes it is not computed."""
    replace: bool
    """Cancel the utterances that this client has queued before, and for this ``user`` if one is named."""
    traceparent: str
    """Trace context of a caller (W3C), which the utterance's trace continues: docs/tracing.md."""
    user: str
    """Name of the person that this program asks for, if it serves several: the daemon shares streams fairly."""


class ToDevice(_VoiceOptions, total=False):
    """Options of an utterance that plays on the sound device."""

    priority: Priority
    """Queue priority and pre-emption rules, as in speech-dispatcher. Default: ``message``."""
    detach: bool
    """Keep speaking after this client has disconnected."""


class ToClient(_VoiceOptions, total=False):
    """Options of an utterance that sends its samples to this client."""

    sample_rate: int
    """Sample rate in hertz, 8000 to 192000. Default: the voice's own rate."""
    format: Literal["f32", "s16"]
    """Sample format: float32 (``f32``, default) or int16 (``s16``)."""
    from_sample: int
    """Begin at this sample: those before it are computed as fast as possible and not sent. Not with open text."""
    inline: bool
    """Send the samples over the socket instead of shared memory. Blocks not yet taken are buffered in this process."""


class LiveToClient(TypedDict, total=False):
    """Options of live sound that is sent to this client."""

    format: Literal["f32", "s16"]
    """As in ToClient."""
    inline: bool
    """As in ToClient."""

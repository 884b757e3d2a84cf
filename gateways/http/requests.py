"""Requests to speak, as OpenAI's and Piper's clients send them. Fields of other names are ignored. Pure."""

import re
from typing import Final, Literal, TypeVar

import msgspec

from steadyvoice.gateways.http.encoding.formats import Format
from steadyvoice.gateways.http.errors import Refused
from steadyvoice.gateways.http.response import Wanted
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.sse import Events
from steadyvoice.ipc.errors import describe

T = TypeVar("T", bound=msgspec.Struct)

FORMATS: Final = {
    "mp3": Format("mp3"),
    "opus": Format("opus"),
    "aac": Format("aac"),
    "flac": Format("flac"),
    "wav": Format("s16", wav=True),
    "pcm": Format("s16"),
}
"""OpenAI's names."""


class _VoiceId(msgspec.Struct):
    id: str


class SpeechRequest(msgspec.Struct):
    """OpenAI's request. null is a field that was left out, as some clients send it."""

    input: str
    voice: str | _VoiceId | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] | None = None
    speed: float | None = None
    stream_format: Literal["audio", "sse"] | None = None
    marks: bool | None = None
    """Steadyvoice's own: with ``sse``, also an event for each word."""
    from_sample: int | None = None
    """Steadyvoice's own: the response begins at this sample of the speech, at its own rate."""
    from_char: int | None = None
    """Steadyvoice's own: the speech begins with the segment that has this character of the text."""

    def wanted(self) -> Wanted:
        voice = self.voice.id if isinstance(self.voice, _VoiceId) else self.voice or ""
        rate = 1.0 if self.speed is None else self.speed
        speech = Speech(FORMATS[self.response_format or "mp3"], voice, rate=rate)
        framing = Events(bool(self.marks)) if self.stream_format == "sse" else None
        return Wanted(self.input, speech, framing, self.from_sample, self.from_char or 0)


class PiperText(msgspec.Struct):
    """Piper's request. Its speakers are voices of their own here, and its noise scales have no counterpart."""

    text: str
    voice: str | None = None
    length_scale: float | None = None
    """The reciprocal of the rate."""

    def wanted(self) -> Wanted:
        scale = self.length_scale or 1.0
        rate = 1 / scale if scale > 0 else 1.0
        return Wanted(self.text, Speech(FORMATS["wav"], self.voice or "", rate=rate))


def decode(body: bytes, kind: type[T]) -> T:
    """Refused if the body is not such a request."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        named = re.search(r"\$\.(\w+)", str(error)) or re.search(r"field `(\w+)`", str(error))
        param = named[1] if named else None
        raise Refused(400, "invalid_request", f"not a request to speak: {describe(error)}", param) from error

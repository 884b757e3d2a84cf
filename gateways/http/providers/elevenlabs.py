"""Requests of ElevenLabs' ``POST /v1/text-to-speech/VOICE`` and its variants; answers with the times of characters.

Source: https://elevenlabs.io/docs/api-reference/text-to-speech/stream-with-timestamps, and what Pipecat and LiveKit
send and expect.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import msgspec

from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.gateways.http.requests import decode
from steadyvoice.gateways.http.response import Wanted
from steadyvoice.gateways.http.streaming.actions import Word
from steadyvoice.gateways.http.streaming.elevenlabs import Manner, speech
from steadyvoice.gateways.http.streaming.transcript import Span, Transcript, characters


class _Body(msgspec.Struct):
    text: str
    language_code: str | None = None
    voice_settings: Manner | None = None


@dataclass(frozen=True)
class Timestamps:
    """A line of JSON for each piece of audio, with the characters of the words that have begun since the last line."""

    text: str
    content_type: ClassVar[str] = "application/json"

    async def parts(self, parts: AsyncIterator[bytes], stream: AsyncStream) -> AsyncIterator[bytes]:
        transcript, seen = Transcript(), 0
        transcript.add(self.text)

        def begun() -> list[Word]:
            nonlocal seen
            marks, seen = stream.marks[seen:], len(stream.marks)
            return transcript.take(Span(mark.start, mark.end, mark.at_s) for mark in marks if not mark.name)

        async for data in parts:
            yield line(data, begun())
        end_s = stream.finished.duration_s if stream.finished is not None else 0.0
        if words := [*begun(), *transcript.rest(end_s)]:
            yield line(b"", words)


def wanted(body: bytes, voice: str, query: Mapping[str, str], *, timestamps: bool) -> Wanted:
    """voice, query: of the URL. Refused, UnsupportedFormat."""
    request = decode(body, _Body)
    spoken = speech(voice, query, request.language_code or "")
    if request.voice_settings is not None and request.voice_settings.speed is not None:
        spoken = replace(spoken, rate=request.voice_settings.speed)
    return Wanted(request.text, spoken, Timestamps(request.text) if timestamps else None)


def line(audio: bytes, words: Sequence[Word]) -> bytes:
    """Seconds count from the beginning of the audio."""
    alignment: dict[str, list[Any]] | None = None
    if words:
        chars, starts = map(list, zip(*characters(words), strict=True))
        ends = [*starts[1:], words[-1].end_s]
        alignment = {
            "characters": chars,
            "character_start_times_seconds": starts,
            "character_end_times_seconds": ends,
        }
    encoded = b64encode(audio).decode()
    content = {"audio_base64": encoded, "alignment": alignment, "normalized_alignment": alignment}
    return msgspec.json.encode(content) + b"\n"

"""Cartesia's ``/tts/websocket``: contexts with ``continue``, ``cancel`` and ``flush``, word timestamps.

Source: https://docs.cartesia.ai/api-reference/tts/websocket, and what Pipecat and LiveKit send and expect.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar, Final

import msgspec

from steadyvoice.gateways.http.encoding.formats import Format, Kind, UnsupportedFormat
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.streaming.actions import Action, Cancel, End, Failure, Say, Send, Word
from steadyvoice.gateways.http.streaming.contexts import FULL, Contexts
from steadyvoice.gateways.http.streaming.failure import status
from steadyvoice.gateways.http.streaming.json_messages import BadMessage, audio_text, decode, encode
from steadyvoice.gateways.http.streaming.transcript import ends_word

ENCODINGS: Final[dict[str, Kind]] = {
    "pcm_s16le": "s16",
    "pcm_f32le": "f32",
    "pcm_mulaw": "mulaw",
    "pcm_alaw": "alaw",
}
_FOREIGN: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""An identifier of one of Cartesia's voices stands for the default voice."""


class Voice(msgspec.Struct):
    mode: str = "id"
    id: str | None = None


class Output(msgspec.Struct):
    container: str = "raw"
    encoding: str = "pcm_s16le"
    sample_rate: int = 24000
    bit_rate: int | None = None


class Manner(msgspec.Struct):
    speed: float | None = None
    volume: float | None = None


class Spoken(msgspec.Struct):
    """What a message and a request over plain HTTP have in common."""

    transcript: str = ""
    voice: Voice | None = None
    output_format: Output | None = None
    language: str | None = None
    generation_config: Manner | None = None


class _Request(Spoken, rename={"goes_on": "continue"}):
    context_id: str | None = None
    goes_on: bool = False
    cancel: bool = False
    flush: bool = False
    add_timestamps: bool = False
    max_buffer_delay_ms: float | None = None


@dataclass
class _Context:
    flushes: int = 0
    timestamps: bool = False


class Cartesia:
    wants_words: ClassVar[bool] = True

    def __init__(self) -> None:
        self._contexts: Contexts[_Context] = Contexts()
        self._numbers = count(1)

    def begin(self) -> Sequence[Action]:
        return ()

    def receive(self, message: str | bytes) -> Sequence[Action]:
        try:
            request = decode(message, _Request)
            name = f"context-{next(self._numbers)}" if request.context_id is None else request.context_id
            if request.cancel:
                return [Cancel(name)] if self._contexts.drop(name) else ()
            speech = speech_of(request, raw)
            room: list[Action] = []
            if name not in self._contexts and self._contexts.is_full:
                if (idle := self._contexts.make_room()) is None:
                    return self._error(name, FULL)
                room = [Cancel(idle)]
            return [*room, *self._speak(name, request, speech)]
        except BadMessage as error:
            return self._error(None, Failure("bad_message", str(error)))
        except UnsupportedFormat as error:
            return self._error(request.context_id, Failure("unsupported_format", str(error)))

    def _speak(self, name: str, request: _Request, speech: Speech) -> Sequence[Action]:
        context = self._contexts.open(name, _Context())
        context.timestamps = request.add_timestamps
        text = request.transcript
        actions: list[Action] = []
        if text.strip():
            self._contexts.said(name)
        if text:
            actions.append(Say(name, text, speech, now=request.max_buffer_delay_ms == 0 and ends_word(text)))
        if request.flush:
            context.flushes += 1
            actions.append(End(name, context.flushes, last=False))
        if not request.goes_on:
            self._contexts.close(name)
            actions.append(End(name))
        return actions

    def audio(self, context: str, data: bytes) -> str:
        return encode(
            {
                "type": "chunk",
                "context_id": context,
                "status_code": 206,
                "done": False,
                "step_time": 0,
                "data": audio_text(data),
            }
        )

    def words(self, context: str, words: Sequence[Word]) -> Sequence[Action]:
        if not self._contexts[context].timestamps:
            return ()
        spoken = [word for word in words if word.text.strip()]
        if not spoken:
            return ()
        times = {
            "words": [word.text.strip() for word in spoken],
            "start": [round(word.start_s, 4) for word in spoken],
            "end": [round(word.end_s, 4) for word in spoken],
        }
        return [_part("timestamps", context, word_timestamps=times)]

    def ended(self, context: str, tag: int) -> Sequence[Action]:
        if tag:
            return [_part("flush_done", context, flush_done=True, flush_id=tag)]
        self._contexts.ended(context)
        return [Send(encode({"type": "done", "context_id": context, "status_code": 200, "done": True}))]

    def paused(self, context: str) -> None:
        self._contexts.paused(context)

    def failed(self, context: str, failure: Failure) -> Sequence[Action]:
        self._contexts.drop(context)
        return self._error(context, failure)

    def _error(self, context: str | None, why: Failure) -> Sequence[Action]:
        return [
            Send(
                encode(
                    {
                        "type": "error",
                        "context_id": context,
                        "status_code": status(why),
                        "done": True,
                        "title": why.code.replace("_", " ").capitalize(),
                        "message": why.message,
                        "error_code": why.code,
                        "error": why.message,
                    }
                )
            )
        ]


def _part(kind: str, context: str, **more: Any) -> Send:
    return Send(encode({"type": kind, "context_id": context, "status_code": 206, "done": False, **more}))


def raw(output: Output) -> Format:
    """Samples without a container. UnsupportedFormat."""
    encoding = ENCODINGS.get(output.encoding)
    if output.container != "raw" or encoding is None:
        raise UnsupportedFormat(
            f"no {output.container[:20]} {output.encoding[:20]}; the container is raw, the encoding one of "
            f"{', '.join(ENCODINGS)}"
        )
    return Format(encoding, output.sample_rate)


def speech_of(request: Spoken, format: Callable[[Output], Format]) -> Speech:
    """format: of what the request wants as its output. UnsupportedFormat."""
    voice = (request.voice.id or "") if request.voice is not None and request.voice.mode == "id" else ""
    manner = request.generation_config or Manner()
    return Speech(
        format=format(request.output_format or Output()),
        voice="" if _FOREIGN.fullmatch(voice) else voice,
        language=request.language or "",
        rate=1.0 if manner.speed is None else manner.speed,
        volume=1.0 if manner.volume is None else manner.volume,
    )

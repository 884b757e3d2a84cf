"""Deepgram's ``/v1/speak`` over WebSocket: ``Speak``, ``Flush``, ``Clear``, ``Close``; audio in binary messages.

Source: https://developers.deepgram.com/docs/tts-websocket and the pages about its messages; what Pipecat and LiveKit
send and expect.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final
from uuid import uuid4

import msgspec

from steadyvoice.gateways.http.encoding.formats import Format, Kind, UnsupportedFormat
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.streaming.actions import Action, Cancel, Close, End, Failure, Say, Send, Word
from steadyvoice.gateways.http.streaming.json_messages import BadMessage, decode, encode
from steadyvoice.gateways.http.streaming.transcript import is_sentence

ENCODINGS: Final[dict[str, Kind]] = {"linear16": "s16", "mulaw": "mulaw", "alaw": "alaw"}
_FOREIGN: Final = re.compile(r"(?:aura|flux)-.*?(?:-([a-z]{2}))?")
"""A model of Deepgram stands for a voice of its language."""
_CONTEXT: Final = ""


class _Message(msgspec.Struct):
    type: str
    text: str = ""


class Deepgram:
    wants_words: ClassVar[bool] = False

    def __init__(self, query: Mapping[str, str]) -> None:
        """query: of the URL. UnsupportedFormat."""
        encoding = ENCODINGS.get(query.get("encoding", "linear16"))
        if encoding is None or query.get("container", "none") != "none":
            raise UnsupportedFormat(f"the encoding is one of {', '.join(ENCODINGS)}, the container none")
        self._model = query.get("model", "")
        self._speech = speech(query, Format(encoding, number(query, "sample_rate", int, 24000)))
        self._sequence = 0
        self._flushes = 0
        """That are not answered yet."""

    def begin(self) -> Sequence[Action]:
        number = str(uuid4())
        model = {"model_name": self._model, "model_version": "", "model_uuid": number}
        return [_send("Metadata", request_id=number, **model)]

    def receive(self, message: str | bytes) -> Sequence[Action]:
        try:
            asked = decode(message, _Message)
        except BadMessage as error:
            return [_warning("bad_message", str(error))]
        match asked.type:
            case "Speak":
                return [Say(_CONTEXT, asked.text, self._speech, now=is_sentence(asked.text))]
            case "Flush":
                self._flushes += 1
                return [End(_CONTEXT)]
            case "Clear":
                self._flushes = 0
                return [Cancel(_CONTEXT), self._numbered("Cleared")]
            case "Close":
                return [Cancel(_CONTEXT), Close(1000)]
            case "KeepAlive":
                return ()
        return [_warning("bad_message", f"no message {asked.type[:40]!r}; there are Speak, Flush, Clear and Close")]

    def audio(self, context: str, data: bytes) -> bytes:
        return data

    def words(self, context: str, words: Sequence[Word]) -> Sequence[Action]:
        return ()

    def ended(self, context: str, tag: int) -> Sequence[Action]:
        self._flushes -= 1
        return [self._numbered("Flushed")]

    def paused(self, context: str) -> None:
        """There is one context only."""

    def failed(self, context: str, failure: Failure) -> Sequence[Action]:
        due, self._flushes = self._flushes, 0
        error = _send("Error", description=failure.message, code=failure.code)
        return [error, *(self._numbered("Flushed") for _ in range(due))]

    def _numbered(self, kind: str) -> Send:
        number, self._sequence = self._sequence, self._sequence + 1
        return _send(kind, sequence_id=number)


def _send(kind: str, **fields: Any) -> Send:
    return Send(encode({"type": kind, **fields}))


def _warning(code: str, description: str) -> Send:
    return _send("Warning", description=description, code=code, warn_msg=description)


def speech(query: Mapping[str, str], format: Format) -> Speech:
    """By the query of the URL. UnsupportedFormat if its speed is no number."""
    model = query.get("model", "")
    foreign = _FOREIGN.fullmatch(model)
    return Speech(
        format,
        voice="" if foreign else model,
        language=(foreign[1] or "") if foreign else "",
        rate=number(query, "speed", float, 1.0),
    )


def number(query: Mapping[str, str], name: str, kind: type[Any], default: Any) -> Any:
    """A number of the query. UnsupportedFormat if it is none."""
    try:
        return kind(query.get(name, default))
    except ValueError as error:
        raise UnsupportedFormat(f"{name} {query[name][:20]!r} is no number") from error

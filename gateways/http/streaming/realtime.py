"""OpenAI's ``/v1/realtime`` as plain speech: ``response.create`` speaks the text that it contains. No model answers.

Source: https://platform.openai.com/docs/api-reference/realtime, and what Open WebUI sends and expects.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Annotated, Any, ClassVar, Final

import msgspec

from steadyvoice.gateways.http.encoding.formats import Format, Kind, UnsupportedFormat
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.streaming.actions import Action, Cancel, End, Failure, Heard, Say, Send, Word
from steadyvoice.gateways.http.streaming.contexts import FULL, Contexts
from steadyvoice.gateways.http.streaming.json_messages import BadMessage, audio_text, decode, encode

_RATE: Final = 24000
_ENCODINGS: Final[dict[str, Kind]] = {"audio/pcm": "s16", "audio/pcmu": "mulaw", "audio/pcma": "alaw"}
_COMPANDED_RATE: Final = 8000
_DAY_MS: Final = 86_400_000


class _Format(msgspec.Struct):
    type: str = "audio/pcm"


class _Id(msgspec.Struct):
    id: str


class _Output(msgspec.Struct):
    format: _Format | None = None
    voice: str | _Id | None = None
    speed: float | None = None


class _Audio(msgspec.Struct):
    output: _Output | None = None


class _Session(msgspec.Struct):
    audio: _Audio | None = None


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None


class _Item(msgspec.Struct):
    content: list[_Part] | None = None


class _Response(msgspec.Struct):
    input: list[_Item] | None = None
    audio: _Audio | None = None


class _Message(msgspec.Struct):
    type: str
    event_id: str | None = None
    session: _Session | None = None
    response: _Response | None = None
    item: _Item | None = None
    response_id: str | None = None
    item_id: str | None = None
    audio_end_ms: Annotated[float, msgspec.Meta(ge=0, le=_DAY_MS)] | None = None


class Realtime:
    wants_words: ClassVar[bool] = False

    def __init__(self, model: str) -> None:
        self._model = model
        self._speech = Speech(Format("s16", _RATE))
        self._text = ""
        """Of the items that no response has spoken yet."""
        self._responses: Contexts[None] = Contexts()
        self._numbers = count(1)

    def begin(self) -> Sequence[Action]:
        return [self._event("session.created", session=self._session())]

    def receive(self, message: str | bytes) -> Sequence[Action]:
        try:
            asked = decode(message, _Message)
        except BadMessage as error:
            return [self._error("invalid_event", str(error), None)]
        try:
            return self._answer(asked)
        except UnsupportedFormat as error:
            return [self._error("invalid_value", str(error), asked.event_id)]

    def _answer(self, asked: _Message) -> Sequence[Action]:
        match asked.type:
            case "session.update":
                self._speech = _changed(self._speech, asked.session.audio if asked.session is not None else None)
                return [self._event("session.updated", session=self._session())]
            case "conversation.item.create":
                self._text += _text([asked.item] if asked.item is not None else [])
                return [self._event("conversation.item.created", item={"id": f"item_{next(self._numbers)}"})]
            case "response.create":
                return self._create(asked.response or _Response(), asked.event_id)
            case "response.cancel":
                names = list(self._responses.names()) if asked.response_id is None else [asked.response_id]
                return [action for name in names for action in self._cancel(name)]
            case "conversation.item.truncate" if asked.item_id is not None and asked.audio_end_ms is not None:
                name = asked.item_id.removeprefix("item_")
                heard = [Heard(name, asked.audio_end_ms / 1000)] if name in self._responses else []
                return [*heard, self._event("conversation.item.truncated", item_id=asked.item_id)]
        what = f"no event {asked.type[:40]!r}: this server speaks texts; send session.update and response.create"
        return [self._error("unknown_event", what, asked.event_id)]

    def _create(self, asked: _Response, event: str | None) -> Sequence[Action]:
        text = self._text if asked.input is None else _text(asked.input)
        if not text.strip():
            return [self._error("text_empty", "no text to speak; put it into response.input", event)]
        if self._responses.is_full:
            return [self._error(FULL.code, FULL.message, event)]
        if asked.input is None:
            self._text = ""
        name = f"resp_{next(self._numbers)}"
        self._responses.open(name, None)
        self._responses.close(name)
        created = self._event("response.created", response=_response(name, "in_progress"))
        return [created, Say(name, text, _changed(self._speech, asked.audio)), End(name)]

    def _cancel(self, name: str) -> Sequence[Action]:
        if not self._responses.drop(name):
            return ()
        return [Cancel(name), self._done(name, "cancelled")]

    def audio(self, context: str, data: bytes) -> str:
        place = {"response_id": context, "item_id": f"item_{context}", "output_index": 0, "content_index": 0}
        return self._text_of("response.output_audio.delta", **place, delta=audio_text(data))

    def words(self, context: str, words: Sequence[Word]) -> Sequence[Action]:
        return ()

    def ended(self, context: str, tag: int) -> Sequence[Action]:
        self._responses.ended(context)
        return [self._done(context, "completed")]

    def paused(self, context: str) -> None:
        """The text of a response is whole."""

    def failed(self, context: str, failure: Failure) -> Sequence[Action]:
        self._responses.drop(context)
        return [self._error(failure.code, failure.message, None), self._done(context, "failed")]

    def _done(self, name: str, status: str) -> Send:
        return self._event("response.done", response=_response(name, status))

    def _session(self) -> dict[str, Any]:
        return {"type": "realtime", "object": "realtime.session", "id": "sess_1", "model": self._model}

    def _error(self, code: str, message: str, event: str | None) -> Send:
        kind = "invalid_request_error"
        return self._event(
            "error", error={"type": kind, "code": code, "message": message, "param": None, "event_id": event}
        )

    def _event(self, kind: str, **fields: Any) -> Send:
        return Send(self._text_of(kind, **fields))

    def _text_of(self, kind: str, **fields: Any) -> str:
        return encode({"type": kind, "event_id": f"event_{next(self._numbers)}", **fields})


def _response(name: str, status: str) -> dict[str, Any]:
    return {"object": "realtime.response", "id": name, "status": status, "output": []}


def _text(items: Sequence[_Item]) -> str:
    return "\n".join(part.text for item in items for part in item.content or () if part.text)


def _changed(speech: Speech, audio: _Audio | None) -> Speech:
    """With what a session or a response asks for. UnsupportedFormat."""
    output = audio.output if audio is not None else None
    if output is None:
        return speech
    if output.format is not None:
        encoding = _ENCODINGS.get(output.format.type)
        if encoding is None:
            raise UnsupportedFormat(f"no format {output.format.type[:40]!r}; there are {', '.join(_ENCODINGS)}")
        speech = replace(speech, format=Format(encoding, _RATE if encoding == "s16" else _COMPANDED_RATE))
    if output.voice is not None:
        speech = replace(speech, voice=output.voice.id if isinstance(output.voice, _Id) else output.voice)
    return speech if output.speed is None else replace(speech, rate=output.speed)

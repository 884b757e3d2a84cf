"""ElevenLabs' ``/v1/text-to-speech/VOICE/multi-stream-input`` and ``stream-input``: contexts, character times.

Source: https://elevenlabs.io/docs/api-reference/text-to-speech/v-1-text-to-speech-voice-id-multi-stream-input, and what
Pipecat and LiveKit send and expect.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import msgspec

from steadyvoice.gateways.http.encoding.formats import Format, UnsupportedFormat
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.streaming.actions import Action, Cancel, Close, End, Failure, Say, Send, Word
from steadyvoice.gateways.http.streaming.contexts import FULL, Contexts
from steadyvoice.gateways.http.streaming.failure import reason, status
from steadyvoice.gateways.http.streaming.json_messages import BadMessage, audio_text, decode, encode
from steadyvoice.gateways.http.streaming.transcript import characters, is_sentence

_FORMAT: Final = re.compile(r"(pcm|ulaw|alaw|mp3|opus)_(\d{4,6})(?:_(\d{1,3}))?")
_FOREIGN: Final = re.compile(r"[A-Za-z0-9]{20}")
"""An identifier of one of ElevenLabs' voices stands for the default voice."""
_DEFAULT_FORMAT: Final = "mp3_44100_128"
_NO_CONTEXT: Final = ""
"""Name of the context of messages that name none."""


class Manner(msgspec.Struct):
    speed: float | None = None


class _Message(msgspec.Struct):
    text: str | None = None
    context_id: str | None = None
    voice_settings: Manner | None = None
    flush: bool | None = None
    close_context: bool | None = None
    close_socket: bool | None = None


def named(name: str) -> Format:
    """A format by a name such as ``pcm_24000``, ``ulaw_8000`` or ``mp3_22050_32``. UnsupportedFormat."""
    found = _FORMAT.fullmatch(name)
    if found is None:
        raise UnsupportedFormat(
            f"no format {name[:40]!r}; there are pcm_24000, mp3_22050_32, opus_48000_32, ulaw_8000 and alaw_8000"
        )
    kind, rate, kbps = found[1], int(found[2]), int(found[3] or 0)
    if kind == "mp3":
        return Format("mp3", rate, kbps)
    if kind == "opus":
        return Format("opus", rate, kbps)
    return Format("s16" if kind == "pcm" else "mulaw" if kind == "ulaw" else "alaw", rate)


def speech(voice: str, query: Mapping[str, str], language: str = "") -> Speech:
    """By the path and the query of the URL. UnsupportedFormat."""
    return Speech(
        format=named(query.get("output_format", _DEFAULT_FORMAT)),
        voice="" if _FOREIGN.fullmatch(voice) else voice,
        language=language,
    )


@dataclass
class _Context:
    speech: Speech
    is_flushed: bool = True
    """All text is to be spoken, also when the context is closed."""
    aligned_ms: int = 0
    """How much of the audio has character times in the messages sent so far."""
    in_word: bool = False
    """The last of these characters is none that ends a word."""


class ElevenLabs:
    wants_words: ClassVar[bool] = True

    def __init__(self, voice: str, query: Mapping[str, str], *, single: bool) -> None:
        """query: of the URL. single: ``stream-input``, which has one context. UnsupportedFormat."""
        self._speech = replace(
            speech(voice, query, query.get("language_code", "")), ssml=query.get("enable_ssml_parsing", "") == "true"
        )
        self._single = single
        self._contexts: Contexts[_Context] = Contexts()
        self._is_closing = False

    def begin(self) -> Sequence[Action]:
        return ()

    def receive(self, message: str | bytes) -> Sequence[Action]:
        try:
            asked = decode(message, _Message)
        except BadMessage as error:
            return self._error(None, Failure("bad_message", str(error)))
        if self._is_closing:
            return ()
        if asked.close_socket:
            return self._close_socket()
        name = _NO_CONTEXT if self._single or asked.context_id is None else asked.context_id
        if self._single and asked.text == "" and not asked.flush:
            return self._finish()
        if not self._contexts.is_open(name):
            if asked.close_context and not asked.text:
                return [Cancel(name), self._final(name)] if self._contexts.drop(name) else ()
            if not asked.text:  # keeps the connection alive
                return ()
            room: list[Action] = []
            if name not in self._contexts and self._contexts.is_full:
                if (idle := self._contexts.make_room()) is None:
                    return self._error(name, FULL)
                room = [Cancel(idle), self._final(idle)]
            self._open(name, asked)
            return [*room, *self._speak(name, self._contexts[name], asked)]
        return self._speak(name, self._contexts[name], asked)

    def _open(self, name: str, asked: _Message) -> None:
        speed = asked.voice_settings.speed if asked.voice_settings is not None else None
        speech = self._speech if speed is None else replace(self._speech, rate=speed)
        self._contexts.open(name, _Context(speech)).speech = speech

    def _speak(self, name: str, context: _Context, asked: _Message) -> Sequence[Action]:
        actions: list[Action] = []
        text = asked.text or ""
        if text.strip():
            self._contexts.said(name)
        if text or asked.flush:
            context.is_flushed = bool(asked.flush) or (context.is_flushed and not text.strip())
            actions.append(Say(name, text, context.speech, now=bool(asked.flush) or is_sentence(text)))
        return [*actions, *self._close(name)] if asked.close_context else actions

    def _close(self, name: str) -> Sequence[Action]:
        """What was flushed is spoken to its end. Other text is dropped: this is how a client interrupts its speech."""
        if self._contexts[name].is_flushed:
            self._contexts.close(name)
            return [End(name)]
        self._contexts.drop(name)
        return [Cancel(name), self._final(name)]

    def _finish(self) -> Sequence[Action]:
        """The end of the text of ``stream-input``: the rest is spoken, then the connection closes."""
        self._is_closing = True
        if not self._contexts.is_open(_NO_CONTEXT):
            return [self._final(_NO_CONTEXT), Close(1000)]
        self._contexts.close(_NO_CONTEXT)
        return [End(_NO_CONTEXT)]

    def _close_socket(self) -> Sequence[Action]:
        self._is_closing = True
        actions = [action for name in list(self._contexts.open_names()) for action in self._close(name)]
        return actions if self._contexts else [*actions, Close(1000)]

    def audio(self, context: str, data: bytes) -> str:
        return encode({"audio": audio_text(data), **self._named(context)})

    def words(self, context: str, words: Sequence[Word]) -> Sequence[Action]:
        """Character times. Those of a message count from the end of the previous message's."""
        state = self._contexts[context]
        base_ms = state.aligned_ms
        chars: list[str] = []
        starts: list[int] = []
        for char, at_s in characters(words):
            chars.append(char)
            starts.append(max(round(at_s * 1000) - base_ms, starts[-1] if starts else 0))
        end = max(round(words[-1].end_s * 1000) - base_ms, starts[-1])
        durations = [after - start for start, after in zip(starts, [*starts[1:], end], strict=True)]
        state.aligned_ms, state.in_word = base_ms + end, not chars[-1].isspace()
        return [self._times(context, chars, starts, durations)]

    def ended(self, context: str, tag: int) -> Sequence[Action]:
        # A client recognises the end of a word by the space after it.
        space = [self._times(context, [" "], [0], [0])] if self._contexts[context].in_word else []
        self._contexts.ended(context)
        closes = self._is_closing and not self._contexts
        return [*space, self._final(context), *([Close(1000)] if closes else [])]

    def paused(self, context: str) -> None:
        self._contexts.paused(context)

    def failed(self, context: str, failure: Failure) -> Sequence[Action]:
        self._contexts.drop(context)
        closes = self._single or (self._is_closing and not self._contexts)
        return [*self._error(context, failure), *([Close(1008, reason(failure))] if closes else [])]

    def _times(self, context: str, chars: list[str], starts: list[int], durations: list[int]) -> Send:
        times = {"chars": chars, "charStartTimesMs": starts, "charDurationsMs": durations}
        return Send(encode({"alignment": times, "normalizedAlignment": times, **self._named(context)}))

    def _final(self, context: str) -> Send:
        return Send(encode({"isFinal": True, **self._named(context)}))

    def _named(self, context: str) -> dict[str, Any]:
        return {} if self._single else {"contextId": context or None}

    def _error(self, context: str | None, why: Failure) -> Sequence[Action]:
        named = {} if context is None else self._named(context)
        return [Send(encode({"error": why.code, "message": why.message, "code": status(why), **named}))]

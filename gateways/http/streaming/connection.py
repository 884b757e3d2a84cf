"""One WebSocket: its messages, its contexts, and what its dialogue decides."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final

from aiohttp import WSMsgType, web

from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.client.options import ToClient
from steadyvoice.gateways.http.context import Context
from steadyvoice.gateways.http.encoding.encoders import Encoding
from steadyvoice.gateways.http.encoding.formats import Format
from steadyvoice.gateways.http.limits import SOCKET_IDLE_S
from steadyvoice.gateways.http.speech import Speech
from steadyvoice.gateways.http.streaming.actions import (
    Action,
    Cancel,
    Close,
    Dialogue,
    End,
    Failure,
    Heard,
    Say,
    Send,
    Word,
)
from steadyvoice.gateways.http.streaming.speaker import Speaker
from steadyvoice.ipc.errors import RequestRefused

_WAITING_CHARS: Final = 200_000
"""Text of a context that waits for the daemon, at most."""
_VOICES: Final = 64


class Connection:
    """Serves one client. More than 12 methods: those of ``Outlet``, which its speakers call, are among them."""

    def __init__(
        self, socket: web.WebSocketResponse, context: Context, dialogue: Dialogue, user: str, traceparent: str
    ) -> None:
        """user: the person that the client asks for, so that the daemon takes streams from each client in turn.

        traceparent: trace context of the request that opened the connection.
        """
        self._socket, self._context, self._dialogue = socket, context, dialogue
        self._user, self._traceparent = user, traceparent
        self.wants_words = dialogue.wants_words
        self._speakers: dict[str, Speaker] = {}
        self._voices: dict[tuple[str, str], str] = {}
        self._closing: asyncio.Task[bool] | None = None

    async def serve(self) -> None:
        """Until the client or the dialogue closes the connection. Then no utterance of it is left."""
        try:
            await self._do(self._dialogue.begin())
            while self._closing is None and (message := await self._next()) is not None:
                await self._do(self._dialogue.receive(message))
                await asyncio.sleep(0)  # messages that have come together must not hold up other clients
        finally:
            for speaker in self._speakers.values():
                speaker.cancel()
        if self._closing is not None:
            await self._closing

    async def _next(self) -> str | bytes | None:
        """The next message; None at the end."""
        while True:
            try:
                async with asyncio.timeout(SOCKET_IDLE_S):
                    message = await self._socket.receive()
            except TimeoutError:
                if any(speaker.is_busy for speaker in self._speakers.values()):
                    continue
                self.close(1000, f"no message for {SOCKET_IDLE_S:g} s")
                return None
            return message.data if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) else None

    async def _do(self, actions: Iterable[Action]) -> None:
        failed: str | None = None
        for action in actions:
            match action:
                case Say(context):
                    failed = None if await self._say(action) else context
                case End(context) if context == failed:
                    pass  # its end was reported
                case End(context):
                    self._speaker(context).end(action)
                case Cancel(context):
                    if (speaker := self._speakers.pop(context, None)) is not None:
                        speaker.cancel()
                case Heard(context, seconds):
                    if (speaker := self._speakers.get(context)) is not None:
                        await speaker.heard(seconds)
                case Send(message):
                    await self._send(message)
                case Close(code, reason):
                    self.close(code, reason)

    def close(self, code: int, reason: str) -> None:
        """Send nothing more, and end ``serve``."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._socket.close(code=code, message=reason.encode()))

    def _speaker(self, context: str) -> Speaker:
        speaker = self._speakers.get(context)
        if speaker is None:
            speaker = self._speakers[context] = Speaker(context, self)
        return speaker

    async def _say(self, say: Say) -> bool:
        """False if the context has failed, because too much of its text waits."""
        speaker = self._speaker(say.context)
        if speaker.waiting_chars + len(say.text) <= _WAITING_CHARS:
            speaker.say(say)
            return True
        self._forget(speaker)
        speaker.cancel()
        message = f"more than {_WAITING_CHARS} characters of this context wait to be spoken; send less at a time"
        await self._do(self._dialogue.failed(say.context, Failure("text_too_long", message)))
        return False

    async def _send(self, message: str | bytes) -> None:
        if self._closing is not None:
            return
        with contextlib.suppress(ConnectionError):  # the client has left, which ``_next`` notices
            if isinstance(message, str):
                await self._socket.send_str(message)
            else:
                await self._socket.send_bytes(message)

    def _forget(self, speaker: Speaker) -> None:
        if self._speakers.get(speaker.context) is speaker:
            del self._speakers[speaker.context]

    async def open(self, speech: Speech, text: str) -> AsyncStream:
        wanted = speech.voice, speech.language
        if wanted not in self._voices:
            if len(self._voices) >= _VOICES:
                self._voices.clear()
            self._voices[wanted] = await self._context.voices.chosen(*wanted)
        options: ToClient = {
            "voice": self._voices[wanted],
            "rate": speech.rate,
            "volume": speech.volume,
            "sample_rate": speech.format.rate,
            "format": speech.format.samples,
            "user": self._user,
            "traceparent": self._traceparent,
        }
        if speech.ssml:
            options["ssml"] = True
        try:
            return await self._context.daemon.open_stream(text, **options)
        except RequestRefused:
            self._voices.pop(wanted, None)  # it may have been removed
            self._context.voices.forget()
            raise

    async def encoding(self, format: Format) -> Encoding:
        return await self._context.encoders.open(format)

    async def audio(self, speaker: Speaker, data: bytes) -> None:
        if speaker.is_live:
            await self._send(self._dialogue.audio(speaker.context, data))

    async def words(self, speaker: Speaker, words: list[Word]) -> None:
        if speaker.is_live:
            await self._do(self._dialogue.words(speaker.context, words))

    def paused(self, speaker: Speaker) -> None:
        self._dialogue.paused(speaker.context)

    async def ended(self, speaker: Speaker, end: End) -> None:
        if not speaker.is_live:
            self._forget(speaker)
        await self._do(self._dialogue.ended(speaker.context, end.tag))

    async def failed(self, speaker: Speaker, failure: Failure) -> None:
        self._forget(speaker)
        await self._do(self._dialogue.failed(speaker.context, failure))

"""The connection of one client: its requests in order, their audio, and their end when the client leaves."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from wyoming.event import Event as Outgoing
from wyoming.event import async_write_event

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.async_utterance import AsyncStream
from steadyvoice.client.options import ToClient
from steadyvoice.gateways.wyoming import events, info
from steadyvoice.gateways.wyoming.catalogue import Catalogue
from steadyvoice.gateways.wyoming.events import Event, Synthesize
from steadyvoice.ipc.errors import RequestRefused, SteadyvoiceError, UtteranceFailed, one_line

_REQUESTS: Final = 8
"""Requests of one client that are spoken or wait to be sent; further ones are read later."""
_NOTHING_MS: Final = 100
"""Silence in place of a text without words: Home Assistant makes a file of it, which must not be empty."""

_LINGER_S: Final = 2.0


class Disconnect(Exception):
    """The connection ends, for a reason that the client knows."""


class Connection:
    """One client. ``run`` returns when it has left, and cancels what is still spoken for it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        daemon: AsyncClient,
        catalogue: Catalogue,
        user: str,
        trailing_silence_ms: int,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._daemon, self._catalogue, self._user = daemon, catalogue, user
        self._trailing_silence_ms = trailing_silence_ms
        self._open: AsyncStream | None = None
        """The text of ``synthesize-chunk`` goes here, until ``synthesize-stop``."""
        self._speaking: deque[asyncio.Task[None]] = deque()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._receive(tasks)
                for task in self._speaking:
                    task.cancel()
        except* (Disconnect, OSError):
            pass  # the client has left, or knows why it has to
        finally:
            self._speaking.clear()  # their tracebacks refer to this connection, and keep descriptors until the next gc
        await self._linger()

    async def _linger(self) -> None:
        """Let the client read an error: a close with input unread would take it back."""
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: it is closed already
            self._writer.write_eof()
            async with asyncio.timeout(_LINGER_S):
                while await self._reader.read(1 << 16):
                    pass

    async def _receive(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            try:
                if (event := await events.read(self._reader)) is None:
                    return
                await self._on_event(event, tasks)
            except events.BadEvent as error:
                await self._send_error(error)
            except SteadyvoiceError as error:
                if self._speaking and self._open is None:  # the error is a request's, after those that are spoken
                    await asyncio.wait({self._speaking[-1]})
                await self._send_error(error)
                return

    async def _on_event(self, event: Event, tasks: asyncio.TaskGroup) -> None:
        match event.type:
            case "describe":
                await self._send(info.describe(await self._catalogue.at_once()).event())
            case "ping":
                await self._write("pong", {"text": event.data.get("text")})
            case "synthesize" if self._open is None:
                try:
                    request = events.request(event)
                except events.BadEvent as error:
                    await self._send_error(error)
                    await self._write("audio-stop")  # nobody may wait for it
                    return
                options = await self._options(request)
                await self._begin(tasks, lambda: self._daemon.stream(request.text, **options), "")
            case "synthesize-start":
                if self._open is not None:
                    raise events.BadEvent("synthesize-start before the synthesize-stop of the text before")
                request = events.request(event)
                options = await self._options(request)
                self._open = await self._begin(tasks, lambda: self._daemon.open_stream(**options), "synthesize-stopped")
            case "synthesize-chunk":
                if self._open is None:
                    raise events.BadEvent("synthesize-chunk without synthesize-start")
                await self._open.append(events.request(event).text)
            case "synthesize-stop":
                if self._open is None:
                    await self._write("synthesize-stopped")
                else:
                    await self._open.finish()
                    self._open = None
            # All others are ignored, as the protocol demands; and the whole text, which follows its chunks.

    async def _options(self, request: Synthesize) -> ToClient:
        """RequestRefused if there is no such voice."""
        options = ToClient(format="s16", user=self._user)
        if request.text_format in ("text", "ssml"):
            options["ssml"] = request.text_format == "ssml"
        if not info.is_default(request.voice):
            assert request.voice is not None
            options["voice"] = await self._voice(request.voice)
        return options

    async def _voice(self, wanted: events.Voice) -> str:
        seen = {voice.name for voice in self._catalogue.seen() if voice.installed}
        if wanted.name in seen:
            return wanted.name
        return info.choose(wanted, await self._catalogue.current()).name

    async def _begin(
        self, tasks: asyncio.TaskGroup, request: Callable[[], Awaitable[AsyncStream]], last: str
    ) -> AsyncStream | None:
        """Send the audio of an utterance after that of the requests before. last: type of the event at its end."""
        while self._speaking and (self._speaking[0].done() or len(self._speaking) >= _REQUESTS):
            await asyncio.wait({self._speaking.popleft()})
        before = self._speaking[-1] if self._speaking else None
        stream = None
        try:
            stream = await request()
        except RequestRefused as error:
            if error.code != "text_empty":
                raise
        task = tasks.create_task(self._speak(stream, before, last))
        if stream is not None:
            task.add_done_callback(lambda _: stream.close())  # also of a task that is cancelled before it begins
        self._speaking.append(task)
        return stream

    async def _speak(self, stream: AsyncStream | None, before: asyncio.Task[None] | None, last: str) -> None:
        """stream: None if the text has no words."""
        try:
            if before is not None:
                await asyncio.wait({before})
            samples = rate = 0
            if stream is not None:
                samples, rate = await self._send_samples(stream)
            await self._send_end(samples, rate or info.DEFAULT.sample_rate)
            if last:
                await self._write(last)
        except SteadyvoiceError as error:
            # No audio-stop: Home Assistant would keep what it has as the whole. It takes the end of the connection
            # for a failure, and ignores the error.
            await self._send_error(error)
            raise Disconnect from error

    async def _send_samples(self, stream: AsyncStream) -> tuple[int, int]:
        """Send each block as it comes; the socket's reader is the brake. Returns how many samples, and their rate."""
        samples = 0
        try:
            while block := await stream.read():
                if not samples:
                    await self._write("audio-start", _format(stream.sample_rate))
                await self._send_audio(block, samples, stream.sample_rate)
                samples += len(block) // 2
        except UtteranceFailed as error:
            if error.code != "text_empty" or samples:
                raise
        return samples, stream.sample_rate

    async def _send_end(self, samples: int, rate: int) -> None:
        if not samples:
            await self._write("audio-start", _format(rate))
        silence = rate * (self._trailing_silence_ms or (0 if samples else _NOTHING_MS)) // 1000
        if silence:
            await self._send_audio(bytes(2 * silence), samples, rate)
        await self._write("audio-stop", {"timestamp": _ms(samples + silence, rate)})

    async def _send_audio(self, block: bytes, index: int, rate: int) -> None:
        await self._send(Outgoing("audio-chunk", _format(rate) | {"timestamp": _ms(index, rate)}, block))

    async def _send_error(self, error: SteadyvoiceError) -> None:
        code = getattr(error, "code", "bad_message" if isinstance(error, events.BadEvent) else "daemon_unreachable")
        await self._write("error", {"text": one_line(str(error)), "code": code})

    async def _write(self, kind: str, data: dict[str, Any] | None = None) -> None:
        await self._send(Outgoing(kind, data or {}))

    async def _send(self, event: Outgoing) -> None:
        """Waits while the client does not read. OSError or Disconnect if it has left."""
        try:
            await async_write_event(event, self._writer)
        except RuntimeError as error:  # of uvloop, where the transport is closed
            raise Disconnect from error


def _format(rate: int) -> dict[str, Any]:
    return {"rate": rate, "width": 2, "channels": 1}


def _ms(samples: int, rate: int) -> int:
    return samples * 1000 // rate

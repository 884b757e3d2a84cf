"""The client of the ``wyoming`` package, and what tests ask of a gateway through it."""

import asyncio
import contextlib
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of audioop, which the package imports
    from wyoming.audio import AudioChunk, AudioStart
    from wyoming.client import AsyncClient
    from wyoming.event import Event
    from wyoming.info import Describe, Info
    from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeVoice

__all__ = ["Info", "Synthesize", "SynthesizeChunk", "SynthesizeStart", "SynthesizeStop", "SynthesizeVoice"]


@dataclass
class Heard:
    """The events that answered a request, up to and including ``last``; None: the connection was closed."""

    types: list[str] = field(default_factory=list)
    starts: list[AudioStart] = field(default_factory=list)
    chunks: list[AudioChunk] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    last: Event | None = None

    @property
    def audio(self) -> bytes:
        return b"".join(chunk.audio for chunk in self.chunks)

    @property
    def ends(self) -> str:
        return self.last.type if self.last is not None else "closed"


class Client:
    """Reads and writes events; each wait ends after 60 s."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def send(self, *events: Any) -> None:
        with contextlib.suppress(ConnectionError):  # what the gateway has said before it closed can be read
            for event in events:
                await self._client.write_event(event if isinstance(event, Event) else event.event())

    async def raw(self, data: bytes) -> None:
        writer = self._client._writer
        assert writer is not None
        writer.write(data)
        await writer.drain()

    async def event(self) -> Event | None:
        async with asyncio.timeout(60):
            try:
                return await self._client.read_event()
            except (ConnectionError, asyncio.IncompleteReadError):  # closed before all was read, or written
                return None

    async def heard(self, *until: str) -> Heard:
        """The events up to the first of one of these types, or to the end of the connection."""
        heard = Heard()
        while (event := await self.event()) is not None:
            heard.types.append(event.type)
            if event.type == "audio-start":
                heard.starts.append(AudioStart.from_event(event))
            elif event.type == "audio-chunk":
                heard.chunks.append(AudioChunk.from_event(event))
            elif event.type == "error":
                heard.errors.append(event.data)
            if event.type in until:
                heard.last = event
                break
        return heard

    async def say(self, text: str, **options: Any) -> Heard:
        await self.send(Synthesize(text=text, **options))
        return await self.heard("audio-stop")

    async def info(self) -> Info:
        await self.send(Describe())
        event = await self.event()
        assert event is not None
        return Info.from_event(event)


@contextlib.asynccontextmanager
async def connected(uri: str) -> AsyncIterator[Client]:
    client = AsyncClient.from_uri(uri)
    await client.connect()
    try:
        yield Client(client)
    finally:
        with contextlib.suppress(ConnectionError):
            await client.disconnect()

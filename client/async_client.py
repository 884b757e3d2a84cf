"""``AsyncClient``: the verbs of ``Client`` as coroutines, and its streams as async iterators. No threads."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

from steadyvoice.client.async_connection import AsyncConnection, E
from steadyvoice.client.async_utterance import AsyncStream, AsyncSubscription, AsyncUtterance
from steadyvoice.client.link import closed
from steadyvoice.client.options import ToClient, ToDevice
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.paths import socket_path

U = TypeVar("U", bound=AsyncUtterance)


class AsyncClient:
    """As ``Client``, for any number of tasks of one event loop; connects when it is entered, or at its first verb.

    A verb whose task is cancelled leaves nothing behind: what was queued for it is cancelled too.
    """

    def __init__(self, socket: str | Path | None = None, *, timeout: float = 10.0) -> None:
        self._path = socket_path(str(socket) if socket else None)
        self._timeout = timeout
        self._closed = False
        self._connection: AsyncConnection | None = None
        self._connecting = asyncio.Lock()

    async def speak(self, text: str, **options: Unpack[ToDevice]) -> AsyncUtterance:
        """Queue text for the sound device; return at once. Options: options.ToDevice."""
        return await self._submit(m.Speak(text=text, sink="device", open=False, **options), AsyncUtterance)

    async def stream(self, text: str, **options: Unpack[ToClient]) -> AsyncStream:
        """The text as samples, while they are made: iterate over the result. Options: options.ToClient."""
        return await self._submit(m.Speak(text=text, sink="pcm", open=False, **options), AsyncStream)

    async def open(self, **options: Unpack[ToDevice]) -> AsyncUtterance:
        """An utterance for the sound device whose text comes in pieces: ``append``, then ``finish``."""
        return await self._submit(m.Speak(open=True, sink="device", text="", **options), AsyncUtterance)

    async def open_stream(self, **options: Unpack[ToClient]) -> AsyncStream:
        """As ``open``, with the samples coming here."""
        return await self._submit(m.Speak(open=True, sink="pcm", text="", **options), AsyncStream)

    async def cancel(self, *ids: int, everyone: bool = False) -> list[m.Heard]:
        """Silence at once: the utterances named, else all of this client's, or everyone's. Returns what was heard."""
        return (await self._ask(m.Cancel(ids=list(ids), all=everyone), m.Cancelled)).utterances

    async def pause(self) -> None:
        """The sound device falls silent where it is, for everybody. Streams go on."""
        await self._ask(m.Pause(), m.Paused)

    async def resume(self) -> None:
        """The sound device goes on with the sample at which it was paused."""
        await self._ask(m.Resume(), m.Paused)

    async def skip(self, to: Literal["utterance", "sentence"] = "utterance") -> m.Heard:
        """On the sound device: on to the next one. Returns which utterance was cut, and what of it was heard."""
        skipped = await self._ask(m.Skip(to=to), m.Skipped)
        return m.Heard(skipped.id, skipped.heard_chars)

    async def subscribe(self) -> AsyncSubscription:
        """From now on the events of everybody's utterances: iterate over them."""
        connection = await self._connected()
        subscription = AsyncSubscription(connection)
        await connection.ask(m.Subscribe(), m.Subscribed)
        return subscription

    async def status(self) -> dict[str, Any]:
        """The mapping of ``svctl status --json``."""
        return (await self._ask(m.Status(), m.StatusReply)).status

    async def voices(self) -> list[m.VoiceInfo]:
        """All voices that the daemon knows. Waits until it is ready."""
        return (await self._ask(m.Voices(), m.VoicesReply)).voices

    async def converters(self) -> list[m.ConverterInfo]:
        """All voice converters that the daemon knows."""
        return (await self._ask(m.Converters(), m.ConvertersReply)).converters

    async def _ask(self, request: m.Request, kind: type[E]) -> E:
        return await (await self._connected()).ask(request, kind)

    async def _submit(self, request: m.Speak, kind: type[U]) -> U:
        connection = await self._connected()
        answer = await connection.request(request, lambda number: kind(connection, number, request.open))
        assert isinstance(answer.utterance, kind)
        return answer.utterance

    async def _connected(self) -> AsyncConnection:
        """The connection; a new one where there is none, or the daemon has gone away."""
        async with self._connecting:
            if self._closed:
                raise closed()
            if self._connection is None or not self._connection.is_alive():
                self._connection = await AsyncConnection.connect(self._path, self._timeout)
            return self._connection

    async def close(self) -> None:
        """Silence what this client has in the queue, unless detached, and disconnect."""
        self._closed = True
        if self._connection is not None:
            self._connection.close()

    async def __aenter__(self) -> Self:
        await self._connected()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

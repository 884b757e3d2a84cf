"""``AsyncClient``: the methods of ``Client`` as coroutines and async iterators. Starts no threads."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar, Unpack, cast

from steadyvoice.client.async_connection import AsyncConnection, E
from steadyvoice.client.async_utterance import AsyncStream, AsyncSubscription, AsyncUtterance
from steadyvoice.client.link import closed
from steadyvoice.client.options import LiveToClient, ReadOptions, ToClient, ToDevice
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.inspection_messages import Held
from steadyvoice.ipc.metric_families import MetricFamily
from steadyvoice.ipc.paths import socket_path
from steadyvoice.ipc.traces import Trace

U = TypeVar("U", bound=AsyncUtterance)


class AsyncClient:
    """Asyncio client of the daemon. All tasks of one event loop may use it; other threads must not.

    More than 12 methods: each kind of request has a method of its own.
    Connects in ``async with`` or at the first call. Parameters, errors and reconnection are those of ``Client``. If a
    task is cancelled during a call, the utterance that the call has queued is cancelled too.
    """

    def __init__(self, socket: str | Path | None = None, *, timeout: float = 10.0) -> None:
        self._path = socket_path(str(socket) if socket else None)
        self._timeout = timeout
        self._closed = False
        self._connection: AsyncConnection | None = None
        self._connecting = asyncio.Lock()

    async def speak(self, text: str, **options: Unpack[ToDevice]) -> AsyncUtterance:
        """Queue text for the sound device and return without waiting for playback. Options: options.ToDevice."""
        return await self._submit(requests.Speak(text=text, sink="device", open=False, **options), AsyncUtterance)

    async def stream(self, text: str, **options: Unpack[ToClient]) -> AsyncStream:
        """Synthesise text and return its samples as a stream: iterate over it. Options: options.ToClient."""
        return await self._submit(requests.Speak(text=text, sink="pcm", open=False, **options), AsyncStream)

    async def open(self, **options: Unpack[ToDevice]) -> AsyncUtterance:
        """Start an utterance for the sound device and send its text in pieces: call ``append``, then ``finish``."""
        return await self._submit(requests.Speak(open=True, sink="device", text="", **options), AsyncUtterance)

    async def open_stream(self, text: str = "", **options: Unpack[ToClient]) -> AsyncStream:
        """Like ``open``, but the samples are sent to this client. text: the first piece, if there is one already."""
        return await self._submit(requests.Speak(open=True, sink="pcm", text=text, **options), AsyncStream)

    async def live(self, source: str = "mic", through: str = "", *, detach: bool = False) -> AsyncUtterance:
        """Play a source through plugins on the sound device, until its end or ``cancel``. As ``Client.live``."""
        request = requests.Live(source=source, through=through, detach=detach)
        return await self._submit(request, AsyncUtterance)

    async def live_stream(self, source: str = "mic", through: str = "", **options: Unpack[LiveToClient]) -> AsyncStream:
        """Like ``live``, but the samples are sent to this client, at 48 kHz. Options: options.LiveToClient."""
        return await self._submit(requests.Live(source=source, through=through, sink="pcm", **options), AsyncStream)

    async def change_live(self, number: int, through: str | None = None) -> None:
        """Change the plugins of a live session. As ``Client.change_live``."""
        await self._ask(requests.Change(id=number, through=through), m.Changed)

    async def cancel(self, *ids: int, everyone: bool = False) -> list[m.Heard]:
        """Cancel utterances: those with these ids, or without ids all of this client's, or with ``everyone`` all.

        Returns how many characters of each were heard.
        """
        return (await self._ask(requests.Cancel(ids=list(ids), all=everyone), m.Cancelled)).utterances

    async def pause(self) -> None:
        """Pause playback on the sound device, for all clients. Streams continue."""
        await self._ask(requests.Pause(), m.Paused)

    async def resume(self) -> None:
        """Resume playback on the sound device with the next sample after the pause."""
        await self._ask(requests.Resume(), m.Paused)

    async def skip(self, to: Literal["utterance", "sentence"] = "utterance") -> m.Heard:
        """Skip the rest of the playing utterance, or of its current sentence.

        Returns the utterance and what was heard of it.
        """
        skipped = await self._ask(requests.Skip(to=to), m.Skipped)
        return m.Heard(skipped.id, skipped.heard_chars)

    async def subscribe(self) -> AsyncSubscription:
        """Subscribe to the events of all clients' utterances; iterate over the result."""
        connection = await self._connected()
        subscription = AsyncSubscription(connection)
        await connection.ask(requests.Subscribe(), m.Subscribed)
        return subscription

    async def status(self) -> DaemonStatus:
        """Return the daemon's status: the same mapping as ``svctl status --json``."""
        return cast(DaemonStatus, (await self._ask(requests.Status(), m.StatusReply)).status)

    async def trace(self, number: int = 0, *, seconds: float = 0.0) -> Trace:
        """As ``Client.trace``."""
        return (await self._ask(requests.Trace(id=number, seconds=seconds), m.TraceReply)).trace

    async def metrics(self) -> list[MetricFamily]:
        """As ``Client.metrics``."""
        return (await self._ask(requests.Metrics(), m.MetricsReply)).families

    async def models(self) -> list[m.ModelInfo]:
        """As ``Client.models``."""
        return (await self._ask(requests.Models(), m.ModelsReply)).models

    async def voices(self) -> list[m.VoiceInfo]:
        """Return all voices that the daemon knows. Waits until the daemon is ready."""
        return (await self._ask(requests.Voices(), m.VoicesReply)).voices

    async def converters(self) -> list[m.ConverterInfo]:
        """Return all voice converters that the daemon knows. Waits until the daemon is ready."""
        return (await self._ask(requests.Converters(), m.ConvertersReply)).converters

    async def read(self, text: str, voice: str = "", **options: Unpack[ReadOptions]) -> m.ReadReply:
        """Return how a text of at most 10,000 characters would be read; nothing is spoken. voice: "": the default."""
        return await self._ask(requests.Read(text=text, voice=voice, **options), m.ReadReply)

    async def hold(self, stage: str, seconds: float = 600.0) -> Held:
        """Let a stage be stopped by a debugger. As ``Client.hold``."""
        return await self._ask(requests.Hold(stage=stage, seconds=seconds), Held)

    async def profile(self, stage: str, blocks: int = 20, seconds: float = 30.0) -> bytes:
        """Return a trace of the stage's next blocks. As ``Client.profile``."""
        request = requests.Profile(stage=stage, blocks=blocks, seconds=seconds)
        return (await (await self._connected()).request(request)).content

    async def _ask(self, request: requests.Request, kind: type[E]) -> E:
        return await (await self._connected()).ask(request, kind)

    async def _submit(self, request: requests.Speak | requests.Live, kind: type[U]) -> U:
        connection = await self._connected()
        is_open = isinstance(request, requests.Speak) and request.open
        reply = await connection.request(request, lambda number: kind(connection, number, is_open))
        assert isinstance(reply.utterance, kind)
        return reply.utterance

    async def _connected(self) -> AsyncConnection:
        """Return the connection; connect if there is none or the daemon has gone away."""
        async with self._connecting:
            if self._closed:
                raise closed()
            if self._connection is None or not self._connection.is_alive():
                self._connection = await AsyncConnection.connect(self._path, self._timeout)
            return self._connection

    async def close(self) -> None:
        """Cancel this client's utterances, except those with ``detach``, and disconnect."""
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

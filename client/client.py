"""``Client``: blocking client of the daemon."""

from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar, Unpack, cast

from steadyvoice.client.connection import Connection
from steadyvoice.client.link import closed
from steadyvoice.client.options import LiveToClient, ReadOptions, ToClient, ToDevice
from steadyvoice.client.utterance import Stream, Subscription, Utterance
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.inspection_messages import Held
from steadyvoice.ipc.metric_families import MetricFamily
from steadyvoice.ipc.paths import socket_path
from steadyvoice.ipc.traces import Trace

U = TypeVar("U", bound=Utterance)


class Client:
    """A blocking connection to the daemon. Does not start a daemon. Use it from one thread at a time.

    More than 12 methods: each kind of request has a method of its own.
    ``close`` cancels the client's utterances, except those with ``detach``. If the daemon goes away, running utterances
    fail with DaemonUnreachable and the next call reconnects. Each method raises DaemonUnreachable if no daemon answers,
    RequestRefused if the daemon refuses the request, and ClientClosed after ``close``.
    """

    def __init__(self, socket: str | Path | None = None, *, timeout: float = 10.0) -> None:
        """Connect. DaemonUnreachable if no daemon listens.

        socket: path of the daemon's socket; None: the default path (ipc.paths.socket_path).
        timeout: seconds to wait for a reply. ``speak``, ``open``, ``stream``, ``open_stream``, ``voices`` and
        ``converters`` wait until the daemon is ready, up to READY_TIMEOUT_S (60 s) longer.
        """
        self._path = socket_path(str(socket) if socket else None)
        self._timeout = timeout
        self._closed = False
        self._connection = Connection(self._path, timeout)

    def speak(self, text: str, **options: Unpack[ToDevice]) -> Utterance:
        """Queue text for the sound device and return without waiting for playback. Options: options.ToDevice."""
        return self._submit(requests.Speak(text=text, sink="device", open=False, **options), Utterance)

    def stream(self, text: str, **options: Unpack[ToClient]) -> Stream:
        """Synthesise text and return its samples as a stream: iterate over it. Options: options.ToClient."""
        return self._submit(requests.Speak(text=text, sink="pcm", open=False, **options), Stream)

    def open(self, **options: Unpack[ToDevice]) -> Utterance:
        """Start an utterance for the sound device and send its text in pieces: call ``append``, then ``finish``."""
        return self._submit(requests.Speak(open=True, sink="device", text="", **options), Utterance)

    def open_stream(self, text: str = "", **options: Unpack[ToClient]) -> Stream:
        """Like ``open``, but the samples are sent to this client. text: the first piece, if there is one already."""
        return self._submit(requests.Speak(open=True, sink="pcm", text=text, **options), Stream)

    def live(self, source: str = "mic", through: str = "", *, detach: bool = False) -> Utterance:
        """Play a source through plugins on the sound device, until its end or ``cancel``.

        source: mic, mic:NAME, tone, tone:HZ, sweep, noise, silence, or the path of a file or named pipe. through:
        plugins in order, such as ``highpass:hz=120,gain:db=6``; see docs/plugins.md.
        """
        return self._submit(requests.Live(source=source, through=through, detach=detach), Utterance)

    def live_stream(self, source: str = "mic", through: str = "", **options: Unpack[LiveToClient]) -> Stream:
        """Like ``live``, but the samples are sent to this client, at 48 kHz. Options: options.LiveToClient."""
        return self._submit(requests.Live(source=source, through=through, sink="pcm", **options), Stream)

    def change_live(self, number: int, through: str | None = None) -> None:
        """Change the plugins of the live session with this id, while it runs.

        A plugin that the old chain has keeps its state. None: the same chain; plugins that have failed are used again.
        """
        self._connected().ask(requests.Change(id=number, through=through), m.Changed)

    def cancel(self, *ids: int, everyone: bool = False) -> list[m.Heard]:
        """Cancel utterances: those with these ids, or without ids all of this client's, or with ``everyone`` all.

        Returns how many characters of each were heard.
        """
        return self._connected().ask(requests.Cancel(ids=list(ids), all=everyone), m.Cancelled).utterances

    def pause(self) -> None:
        """Pause playback on the sound device, for all clients. Streams continue."""
        self._connected().ask(requests.Pause(), m.Paused)

    def resume(self) -> None:
        """Resume playback on the sound device with the next sample after the pause."""
        self._connected().ask(requests.Resume(), m.Paused)

    def skip(self, to: Literal["utterance", "sentence"] = "utterance") -> m.Heard:
        """Skip the rest of the playing utterance, or of its current sentence.

        Returns the utterance and what was heard of it.
        """
        skipped = self._connected().ask(requests.Skip(to=to), m.Skipped)
        return m.Heard(skipped.id, skipped.heard_chars)

    def subscribe(self) -> Subscription:
        """Subscribe to the events of all clients' utterances; iterate over the result."""
        connection = self._connected()
        subscription = Subscription(connection)
        connection.ask(requests.Subscribe(), m.Subscribed)
        return subscription

    def status(self) -> DaemonStatus:
        """Return the daemon's status: the same mapping as ``svctl status --json``."""
        return cast(DaemonStatus, self._connected().ask(requests.Status(), m.StatusReply).status)

    def trace(self, number: int = 0, *, seconds: float = 0.0) -> Trace:
        """Return what the stages did, and when: for the utterance of this id; for all of so many last seconds.

        Without both, for the last utterance that has begun. Blocks of streams are not in it: ``Stream.history``.
        """
        return self._connected().ask(requests.Trace(id=number, seconds=seconds), m.TraceReply).trace

    def metrics(self) -> list[MetricFamily]:
        """Return what the daemon measures of itself; see docs/metrics.md."""
        return self._connected().ask(requests.Metrics(), m.MetricsReply).families

    def voices(self) -> list[m.VoiceInfo]:
        """Return all voices that the daemon knows. Waits until the daemon is ready."""
        return self._connected().ask(requests.Voices(), m.VoicesReply).voices

    def converters(self) -> list[m.ConverterInfo]:
        """Return all voice converters that the daemon knows. Waits until the daemon is ready."""
        return self._connected().ask(requests.Converters(), m.ConvertersReply).converters

    def models(self) -> list[m.ModelInfo]:
        """Return which models are loaded, and what uses them."""
        return self._connected().ask(requests.Models(), m.ModelsReply).models

    def read(self, text: str, voice: str = "", **options: Unpack[ReadOptions]) -> m.ReadReply:
        """Return how a text of at most 10,000 characters would be read; nothing is spoken. voice: "": the default."""
        return self._connected().ask(requests.Read(text=text, voice=voice, **options), m.ReadReply)

    def hold(self, stage: str, seconds: float = 600.0) -> Held:
        """Let a stage be stopped by a debugger, until this client disconnects: it is not replaced for hanging.

        stage: as the status has it, such as ``vocoder soprano``. seconds: 0 to 3600; 0: the hold ends.
        """
        return self._connected().ask(requests.Hold(stage=stage, seconds=seconds), Held)

    def profile(self, stage: str, blocks: int = 20, seconds: float = 30.0) -> bytes:
        """Return a trace of the stage's next blocks, recorded by torch.profiler, in Chrome's JSON format.

        blocks: 1 to 1000. seconds: after which the record ends also with fewer blocks.
        """
        reply = self._connected().request(requests.Profile(stage=stage, blocks=blocks, seconds=seconds))
        return reply.content

    def receive(self, timeout: float | None = None, *also: int) -> None:
        """Process the daemon's next events.

        Returns after events, when a descriptor of ``also`` is readable, or on timeout.

        For event loops that also wait for other descriptors. timeout: seconds; None: no limit. RequestRefused if
        appended text was refused.
        """
        if self._closed:
            raise closed()
        self._connection.receive(timeout, *also)
        for utterance in self._connection.session.utterances:
            utterance._is_finished()

    def _submit(self, request: requests.Speak | requests.Live, kind: type[U]) -> U:
        connection = self._connected()
        is_open = isinstance(request, requests.Speak) and request.open
        reply = connection.request(request, lambda number: kind(connection, number, is_open))
        assert isinstance(reply.utterance, kind)
        return reply.utterance

    def _connected(self) -> Connection:
        """Return the connection; reconnect if the daemon has gone away."""
        if self._closed:
            raise closed()
        if not self._connection.is_alive():
            self._connection = Connection(self._path, self._timeout)
        return self._connection

    def close(self) -> None:
        """Cancel this client's utterances, except those with ``detach``, and disconnect."""
        self._closed = True
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

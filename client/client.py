"""``Client``: the daemon's verbs for a Python program that may wait for them."""

from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

from steadyvoice.client.connection import Connection
from steadyvoice.client.link import closed
from steadyvoice.client.options import ToClient, ToDevice
from steadyvoice.client.utterance import Stream, Subscription, Utterance
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.paths import socket_path

U = TypeVar("U", bound=Utterance)


class Client:
    """A connection to the daemon; starts nothing. For one thread.

    What this client still has in the queue ends when it is closed, unless detached. Where the daemon goes away, what it
    was saying ends with DaemonUnreachable, and the next verb connects anew. Every verb raises DaemonUnreachable where
    no daemon answers, RequestRefused where it will not, and ClientClosed after ``close``.
    """

    def __init__(self, socket: str | Path | None = None, *, timeout: float = 10.0) -> None:
        """socket: where, if not at the usual place. DaemonUnreachable where no daemon is there.

        timeout: seconds that an answer may take. ``speak``, ``open``, ``stream``, ``open_stream`` and ``voices`` wait
        until the daemon is ready, which may take a minute (session.WARM_UP_S) more.
        """
        self._path = socket_path(str(socket) if socket else None)
        self._timeout = timeout
        self._closed = False
        self._connection = Connection(self._path, timeout)

    def speak(self, text: str, **options: Unpack[ToDevice]) -> Utterance:
        """Queue text for the sound device; return at once. Options: options.ToDevice."""
        return self._submit(m.Speak(text=text, sink="device", open=False, **options), Utterance)

    def stream(self, text: str, **options: Unpack[ToClient]) -> Stream:
        """The text as samples, while they are made: iterate over the result. Options: options.ToClient."""
        return self._submit(m.Speak(text=text, sink="pcm", open=False, **options), Stream)

    def open(self, **options: Unpack[ToDevice]) -> Utterance:
        """An utterance for the sound device whose text comes in pieces: ``append``, then ``finish``."""
        return self._submit(m.Speak(open=True, sink="device", text="", **options), Utterance)

    def open_stream(self, **options: Unpack[ToClient]) -> Stream:
        """As ``open``, with the samples coming here."""
        return self._submit(m.Speak(open=True, sink="pcm", text="", **options), Stream)

    def cancel(self, *ids: int, everyone: bool = False) -> list[m.Heard]:
        """Silence at once: the utterances named, else all of this client's, or everyone's. Returns what was heard."""
        return self._connected().ask(m.Cancel(ids=list(ids), all=everyone), m.Cancelled).utterances

    def pause(self) -> None:
        """The sound device falls silent where it is, for everybody. Streams go on."""
        self._connected().ask(m.Pause(), m.Paused)

    def resume(self) -> None:
        """The sound device goes on with the sample at which it was paused."""
        self._connected().ask(m.Resume(), m.Paused)

    def skip(self, to: Literal["utterance", "sentence"] = "utterance") -> m.Heard:
        """On the sound device: on to the next one. Returns which utterance was cut, and what of it was heard."""
        skipped = self._connected().ask(m.Skip(to=to), m.Skipped)
        return m.Heard(skipped.id, skipped.heard_chars)

    def subscribe(self) -> Subscription:
        """From now on the events of everybody's utterances: iterate over them."""
        connection = self._connected()
        subscription = Subscription(connection)
        connection.ask(m.Subscribe(), m.Subscribed)
        return subscription

    def status(self) -> dict[str, Any]:
        """The mapping of ``svctl status --json``."""
        return self._connected().ask(m.Status(), m.StatusReply).status

    def voices(self) -> list[m.VoiceInfo]:
        """All voices that the daemon knows. Waits until it is ready."""
        return self._connected().ask(m.Voices(), m.VoicesReply).voices

    def converters(self) -> list[m.ConverterInfo]:
        """All voice converters that the daemon knows."""
        return self._connected().ask(m.Converters(), m.ConvertersReply).converters

    def receive(self, timeout: float | None = None, *also: int) -> None:
        """Hear the daemon's next events. Returns too when a descriptor of ``also`` can be read, or after ``timeout`` s.

        For loops that wait for other things. RequestRefused where text of an utterance was refused.
        """
        if self._closed:
            raise closed()
        self._connection.receive(timeout, *also)
        for utterance in self._connection.session.utterances:
            utterance._is_finished()

    def _submit(self, request: m.Speak, kind: type[U]) -> U:
        connection = self._connected()
        answer = connection.request(request, lambda number: kind(connection, number, request.open))
        assert isinstance(answer.utterance, kind)
        return answer.utterance

    def _connected(self) -> Connection:
        """The connection; a new one where the daemon has gone away."""
        if self._closed:
            raise closed()
        if not self._connection.is_alive():
            self._connection = Connection(self._path, self._timeout)
        return self._connection

    def close(self) -> None:
        """Silence what this client has in the queue, unless detached, and disconnect."""
        self._closed = True
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

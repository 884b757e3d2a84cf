"""``Client``: the daemon's verbs for a Python program that may wait for them."""

from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from steadyvoice.client.connection import Connection
from steadyvoice.client.utterance import Stream, Utterance
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.paths import socket_path

Spoken = TypeVar("Spoken", bound=Utterance)


class Client:
    """A connection to the daemon; starts nothing. DaemonUnreachable where none answers.

    For one thread. What this client still has in the queue ends when it is closed, unless detached.
    """

    def __init__(self, socket: str | Path | None = None) -> None:
        self._utterances: dict[int, Utterance] = {}
        self._kind: type[Utterance] = Utterance
        """Of the utterance that is being asked for: its events may come with the reply."""
        self._queued: dict[int, Utterance] = {}
        self._connection = Connection(socket_path(str(socket) if socket else None), self._on_event)

    def speak(
        self, text: str, *, voice: str = "", rate: float = 1.0, volume: float = 1.0, detach: bool = False
    ) -> Utterance:
        """Queue text for the sound device; return at once. RequestRefused where the daemon will not."""
        return self._queue(m.Speak(text=text, voice=voice, rate=rate, volume=volume, detach=detach), Utterance)

    def stream(self, text: str, *, voice: str = "", rate: float = 1.0, volume: float = 1.0) -> Stream:
        """The text as samples, while they are made: iterate over the result."""
        return self._queue(m.Speak(text=text, voice=voice, rate=rate, volume=volume, sink="pcm"), Stream)

    def open(self, *, voice: str = "", rate: float = 1.0, volume: float = 1.0, detach: bool = False) -> Utterance:
        """An utterance for the sound device whose text comes in pieces: ``append``, then ``finish``."""
        return self._queue(m.Speak(open=True, voice=voice, rate=rate, volume=volume, detach=detach), Utterance)

    def open_stream(self, *, voice: str = "", rate: float = 1.0, volume: float = 1.0) -> Stream:
        """As ``open``, with the samples coming here."""
        return self._queue(m.Speak(open=True, voice=voice, rate=rate, volume=volume, sink="pcm"), Stream)

    def cancel(self, *ids: int, everyone: bool = False) -> list[m.Heard]:
        """Silence at once: the utterances named, else all of this client's, or everyone's. Returns what was heard."""
        return self._connection.ask(m.Cancel(ids=list(ids), all=everyone), m.Cancelled).utterances

    def status(self) -> dict[str, object]:
        """The mapping of ``svctl status --json``."""
        return self._connection.ask(m.Status(), m.StatusReply).status

    def voices(self) -> list[m.VoiceInfo]:
        """All voices that the daemon knows. Waits until it is ready."""
        return self._connection.ask(m.Voices(), m.VoicesReply).voices

    def receive(self, timeout: float | None = None, *also: int) -> None:
        """Hear the daemon's next events, or return when one of the descriptors can be read."""
        self._connection.receive(timeout, *also)

    def _queue(self, request: m.Speak, kind: type[Spoken]) -> Spoken:
        self._kind = kind
        number = self._connection.ask(request, m.Queued).id
        utterance = self._queued.pop(number)
        assert isinstance(utterance, kind)
        return utterance

    def _on_event(self, event: m.Event, fds: list[int]) -> None:
        number = getattr(event, "id", 0)
        if isinstance(event, m.Queued):
            self._queued[number] = self._utterances[number] = self._kind(self._connection, number)
            return
        utterance = self._utterances.get(number)
        if utterance is None:
            close_all(fds)
            return
        utterance._on_event(event, fds)
        if utterance.finished is not None:
            del self._utterances[number]

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

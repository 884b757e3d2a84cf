"""One message that svd plays, and the events that the server gets for it."""

import re
from typing import Any, Final

from steadyvoice.client.session import PendingReply
from steadyvoice.client.utterance_base import UtteranceBase
from steadyvoice.gateways.speechd import protocol
from steadyvoice.gateways.speechd.daemon import Connection, Interest
from steadyvoice.ipc import messages as m
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import SteadyvoiceError

_MOST: Final = {"CHAR": ("character", 32), "KEY": ("key", 64)}
"""How svd says such a message, and its longest text, in code points; a longer one is text."""
_TAG: Final = re.compile(r"<[^>]*>")
_ENTITIES: Final = ("&lt;", "&gt;", "&quot;", "&apos;", "&amp;")


def content(command: str, text: str) -> dict[str, Any]:
    """Fields of the ``speak`` request for the data of a message: ``text``, and how it is read."""
    say, most = _MOST.get(command, ("text", 0))
    if say != "text" and len(text) <= most:
        return {"text": " " if (command, text) == ("CHAR", "space") else text, "say": say}
    if command != "SPEAK":
        return {"text": re.sub(r"[-_.]", " ", text), "ssml": False}  # of an icon the name, as there is no sound to play
    fields = {"text": text, "ssml": True}
    return fields | {"spelling": True} if _is_single_character(text) else fields


def _is_single_character(document: str) -> bool:
    """Whether a document holds one character: the echo of a key, also where it is a sign that reading leaves out."""
    text = _TAG.sub("", document)
    for entity in _ENTITIES:
        text = text.replace(entity, "_")
    return len(text.strip()) == 1


class Speech:
    """From SPEAK to END, STOP or PAUSE."""

    pauses_at_once = True
    """PAUSE may be answered at any time: the server then sends again what follows the last mark that was reached."""

    def __init__(self, request: requests.Speak, deadline: float) -> None:
        self.request = request
        self.deadline = deadline
        """Monotonic seconds at which svd must have accepted it."""
        self.begun = False
        """The server knows that it has begun."""
        self.repeated = False
        """It was sent once more, because svd refused it or went away."""
        self.pausing = False
        """PAUSE is to be answered at the next mark."""
        self.connection: Connection | None = None
        """The one that it was sent on."""
        self._reply: PendingReply | None = None
        self._marks = 0

    def submit(self, connection: Connection) -> None:
        """Send the request. SteadyvoiceError if the connection has ended."""
        self.connection = connection
        self._reply = connection.session.ask(self.request, self._utterance_of)
        connection.send()

    def _utterance_of(self, number: int) -> UtteranceBase[Connection]:
        assert self.connection is not None
        return UtteranceBase(self.connection, number, False)

    @property
    def utterance(self) -> UtteranceBase[Any] | None:
        """None until svd has accepted the request."""
        return self._reply.utterance if self._reply is not None else None

    @property
    def refusal(self) -> SteadyvoiceError | None:
        """Why svd refused it, or could not answer."""
        reply = self._reply
        return reply.refused() if reply is not None and reply.refused is not None else None

    @property
    def finished(self) -> m.Finished | None:
        return self.utterance.finished if self.utterance is not None else None

    @property
    def wake_at(self) -> float | None:
        """Monotonic seconds at which more events are due, whatever svd sends."""
        return None if self.utterance is not None else self.deadline

    def interest(self, backlog: int) -> Interest:
        """Descriptors to poll beside the connection. backlog: bytes that the server has not read yet."""
        return {}

    def begin(self) -> bytes:
        """BEGIN, if it was not sent yet."""
        if self.begun:
            return b""
        self.begun = True
        return protocol.BEGIN

    def events(self, now: float, backlog: int) -> bytes:
        """The events that are due, without the last one."""
        if self.utterance is None or self.utterance.started is None:
            return b""
        return self.begin() + b"".join(protocol.index_mark(mark.name) for mark in self.new_marks())

    def new_marks(self) -> list[m.Mark]:
        """Marks of the document that were reached since the last call."""
        reached = self.utterance.marks if self.utterance is not None else []
        new = [mark for mark in reached[self._marks :] if mark.name]
        self._marks = len(reached)
        return new

    @property
    def end(self) -> bytes:
        """The last event, once it is due: END, or STOP if another program has cancelled the utterance."""
        if self.finished is None:
            return b""
        return protocol.END if self.finished.reason in ("done", "error") else protocol.STOP

    def abandon(self) -> int:
        """It is not wanted any more. Returns the utterance to cancel; 0 if there is none, or svd has not named it."""
        if self.utterance is not None:
            return self.utterance.id if self.utterance.finished is None else 0
        if self._reply is not None and self.connection is not None:
            self.connection.session.abandon(self._reply)  # cancelled as soon as it is named
        return 0

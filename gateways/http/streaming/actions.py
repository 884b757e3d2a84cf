"""What a protocol tells the connection to do, and what the connection tells a protocol. No input or output."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

from steadyvoice.gateways.http.speech import Speech


@dataclass(frozen=True)
class Say:
    """Append text to the context; opens it if it is new.

    now: the text so far is spoken without waiting for more, as if a paragraph ended.
    """

    context: str
    text: str
    speech: Speech
    now: bool = False


@dataclass(frozen=True)
class End:
    """The text so far is complete. When its last sample was sent, ``ended`` is called with the tag.

    last: the context ends, also if nothing was said in it.
    """

    context: str
    tag: int = 0
    last: bool = True


@dataclass(frozen=True)
class Cancel:
    """Nothing more is sent for the context, and nothing more is generated. ``ended`` is not called."""

    context: str


@dataclass(frozen=True)
class Heard:
    """The listener has heard this much of the context's audio."""

    context: str
    seconds: float


@dataclass(frozen=True)
class Send:
    """str: a text message; bytes: a binary one."""

    message: str | bytes


@dataclass(frozen=True)
class Close:
    """Close the connection; all contexts end."""

    code: int
    reason: str = ""


Action = Say | End | Cancel | Heard | Send | Close


class Word(NamedTuple):
    """A word as it was written, with the signs and the space after it. Seconds since the beginning of the context."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Failure:
    """Why a context has ended early: one of the daemon's codes, and one line for people."""

    code: str
    message: str
    retryable: bool = False


class Dialogue(Protocol):
    """The state of one connection in one protocol. Each method returns what is to be done, in order.

    A context has ended after ``ended`` for an ``End`` with ``last``, after ``failed``, and after a ``Cancel``.
    """

    wants_words: ClassVar[bool]
    """Whether ``words`` is called."""

    def begin(self) -> Sequence[Action]:
        """The connection is open."""

    def receive(self, message: str | bytes) -> Sequence[Action]:
        """A message of the client, of whatever content."""

    def audio(self, context: str, data: bytes) -> str | bytes:
        """The message that carries these samples."""

    def words(self, context: str, words: Sequence[Word]) -> Sequence[Action]:
        """These words begin in audio that was sent."""

    def ended(self, context: str, tag: int) -> Sequence[Action]:
        """The last sample of the text before an ``End`` was sent."""

    def paused(self, context: str) -> None:
        """All text of the context was spoken, and its last sample was sent. More may follow."""

    def failed(self, context: str, failure: Failure) -> Sequence[Action]:
        """The context has ended early."""

"""JSON messages, typed. No input or output."""

import base64
from typing import Any, TypeVar

import msgspec

from steadyvoice.ipc.errors import SteadyvoiceError

M = TypeVar("M", bound=msgspec.Struct)


class BadMessage(SteadyvoiceError):
    """The client's message has another form. Send it as the error says."""


def decode(message: str | bytes, kind: type[M]) -> M:
    """A message of this kind; keys that it does not have are ignored. BadMessage."""
    if isinstance(message, bytes):
        raise BadMessage("a binary message; send JSON in text messages")
    try:
        return msgspec.json.decode(message, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BadMessage(f"not a message of this protocol: {error}") from error


def encode(message: dict[str, Any]) -> str:
    return msgspec.json.encode(message).decode()


def audio_text(data: bytes) -> str:
    return base64.b64encode(data).decode()

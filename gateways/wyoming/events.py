"""Events of clients: their framing and the fields that this gateway reads. Sizes are limited before memory is used."""

import asyncio
from typing import Any, Final

import msgspec

from steadyvoice.ipc.errors import SteadyvoiceError, one_line

MAX_LINE: Final = 1 << 20
"""Bytes of an event's first line, which older clients also use for its data: more than a text may have."""
_MAX_DATA: Final = 1 << 20
_MAX_PAYLOAD: Final = 64 << 20
_PIECE: Final = 1 << 16
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class BadEvent(SteadyvoiceError):
    """The event cannot be used; the events after it can."""


class BadFraming(SteadyvoiceError):
    """The end of the event cannot be found. Close the connection."""


class Header(msgspec.Struct):
    """The line that begins an event. Bytes of data and of payload follow it."""

    type: str
    data: dict[str, Any] | None = None
    data_length: int | None = None
    payload_length: int | None = None


class Voice(msgspec.Struct, frozen=True):
    """The voice that a client asks for: by its name, a speaker's name, or a language such as ``en_US``."""

    name: str | None = None
    language: str | None = None
    speaker: str | None = None


class Synthesize(msgspec.Struct, frozen=True):
    """Data of ``synthesize``, ``synthesize-start`` and ``synthesize-chunk``; each field may be missing."""

    text: str = ""
    voice: Voice | None = None
    text_format: str | None = None


class Event(msgspec.Struct, frozen=True):
    type: str
    data: dict[str, Any]


async def read(reader: asyncio.StreamReader) -> Event | None:
    """The next event, without its payload; None at the end of the connection. BadEvent, BadFraming, OSError."""
    try:
        line = await reader.readline()
        if not line.strip():
            return Event("", {}) if line else None
        header = parse(line)
        data = await reader.readexactly(header.data_length or 0)
        await _skip(reader, header.payload_length or 0)
    except asyncio.IncompleteReadError:
        return None
    except ValueError as error:  # of readline
        raise BadFraming(f"the first line of an event is longer than {MAX_LINE >> 20} MiB") from error
    return Event(header.type, (header.data or {}) | _object(data))


def parse(line: bytes) -> Header:
    """BadEvent if the line is no event; BadFraming if it is one and its lengths are not usable."""
    try:
        header = msgspec.json.decode(line, type=Header)
    except _UNREADABLE as error:
        if b'_length"' in line:
            raise BadFraming(f"not an event, and its length is unknown: {_reason(error)}") from error
        raise BadEvent(f"not an event: {_reason(error)}") from error
    for name, length, most in (
        ("data_length", header.data_length, _MAX_DATA),
        ("payload_length", header.payload_length, _MAX_PAYLOAD),
    ):
        if length is not None and not 0 <= length <= most:
            raise BadFraming(f"{name} is {length}; it must be 0 to {most}")
    return header


def request(event: Event) -> Synthesize:
    """The fields of a request. BadEvent."""
    try:
        return msgspec.convert(event.data, Synthesize)
    except msgspec.ValidationError as error:
        raise BadEvent(f"{event.type}: {_reason(error)}") from error


def _object(data: bytes) -> dict[str, Any]:
    if not data:
        return {}
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except _UNREADABLE as error:
        raise BadEvent(f"the data of an event is no JSON object: {_reason(error)}") from error


async def _skip(reader: asyncio.StreamReader, count: int) -> None:
    """Payload is audio, which no request has."""
    while count:
        count -= len(await reader.readexactly(min(count, _PIECE)))


def _reason(error: Exception) -> str:
    return one_line(str(error), 200)

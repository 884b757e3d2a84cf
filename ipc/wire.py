"""Framing of the control socket, without input or output.

A connection is JSON if its first byte is ``{``, with one message per line; otherwise it is msgpack, with each message
preceded by its length in four bytes, little-endian. A length may also begin with ``{`` (123, 379, ...), so all four
bytes decide: as a length, four bytes of JSON text exceed the longest message.
"""

import struct
from typing import Final

import msgspec

from steadyvoice.ipc.errors import WireError
from steadyvoice.ipc.messages import Event
from steadyvoice.ipc.requests import Request

MESSAGE_BYTES: Final = 1 << 26
"""Longest message that a limit may allow. As a length, the smallest JSON text (a brace, three tabs) is 151 million."""
_LENGTH: Final = struct.Struct("<I")

_json = msgspec.json.Encoder()
_msgpack = msgspec.msgpack.Encoder()
_json_request: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_msgpack_request: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_msgpack_event: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


class MessageReader:
    """Cut a byte stream into messages. WireError where one is longer than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        """The first bytes of the buffer that contain no newline."""
        self.json: bool | None = None
        """Whether the stream is JSON; None until four bytes have arrived."""

    def feed(self, data: bytes) -> None:
        self._buffer += data
        if self.json is None and self._buffer:
            if self._buffer[0] != ord("{"):
                self.json = False
            elif len(self._buffer) >= _LENGTH.size:
                self.json = _LENGTH.unpack_from(self._buffer)[0] > MESSAGE_BYTES

    def next(self) -> bytes | None:
        """The next whole message, undecoded, or None."""
        buffer = self._buffer
        if self.json:
            end = buffer.find(b"\n", self._searched)
            self._searched = 0 if end >= 0 else len(buffer)
            if max(end, len(buffer) if end < 0 else 0) > self._limit:
                raise WireError(f"a message may have {self._limit} bytes")
            start, skip = 0, 1
        else:
            if self.json is None or len(buffer) < _LENGTH.size:
                return None
            (length,) = _LENGTH.unpack_from(buffer)
            if length > self._limit:
                raise WireError(f"a message may have {self._limit} bytes, this one announces {length}")
            start, skip = _LENGTH.size, 0
            end = start + length if len(buffer) >= start + length else -1
        if end < 0:
            return None
        message = bytes(buffer[start:end])
        del buffer[: end + skip]
        return message


def decode_request(data: bytes, *, json: bool) -> Request:
    """Raises msgspec.ValidationError, with the path of the invalid key, or DecodeError."""
    try:
        return _json_request.decode(data) if json else _msgpack_request.decode(data)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


def decode_event(data: bytes) -> Event:
    return _msgpack_event.decode(data)


def encode(message: Request | Event, *, json: bool = False) -> bytes:
    if json:
        return _json.encode(message) + b"\n"
    body = _msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body

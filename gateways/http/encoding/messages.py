"""Messages between the gateway and its encoding process, on a pair of stream sockets.

Each is a header of the stream's number, a kind and the length, then so many bytes. Every request but CLOSE has one
reply, and a stream has one request at a time: what the process holds of a stream is therefore bounded.
"""

import struct
from typing import Final

import msgspec

HEADER: Final = struct.Struct("<IBI")
OPEN: Final = 1
"""An ``Opening`` as JSON. The reply has no bytes."""
ENCODE: Final = 2
"""Samples: int16, little-endian. The reply: encoded bytes that are complete, which may be none."""
FINISH: Final = 3
"""The reply: the last bytes. The stream is closed."""
CLOSE: Final = 4
"""Forget the stream."""
DONE: Final = 0
FAILED: Final = 1
"""A reply with the reason as text. The stream is closed."""


class Opening(msgspec.Struct, frozen=True):
    format: str
    sample_rate: int
    """Hertz."""
    bit_rate: int
    """Kilobits a second, for MP3, AAC and Opus; 0: Opus chooses by itself."""


def message(stream: int, kind: int, content: bytes) -> bytes:
    return HEADER.pack(stream, kind, len(content)) + content

"""WAV encoder: 16-bit mono RIFF; sizes are 0xFFFFFFFF until they are known."""

import struct
from typing import Final

from steadyvoice.client.svctl.files.encoder import Pieces

_UNKNOWN: Final = 0xFFFFFFFF
_HEADER_BYTES: Final = 44


def header(sample_rate: int, tag: int = 1, sample_bytes: int = 2, *, data_bytes: int = _UNKNOWN) -> bytes:
    """The bytes before the samples. tag: of the encoding; 1 is integers."""
    riff, data = min(data_bytes + _HEADER_BYTES - 8, _UNKNOWN), min(data_bytes, _UNKNOWN)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", riff, b"WAVE", b"fmt ", 16, tag, 1, sample_rate, sample_bytes * sample_rate, sample_bytes,
        8 * sample_bytes, b"data", data,
    )  # fmt: skip


class Wav:
    """An encoder (encoder.Encoder)."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._bytes = 0

    def begin(self) -> Pieces:
        return [(0, header(self._rate))]

    def encode(self, block: bytes) -> Pieces:
        at = _HEADER_BYTES + self._bytes
        self._bytes += len(block)
        return [(at, block)]

    def finish(self) -> Pieces:
        """Write the header with the sizes."""
        return [(0, header(self._rate, data_bytes=self._bytes))]

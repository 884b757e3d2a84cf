"""WAV encoder: 16-bit mono RIFF; sizes are 0xFFFFFFFF until they are known."""

import struct
from typing import Final

from steadyvoice.client.svctl.files.encoder import Pieces

_UNKNOWN: Final = 0xFFFFFFFF
_HEADER_BYTES: Final = 44


class Wav:
    """An encoder (encoder.Encoder)."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._bytes = 0

    def _header(self, data_bytes: int) -> bytes:
        riff, data = min(data_bytes + _HEADER_BYTES - 8, _UNKNOWN), min(data_bytes, _UNKNOWN)
        return struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, self._rate, 2 * self._rate, 2, 16, b"data", data,
        )  # fmt: skip

    def begin(self) -> Pieces:
        return [(0, self._header(_UNKNOWN))]

    def encode(self, block: bytes) -> Pieces:
        at = _HEADER_BYTES + self._bytes
        self._bytes += len(block)
        return [(at, block)]

    def finish(self) -> Pieces:
        """Write the header with the sizes."""
        return [(0, self._header(self._bytes))]

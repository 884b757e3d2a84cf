"""WAV as it is made: 16-bit mono, to a file or a pipe (RIFF; sizes 0xFFFFFFFF where they cannot be known)."""

import struct
from typing import BinaryIO, Final

_OPEN: Final = 0xFFFFFFFF
_HEADER_BYTES: Final = 44


class Wav:
    """Write blocks; ``close`` puts the true sizes into the header where the file can be rewound."""

    def __init__(self, file: BinaryIO, sample_rate: int, *, rewind: bool = True) -> None:
        self._file, self._rate = file, sample_rate
        self._bytes = 0
        self._start = file.tell() if rewind and file.seekable() else None
        file.write(self._header(_OPEN))

    def _header(self, data_bytes: int) -> bytes:
        riff, data = min(data_bytes + _HEADER_BYTES - 8, _OPEN), min(data_bytes, _OPEN)
        return struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, self._rate, 2 * self._rate, 2, 16, b"data", data,
        )  # fmt: skip

    def write(self, block: bytes) -> None:
        """Samples, int16, little-endian."""
        self._file.write(block)
        self._bytes += len(block)

    def close(self) -> None:
        if self._start is not None:
            end = self._file.tell()
            self._file.seek(self._start)
            self._file.write(self._header(self._bytes))
            self._file.seek(end)
        self._file.flush()

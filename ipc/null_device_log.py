"""Log of the null device (``device = "null:FILE"``): one record for each block that it received."""

import struct
from pathlib import Path
from typing import Final, NamedTuple

RATE: Final = 48000
_RECORD: Final = struct.Struct("=7Q")


class Played(NamedTuple):
    """A block. Frame p of a device that was opened at ``opened`` is played at ``opened`` + p / 48000 s."""

    opened: int
    """When the device's clock started, monotonic nanoseconds."""
    written: int
    """When the block was written, monotonic nanoseconds."""
    position: int
    """Frame of the device at which the block begins."""
    frames: int
    """Frames of the block."""
    underrun_frames: int
    """Frames of silence before the block: the underrun, where it came too late."""
    queued: int
    """Frames in the device's buffer when the block was written."""
    sounding: int
    """Frames of the block up to its last one that is not 0."""

    def packed(self) -> bytes:
        return _RECORD.pack(*self)

    def heard_at(self, frame: int) -> float:
        """When that frame of the device was played, monotonic nanoseconds."""
        return self.opened + frame / RATE * 1e9


def read(path: Path) -> list[Played]:
    """All complete records. The last one may be half written where it crosses a page; it is left out."""
    data = path.read_bytes()
    return [Played(*fields) for fields in _RECORD.iter_unpack(data[: len(data) // _RECORD.size * _RECORD.size])]

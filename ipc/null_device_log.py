"""What the null device writes down (``device = "null:FILE"``): one record for each block that it was given."""

import struct
from pathlib import Path
from typing import Final, NamedTuple

RATE: Final = 48000
_RECORD: Final = struct.Struct("=7Q")


class Played(NamedTuple):
    """A block. Frame p of a device that was opened at ``opened`` is heard at ``opened`` + p / 48000 s."""

    opened: int
    """When the device's clock began, monotonic nanoseconds."""
    written: int
    """When the block came, likewise."""
    position: int
    """The frame at which it begins."""
    rows: int
    """Frames in it."""
    dry: int
    """Frames of silence before it, because nothing was there in time."""
    queued: int
    """Frames that were still to be heard when it came."""
    sounding: int
    """Frames up to the last one in it that is not 0."""

    def packed(self) -> bytes:
        return _RECORD.pack(*self)

    def heard_at(self, frame: int) -> float:
        """When that frame of the device was heard, monotonic nanoseconds."""
        return self.opened + frame / RATE * 1e9


def read(path: Path) -> list[Played]:
    """The blocks so far. The kernel may show half a record where one crosses a page: that one is not counted yet."""
    data = path.read_bytes()
    return [Played(*fields) for fields in _RECORD.iter_unpack(data[: len(data) // _RECORD.size * _RECORD.size])]

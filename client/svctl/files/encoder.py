"""The interface of the encoders of sound files."""

from typing import Protocol

Pieces = list[tuple[int, bytes]]
"""Bytes and their positions in the file. A position before the end patches a header; a pipe skips it."""


class Encoder(Protocol):
    """Encodes int16 mono samples. Call ``begin`` once, ``encode`` for each block, ``finish`` once."""

    def begin(self) -> Pieces: ...

    def encode(self, block: bytes) -> Pieces:
        """block: little-endian int16, at least one sample."""

    def finish(self) -> Pieces: ...

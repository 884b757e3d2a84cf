"""What every encoder of a sound file does."""

from typing import Protocol

Pieces = list[tuple[int, bytes]]
"""Bytes and their positions in the file. A position before the end corrects a header; a pipe does without."""


class Encoder(Protocol):
    """Makes a file of int16 mono samples. ``begin`` once, ``encode`` for each block, ``finish`` once."""

    def begin(self) -> Pieces: ...

    def encode(self, block: bytes) -> Pieces:
        """block: little-endian, at least one sample."""

    def finish(self) -> Pieces: ...

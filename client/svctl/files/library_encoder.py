"""Encodes FLAC, MP3, Ogg Vorbis and Ogg Opus with the package soundfile (libsndfile)."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import soundfile

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.files.encoder import Pieces

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LibraryEncoder:
    """An encoder (encoder.Encoder). InputUnusable if the library fails."""

    def __init__(self, format: str, subtype: str, sample_rate: int, **more: float) -> None:
        """more: further options of soundfile.SoundFile."""
        self._how: dict[str, object] = {"samplerate": sample_rate, "channels": 1, "format": format, "subtype": subtype}
        self._how |= more
        self._written = _Written()

    def begin(self) -> Pieces:
        with self._library():
            self._file = soundfile.SoundFile(self._written, "w", **self._how)
        return self._written.taken()

    def command(self, number: int, value: float) -> None:
        """Give libsndfile a command that takes a double, after ``begin``; soundfile has no function for it."""
        pointer = soundfile._ffi.new("double*", value)
        soundfile._snd.sf_command(self._file._file, number, pointer, soundfile._ffi.sizeof("double"))

    def encode(self, block: bytes) -> Pieces:
        if block:  # the library takes an empty block for the end, and the next one would crash it
            with self._library():
                self._file.buffer_write(block, "int16")
        return self._written.taken()

    def finish(self) -> Pieces:
        with self._library():
            self._file.close()
        return self._written.taken()

    @contextmanager
    def _library(self) -> Iterator[None]:
        with _signals_deferred():
            try:
                yield
            except soundfile.SoundFileError as error:
                raise InputUnusable(f"cannot encode: {error}") from error


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Defer signals: an exception raised in the library's callbacks would be printed and lost.

    A signal mask does not help: another thread would receive the signal, and the handler would still run here.
    """
    caught: list[int] = []
    numbers = [number for number in _SIGNALS if callable(signal.getsignal(number))]
    before = {number: signal.signal(number, lambda number, _: caught.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for arrived in caught:
            signal.raise_signal(arrived)


class _Written:
    """File object for the library: collects the bytes it writes and their positions. Never fails and never blocks."""

    def __init__(self) -> None:
        self._pieces: Pieces = []
        self._at = self._end = 0

    def taken(self) -> Pieces:
        pieces, self._pieces = self._pieces, []
        return pieces

    def write(self, data: bytes) -> int:
        at, last = self._pieces[-1] if self._pieces else (-1, b"")
        if at + len(last) == self._at:
            self._pieces[-1] = (at, last + data)
        else:
            self._pieces.append((self._at, data))
        self._at += len(data)
        self._end = max(self._end, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._end}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        return b""

    def flush(self) -> None: ...

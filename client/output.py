"""Where ``svctl speak -o`` puts the WAV: a file that appears when it is whole, or a pipe, as it is made."""

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from steadyvoice.ipc.errors import SteadyvoiceError

if TYPE_CHECKING:
    from steadyvoice.client.wav import Wav


class InputUnusable(SteadyvoiceError):
    """The text cannot be read or the audio cannot be written."""


class Output:
    def __init__(self, file: BinaryIO, name: str, part: str = "") -> None:
        self._file, self._name, self._part = file, name, part
        self._wav: Wav | None = None

    def write(self, block: bytes, sample_rate: int) -> None:
        """Samples, int16. InputUnusable where the disk is full. BrokenPipeError where nobody reads any more."""
        from steadyvoice.client.wav import Wav

        try:
            if self._wav is None:
                appends = fcntl.fcntl(self._file.fileno(), fcntl.F_GETFL) & os.O_APPEND
                self._wav = Wav(self._file, sample_rate, rewind=not appends)
            self._wav.write(block)
            if not self._part:
                self._file.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._unusable(error) from error

    def keep(self) -> None:
        """The speech is whole: complete the header, give the file its name."""
        try:
            if self._wav is not None:
                self._wav.close()
            if self._part:
                self._file.close()
                os.replace(self._part, self._name)
                self._part = ""
        except OSError as error:
            raise self._unusable(error) from error

    def drop(self) -> None:
        """Close what is not standard output; remove a file that is not whole."""
        if self._file is not sys.stdout.buffer:
            with contextlib.suppress(OSError):
                self._file.close()
        if self._part:
            with contextlib.suppress(OSError):
                os.unlink(self._part)

    def _unusable(self, error: OSError) -> InputUnusable:
        return InputUnusable(f"cannot write {self._name}: {error.strerror}; nothing was kept")


@contextmanager
def open_output(name: str | None) -> Iterator[Output | None]:
    """An output for ``-o NAME``, None without one. A file that is there stays as it is until its successor is whole."""
    if name is None:
        yield None
        return
    output = _open(name)
    try:
        yield output
    finally:
        output.drop()


def _open(name: str) -> Output:
    if name == "-":
        if sys.stdout.isatty():
            raise InputUnusable("will not write a WAV to the terminal; give a file name, or pipe it somewhere")
        return Output(sys.stdout.buffer, "standard output")
    try:
        if os.path.exists(name) and not os.path.isfile(name):
            return Output(open(name, "wb"), name)
        target = os.path.realpath(name)
        folder, base = os.path.split(target)
        part = os.path.join(folder, f".{base}.{os.urandom(4).hex()}.part")
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with contextlib.suppress(FileNotFoundError):
            os.fchmod(fd, os.stat(target).st_mode & 0o777)
        return Output(open(fd, "wb"), target, part)
    except OSError as error:
        raise InputUnusable(f"cannot write {name}: {error.strerror}") from error

"""The output of ``svctl speak -o``: a file that appears when it is complete, or a pipe that is written at once."""

import contextlib
import errno
import fcntl
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from steadyvoice.client.errors import InputUnusable as InputUnusable
from steadyvoice.client.svctl.files import formats
from steadyvoice.client.svctl.files.encoder import Encoder, Pieces
from steadyvoice.client.svctl.files.output_name import check_replaceable, followed, is_regular, shown
from steadyvoice.client.svctl.grammar import SpeakOptions

_STDOUT: Final = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)


class Output:
    """Encodes samples into an open file or pipe. For one thread."""

    def __init__(self, fd: int, name: str, format: str, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        """Sample rate to request from the daemon, in hertz; 0: the voice's own."""
        self._fd, self._name, self._format = fd, name, format
        self._encoder: Encoder | None = None
        self._start: int | None = None
        self._end = 0

    def write(self, block: bytes, sample_rate: int) -> None:
        """Write int16 samples. InputUnusable if the disk is full; BrokenPipeError if the reader has closed the pipe."""
        if self._encoder is None:
            self._encoder = formats.encoder(self._format, sample_rate)
            self._start = _position(self._fd)
            self._put(self._encoder.begin())
        self._put(self._encoder.encode(block))

    def keep(self) -> None:
        """Complete the file; the utterance has been spoken to its end."""
        if self._encoder is not None:
            self._put(self._encoder.finish())

    def drop(self) -> None:
        """Discard an incomplete file. Bytes already in a pipe stay."""
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def _put(self, pieces: Pieces) -> None:
        with self._failing():
            for position, data in pieces:
                if position == self._end:
                    _write(self._fd, data)
                    self._end += len(data)
                elif self._start is not None:
                    os.pwrite(self._fd, data, self._start + position)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputUnusable(f"cannot write {shown(self._name)}: {error.strerror}; nothing was kept") from error


class FileOutput(Output):
    """A file that is written under a temporary name beside its own until it is complete."""

    def __init__(self, name: str, force: bool, format: str, sample_rate: int) -> None:
        self._target, self._force = followed(name), force
        self._part = os.path.join(os.path.dirname(self._target), f".svctl-{os.urandom(6).hex()}.part")
        fd = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with contextlib.suppress(FileNotFoundError):
            os.fchmod(fd, os.stat(self._target).st_mode & 0o777)
        super().__init__(fd, name, format, sample_rate)

    def keep(self) -> None:
        super().keep()
        with self._failing():
            fd, self._fd = self._fd, -1
            os.close(fd)  # some network file systems report a full disk only here
            self._publish()

    def drop(self) -> None:
        super().drop()
        with contextlib.suppress(OSError):
            os.unlink(self._part)

    def _publish(self) -> None:
        """Rename the file to its name. Without ``force``, a file created there meanwhile is not replaced."""
        if self._force:
            os.replace(self._part, self._target)
            return
        try:
            os.link(self._part, self._target)
        except FileExistsError:
            raise self._appeared() from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if os.path.lexists(self._target):
                raise self._appeared() from None
            os.replace(self._part, self._target)

    def _appeared(self) -> InputUnusable:
        name = shown(self._name)
        return InputUnusable(f"{name} was created by another program meanwhile; nothing was kept; --force replaces it")


@contextmanager
def open_output(wanted: SpeakOptions) -> Iterator[Output | None]:
    """Open the output of ``-o NAME``; None without one.

    InputUnusable, before anything is spoken, if it is not writable.

    An existing file stays unchanged until the new one is complete.
    """
    if wanted.output is None:
        yield None
        return
    try:
        output = _open(wanted.output, wanted)
    except OSError as error:
        raise InputUnusable(f"cannot write {shown(wanted.output)}: {error.strerror}") from error
    try:
        yield output
    finally:
        output.drop()


def _open(name: str, wanted: SpeakOptions) -> Output:
    is_stdout = name in _STDOUT
    regular = not is_stdout and is_regular(name)
    format = wanted.format or formats.format_of(name, regular)
    sample_rate = formats.rate_for(format, wanted.sample_rate)
    formats.check_library(format)
    if regular:
        check_replaceable(name, wanted.force)
        return FileOutput(name, wanted.force, format, sample_rate)
    if is_stdout:
        sys.stdout.flush()
        fd, name = os.dup(sys.stdout.fileno()), "standard output"
    else:
        fd = os.open(name, os.O_WRONLY)
    if os.isatty(fd):
        os.close(fd)
        raise InputUnusable("will not write audio to a terminal; give a file name or use a pipe")
    return Output(fd, name, format, sample_rate)


def _position(fd: int) -> int | None:
    """Start position in the file; None if earlier bytes cannot be patched: a pipe, or a file opened for appending."""
    if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND:
        return None
    try:
        return os.lseek(fd, 0, os.SEEK_CUR)
    except OSError:
        return None


def _write(fd: int, data: bytes) -> None:
    """Write all bytes, unbuffered: a buffer would be flushed again at exit and could block it."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:  # the pipe was set to O_NONBLOCK by its creator
            select.select([], [fd], [])

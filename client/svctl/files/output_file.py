"""Where ``svctl speak -o`` puts the sound: a file that appears when it is whole, or a pipe, as the sound is made."""

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
    """Takes samples; encodes them into an open file or pipe."""

    def __init__(self, fd: int, name: str, format: str, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        """To ask the daemon for, in hertz; 0: the voice's own."""
        self._fd, self._name, self._format = fd, name, format
        self._encoder: Encoder | None = None
        self._start: int | None = None
        self._end = 0

    def write(self, block: bytes, sample_rate: int) -> None:
        """Samples, int16. InputUnusable where the disk is full. BrokenPipeError where nobody reads any more."""
        if self._encoder is None:
            self._encoder = formats.encoder(self._format, sample_rate)
            self._start = _position(self._fd)
            self._put(self._encoder.begin())
        self._put(self._encoder.encode(block))

    def keep(self) -> None:
        """The speech is whole: complete the file."""
        if self._encoder is not None:
            self._put(self._encoder.finish())

    def drop(self) -> None:
        """Take back what was not kept; a pipe keeps what it was given."""
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
    """A file that is written under another name beside its own until it is whole."""

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
            os.close(fd)  # some disks over a network say only here that they are full
            self._publish()

    def drop(self) -> None:
        super().drop()
        with contextlib.suppress(OSError):
            os.unlink(self._part)

    def _publish(self) -> None:
        """Give the file its name. Without ``force``, nothing that has appeared there meanwhile is replaced."""
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
        return InputUnusable(f"{name} has appeared since svctl began, and stays; nothing was kept; --force replaces it")


@contextmanager
def open_output(wanted: SpeakOptions) -> Iterator[Output | None]:
    """An output for ``-o NAME``, None without one. InputUnusable where it cannot be written: before anything is spoken.

    A file that is there stays as it is until its successor is whole.
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
        raise InputUnusable("will not write sound to a terminal; give a file name, or pipe it somewhere")
    return Output(fd, name, format, sample_rate)


def _position(fd: int) -> int | None:
    """Where a file begins for us; None where nothing can be corrected afterwards: in a pipe, or behind ``>>``."""
    if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND:
        return None
    try:
        return os.lseek(fd, 0, os.SEEK_CUR)
    except OSError:
        return None


def _write(fd: int, data: bytes) -> None:
    """All of it; not through a buffer, which would be flushed once more, and block, when the process is to end."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:  # a pipe that its maker has set to O_NONBLOCK
            select.select([], [fd], [])

"""How a command ends: what it prints, its one line on stderr, its exit status."""

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final, NoReturn

from steadyvoice.ipc.errors import SteadyvoiceError, UnusableSocketPath, one_line

REFUSED: Final = 1
UNREACHABLE: Final = 3
INTERRUPTED: Final = 130
_STDOUT: Final = "standard output"


def note(message: str) -> None:
    """A line on stderr; without a word where that cannot be written."""
    try:
        print(f"svctl: {one_line(message, 1000)}", file=sys.stderr)
    except OSError:
        _discard(2)


def _flush() -> None:
    """Write what is left where that can be: at its end Python would complain of a reader that has left."""
    try:
        sys.stdout.flush()
    except OSError:
        _discard(1)


def fail(message: str, status: int) -> NoReturn:
    _flush()
    note(message)
    sys.exit(status)


def guarded(run: Callable[[], int | None]) -> NoReturn:
    """Run a command; every expected end becomes one line and an exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup's stays
            signal.signal(number, lambda number, _: sys.exit(128 + number))  # tidily: what was begun is taken back
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
    try:
        try:
            status = with_output_checked(run) or 0
        finally:
            signal.signal(signal.SIGINT, before)
    except SteadyvoiceError as error:
        from steadyvoice.client.svctl.json_connection import DaemonUnreachable

        unreachable = isinstance(error, DaemonUnreachable | UnusableSocketPath)
        fail(str(error), UNREACHABLE if unreachable else REFUSED)
    except KeyboardInterrupt:
        _discard(1)
        status = INTERRUPTED
    sys.exit(status)


def with_output_checked(run: Callable[[], int | None]) -> int | None:
    """Run what prints, in any locale, and see that it was written. What the system refuses ends this process."""
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _named_stdout(sys.stdout)
    try:
        status = run()
        sys.stdout.flush()
    except SystemExit:  # by a signal
        _flush()
        raise
    except BrokenPipeError:
        _discard(1)
        sys.exit(REFUSED)
    except OSError as error:
        if error.filename == _STDOUT:
            _discard(1)
            fail(f"cannot write standard output: {error.strerror}", REFUSED)
        from steadyvoice.client.svctl import refusals

        fail(refusals.describe(error), REFUSED)
    except MemoryError:
        fail("there is not enough memory; free some, or raise the limit: ulimit -v", REFUSED)
    except ImportError as error:
        fail(f"a part of the program cannot be loaded: {error}; free some memory, or install it again", REFUSED)
    return status


class _Stdout(io.FileIO):
    """Its errors name it, as those of a file do."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BlockingIOError:
            raise
        except OSError as error:
            error.filename = _STDOUT
            raise


def _named_stdout(stdout: io.TextIOWrapper) -> io.TextIOWrapper:
    """The same stream. What its encoding lacks is written as an escape."""
    return io.TextIOWrapper(
        io.BufferedWriter(_Stdout(1, "w", closefd=False)),
        stdout.encoding,
        "backslashreplace",
        line_buffering=stdout.line_buffering,
        write_through=stdout.write_through,
    )


def _discard(fd: int) -> None:
    """Python writes what is left on its way out, and would complain once more."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, fd)
        os.close(null)
    except OSError:
        os.close(fd)


def print_json(data: object) -> None:
    """One object, in one line, at once; UTF-8 in every locale."""
    sys.stdout.buffer.write(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    sys.stdout.buffer.flush()

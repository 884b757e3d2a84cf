"""Output and end of a command: standard output, one line on stderr, and the exit status."""

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
    """Print a line on stderr. Write errors are ignored."""
    try:
        print(f"svctl: {one_line(message, 1000)}", file=sys.stderr)
    except OSError:
        _discard(2)


def _flush() -> None:
    """Flush standard output, or discard it if its reader has closed: Python would print a traceback at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        _discard(1)


def fail(message: str, status: int) -> NoReturn:
    _flush()
    note(message)
    sys.exit(status)


def guarded(run: Callable[[], int | None]) -> NoReturn:
    """Run a command and exit. Each expected error becomes one line on stderr and an exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # keep nohup's setting
            signal.signal(number, lambda number, _: sys.exit(128 + number))  # exit normally, so that cleanup runs
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
    """Run a function that prints, in any locale, and check that its output was written. Exits on system errors."""
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _named_stdout(sys.stdout)
    try:
        status = run()
        sys.stdout.flush()
    except SystemExit:  # raised by a signal handler
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
    except ImportError as error:
        fail(f"a module cannot be loaded: {error}; free some memory, or reinstall steadyvoice", REFUSED)
    return status


class _Stdout(io.FileIO):
    """Standard output that sets the file name in its OSErrors, as files do."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BlockingIOError:
            raise
        except OSError as error:
            error.filename = _STDOUT
            raise


def _named_stdout(stdout: io.TextIOWrapper) -> io.TextIOWrapper:
    """Wrap standard output. Characters that its encoding lacks are written as escapes."""
    return io.TextIOWrapper(
        io.BufferedWriter(_Stdout(1, "w", closefd=False)),
        stdout.encoding,
        "backslashreplace",
        line_buffering=stdout.line_buffering,
        write_through=stdout.write_through,
    )


def _discard(fd: int) -> None:
    """Redirect the descriptor to /dev/null: Python flushes its buffers at exit and would fail again."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, fd)
        os.close(null)
    except OSError:
        os.close(fd)


def print_json(data: object) -> None:
    """Print an object as one line of JSON and flush it; UTF-8 in every locale."""
    sys.stdout.buffer.write(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    sys.stdout.buffer.flush()

"""How a command ends: what it prints, its one line on stderr, its exit status."""

import json
import signal
import sys
from collections.abc import Callable
from typing import Final, NoReturn

from steadyvoice.ipc.errors import SteadyvoiceError

REFUSED: Final = 1
UNREACHABLE: Final = 3
INTERRUPTED: Final = 130


def fail(message: str, status: int) -> NoReturn:
    print(f"svctl: {message}", file=sys.stderr)
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
            status = run() or 0
            sys.stdout.flush()
        finally:
            signal.signal(signal.SIGINT, before)
    except SteadyvoiceError as error:
        from steadyvoice.client.lines import DaemonUnreachable

        fail(str(error), UNREACHABLE if isinstance(error, DaemonUnreachable) else REFUSED)
    except BrokenPipeError:
        _leave_closed_pipe()
        status = REFUSED
    except OSError as error:
        _leave_closed_pipe()
        fail(f"cannot write standard output: {error.strerror}", REFUSED)
    except KeyboardInterrupt:
        _leave_closed_pipe()
        status = INTERRUPTED
    sys.exit(status)


def _leave_closed_pipe() -> None:
    """Python flushes stdout on its way out and would complain of the closed pipe again."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def print_json(data: object) -> None:
    """One object, in one line, at once; UTF-8 in every locale."""
    sys.stdout.buffer.write(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    sys.stdout.buffer.flush()

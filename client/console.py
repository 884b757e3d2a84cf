"""How a command ends: what it prints, its one line on stderr, its exit status."""

import signal
import sys
from collections.abc import Callable
from typing import Final, NoReturn

import click

from steadyvoice.ipc.errors import SteadyvoiceError

REFUSED: Final = 1
UNREACHABLE: Final = 3
INTERRUPTED: Final = 130

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def fail(message: str, status: int) -> NoReturn:
    print(f"svctl: {message}", file=sys.stderr)
    sys.exit(status)


def guarded(run: Callable[[], int | None]) -> NoReturn:
    """Run a command; every expected end becomes one line and an exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))  # tidily: what was begun is taken back
    try:
        status = run() or 0
        sys.stdout.flush()
    except SteadyvoiceError as error:
        from steadyvoice.client.errors import DaemonUnreachable

        fail(str(error), UNREACHABLE if isinstance(error, DaemonUnreachable) else REFUSED)
    except BrokenPipeError:
        _leave_closed_pipe()
        status = REFUSED
    except OSError as error:
        _leave_closed_pipe()
        fail(f"cannot write standard output: {error.strerror}", REFUSED)
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def _leave_closed_pipe() -> None:
    """Python flushes stdout on its way out and would complain of the closed pipe again."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def print_json(data: object) -> None:
    import msgspec

    click.echo(msgspec.json.encode(data))

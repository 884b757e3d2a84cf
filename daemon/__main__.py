"""``svd``: the daemon in the foreground."""

import asyncio
import ctypes
import logging
import sys
from functools import partial
from pathlib import Path
from typing import Final

import click

from steadyvoice import __version__
from steadyvoice.daemon import config, journal, kernel
from steadyvoice.daemon.app import serve
from steadyvoice.ipc.errors import SteadyvoiceError, one_line
from steadyvoice.ipc.paths import socket_path

_M_MMAP_THRESHOLD: Final = -3  # malloc.h
_MIN_FILES: Final = 64
"""Descriptors; an idle daemon has 46 open."""


class TooFewFiles(SteadyvoiceError):
    """The limit on open files is too low for the daemon."""


class _OneLineFormatter(logging.Formatter):
    """Formats a record, its traceback included, as one line without control characters, so that text from a client can
    neither forge a record nor control a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record), 8000)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file; see docs/config.md.")
@click.option("--socket", "socket_option", help="Path of the socket; svctl --help shows the default.")
@click.option(
    "--check", "check_only", is_flag=True, help="Validate the configuration and exit: status 0 if it is usable."
)
@click.version_option(__version__, prog_name="svd")
def main(config_path: Path | None, socket_option: str | None, check_only: bool) -> None:
    """The Steadyvoice daemon, in the foreground. Stop it with SIGTERM or Ctrl-C."""
    to_journal = journal.is_stderr()
    handler = journal.JournalHandler() if to_journal else logging.StreamHandler()
    handler.setFormatter(_OneLineFormatter("%(message)s" if to_journal else "svd: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 18)  # a fixed threshold: memory of long messages is returned
    max_files = kernel.raise_descriptor_limit()
    try:
        if max_files < _MIN_FILES:
            raise TooFewFiles(f"svd needs {_MIN_FILES} open files, the limit is {max_files}; raise it: ulimit -n 1024")
        if check_only:
            sys.exit(_check(config.load_or_defaults(partial(config.load, config_path))))
        else:
            kernel.require_descriptor_passing()
            with asyncio.Runner(loop_factory=kernel.new_loop) as runner:
                runner.run(serve(partial(config.load, config_path), socket_path(socket_option)))
    except SteadyvoiceError as error:
        print(f"svd: {error}", file=sys.stderr)
        sys.exit(1)


def _check(checked: config.Config) -> int:
    """Print the problems of the configuration, or what was not checked; return the exit status."""
    from steadyvoice.daemon import check  # importing it lists the installed packages, which would delay the start

    found = check.problems(checked)
    for problem in [*found, *check.not_installed(checked)]:
        print(f"svd: {one_line(problem)}", file=sys.stderr)
    if not found:
        print(one_line(check.not_checked(checked)))
    return 1 if found else 0


if __name__ == "__main__":
    main()

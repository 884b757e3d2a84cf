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
_FEWEST_FILES: Final = 64
"""An idle daemon has 44 open."""


class TooFewFiles(SteadyvoiceError):
    """The limit on open files is lower than the daemon can work with."""


class _OneLine(logging.Formatter):
    """A record is a line, traceback and all: nothing that a client sends can look like another, or reach a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record), 8000)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file; see docs/config.md.")
@click.option("--socket", "socket_option", help="Where to listen; see svctl --help for the default.")
@click.option("--check", is_flag=True, help="Validate the configuration and exit: status 0 where it can be used.")
@click.version_option(__version__, prog_name="svd")
def main(config_path: Path | None, socket_option: str | None, check: bool) -> None:
    """The Steadyvoice daemon, in the foreground. Stop it with SIGTERM or Ctrl-C."""
    to_journal = journal.is_stderr()
    handler = journal.JournalHandler() if to_journal else logging.StreamHandler()
    handler.setFormatter(_OneLine("%(message)s" if to_journal else "svd: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 18)  # kept at that: what long messages took is given back
    most = kernel.allow_descriptors()
    try:
        if most < _FEWEST_FILES:
            raise TooFewFiles(
                f"{_FEWEST_FILES} open files are the least, the limit is {most}; raise it: ulimit -n 1024"
            )
        if check:
            sys.exit(_check(config.first(partial(config.load, config_path))))
        else:
            kernel.require()
            with asyncio.Runner(loop_factory=kernel.new_loop) as runner:
                runner.run(serve(partial(config.load, config_path), socket_path(socket_option)))
    except SteadyvoiceError as error:
        print(f"svd: {error}", file=sys.stderr)
        sys.exit(1)


def _check(read: config.Config) -> int:
    """Say what is wrong with it, or what was not checked; the exit status."""
    from steadyvoice.daemon.check import (
        not_checked,
        not_installed,
        problems,
    )  # which lists packages: the start does without

    found = problems(read)
    for problem in [*found, *not_installed(read)]:
        print(f"svd: {one_line(problem)}", file=sys.stderr)
    if not found:
        print(one_line(not_checked(read)))
    return 1 if found else 0


if __name__ == "__main__":
    main()

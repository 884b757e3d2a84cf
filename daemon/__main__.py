"""``svd``: the daemon in the foreground."""

import logging
import resource
import sys
from pathlib import Path

import click
import uvloop

from steadyvoice import __version__
from steadyvoice.daemon import config
from steadyvoice.daemon.app import serve
from steadyvoice.ipc.errors import SteadyvoiceError, one_line
from steadyvoice.ipc.paths import socket_path


class _OneLine(logging.Formatter):
    """A record is a line, traceback and all: nothing that a client sends can look like another, or reach a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record), 8000)


@click.command()
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file; see docs/config.md.")
@click.option("--socket", "socket_option", help="Where to listen; see svctl --help for the default.")
@click.version_option(__version__, prog_name="svd")
def main(config_path: Path | None, socket_option: str | None) -> None:
    """The Steadyvoice daemon, in the foreground. Stop it with SIGTERM or Ctrl-C."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("svd: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (most, most)
    )  # a stream takes three descriptors; nobody here uses select()
    try:
        uvloop.run(serve(config.load(config_path), socket_path(socket_option)))
    except SteadyvoiceError as error:
        print(f"svd: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

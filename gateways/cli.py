"""``svgate``: runs one gateway in the foreground.

By argparse, unlike the other programs: click would add a megabyte to each gateway, and 30 ms to its start.
"""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from steadyvoice import __version__
from steadyvoice.gateways.process import Options, run
from steadyvoice.ipc.gateway_settings import Gateways
from steadyvoice.ipc.installing import install_command


class _Gateway(NamedTuple):
    help: str
    listens: Callable[[Gateways], tuple[str, ...]] | None = None
    """Its configured addresses, if it has some."""


_GATEWAYS: Final = {
    "http": _Gateway(
        "HTTP of OpenAI, Piper and the providers of voice agents, and their WebSocket protocols.",
        lambda settings: settings.http.listen,
    ),
    "wyoming": _Gateway("Wyoming, for Home Assistant.", lambda settings: settings.wyoming.listen),
    "spiel": _Gateway("Spiel over D-Bus, for Orca and other desktop programs."),
    "mpris": _Gateway("MPRIS over D-Bus: media keys and playerctl pause and stop what is being read."),
}


def main() -> NoReturn:
    """Run the gateway that the command line names, as ``steadyvoice.gateways.NAME.serve``."""
    given = parser().parse_args()
    name, listens = given.gateway, _GATEWAYS[given.gateway].listens
    try:
        module = import_module(f"steadyvoice.gateways.{name}.serve")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("steadyvoice"):
            raise
        print(
            f"svgate {name}: the Python package {error.name!r} is missing; install it: {install_command(name)}",
            file=sys.stderr,
        )
        sys.exit(1)
    listen = tuple(given.listen) if listens else ()
    options = Options(given.config, given.socket, listen, not given.no_autostart)
    run(name, options, listens or (lambda _: ()), module.serve, getattr(module, "check", lambda host: None))


def parser() -> argparse.ArgumentParser:
    """Also for the man page: packages/man_pages.py."""
    parser = argparse.ArgumentParser(
        "svgate",
        allow_abbrev=False,
        description="Let programs speak that know another protocol than Steadyvoice's. "
        "One gateway a process, in the foreground.",
    )
    parser.add_argument("--version", action="version", version=f"svgate, version {__version__}")
    commands = parser.add_subparsers(dest="gateway", required=True, metavar="GATEWAY")
    for name, gateway in _GATEWAYS.items():
        command = commands.add_parser(name, help=gateway.help, description=gateway.help, allow_abbrev=False)
        if gateway.listens:
            command.add_argument(
                "--listen",
                metavar="ADDRESS",
                action="append",
                default=[],
                help="HOST:PORT or unix:/PATH in place of the configured addresses; may be repeated.",
            )
        command.add_argument("--config", type=Path, help="A TOML file; see docs/config.md.")
        command.add_argument("--socket", metavar="PATH", help="Socket of the daemon; svctl --help shows the default.")
        command.add_argument("--no-autostart", action="store_true", help="Do not start a daemon if none is running.")
    return parser


if __name__ == "__main__":
    main()

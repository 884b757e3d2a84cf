"""``svgate``: runs one gateway in the foreground."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from steadyvoice import __version__
from steadyvoice.gateways.process import Options, run
from steadyvoice.ipc.gateway_settings import Gateways
from steadyvoice.ipc.installing import install_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="svgate")
def main() -> None:
    """Let programs speak that know another protocol than Steadyvoice's. One gateway a process, in the foreground."""


def _gateway(
    name: str, listens: Callable[[Gateways], tuple[str, ...]] | None = None
) -> Callable[[Callable[[], None]], click.Command]:
    """A command that runs ``steadyvoice.gateways.NAME.serve``; listens: its configured addresses, if it has some."""

    def decorate(described: Callable[[], None]) -> click.Command:
        @wraps(described)
        def command(
            config: Path | None, socket: str | None, no_autostart: bool, listen: tuple[str, ...] = ()
        ) -> NoReturn:
            try:
                module = import_module(f"steadyvoice.gateways.{name}.serve")
            except ModuleNotFoundError as error:
                if (error.name or "").startswith("steadyvoice"):
                    raise
                raise click.ClickException(
                    f"the Python package {error.name!r} is missing; install it: {install_command(name)}"
                ) from error
            options = Options(config, socket, listen, not no_autostart)
            run(name, options, listens or (lambda _: ()), module.serve, getattr(module, "check", lambda host: None))

        shown = click.command(name)(command)
        for option in reversed(
            [
                *([_LISTEN] if listens else []),
                click.Option(["--config"], type=click.Path(path_type=Path), help="A TOML file; see docs/config.md."),
                click.Option(
                    ["--socket"], metavar="PATH", help="Socket of the daemon; svctl --help shows the default."
                ),
                click.Option(["--no-autostart"], is_flag=True, help="Do not start a daemon if none is running."),
            ]
        ):
            shown.params.insert(0, option)
        main.add_command(shown)
        return shown

    return decorate


_LISTEN = click.Option(
    ["--listen"],
    metavar="ADDRESS",
    multiple=True,
    help="HOST:PORT or unix:/PATH in place of the configured addresses; may be repeated.",
)


@_gateway("http", lambda settings: settings.http.listen)
def http() -> None:
    """OpenAI's and Piper's HTTP, and WebSocket protocols of voice agents."""


@_gateway("wyoming", lambda settings: settings.wyoming.listen)
def wyoming() -> None:
    """Wyoming, for Home Assistant."""


@_gateway("spiel")
def spiel() -> None:
    """Spiel over D-Bus, for Orca and other desktop programs."""


@_gateway("mpris")
def mpris() -> None:
    """MPRIS over D-Bus: media keys and playerctl pause and stop what is being read."""


if __name__ == "__main__":
    main()

"""Shared by several commands: the command group, options and shell completion of arguments."""

from collections.abc import Callable
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from steadyvoice.client.svctl.console import with_output_checked

_ORDER: Final = (
    "speak",
    "stop",
    "pause",
    "resume",
    "skip",
    "live",
    "status",
    "top",
    "metrics",
    "voices",
    "converters",
    "models",
    "lexicon",
    "plugins",
    "restart",
    "quit",
    "doctor",
    "trace",
    "profile",
    "hold",
)
"""Order of commands in the help. Others follow by name; ``bench``, for developers, is last."""


class Commands(click.Group):
    """Lists commands in the order of _ORDER; reports output errors of help and usage in one line."""

    def list_commands(self, context: click.Context) -> list[str]:
        known = [name for name in _ORDER if name in self.commands]
        others = sorted(self.commands.keys() - set(_ORDER), key=lambda name: (name == "bench", name))
        return known + others

    def shell_complete(self, context: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        items = super().shell_complete(context, incomplete)
        for item in items:
            if item.value in self.commands:
                item.help = self.commands[item.value].get_short_help_str(200)  # click cuts it at 45 characters
        return items

    def main(self, *arguments: Any, **more: Any) -> Any:
        return with_output_checked(lambda: super(Commands, self).main(*arguments, **more))


JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

_COMPLETION_S = 1.0
"""Completion gives up after this time."""


def complete_voice(context: click.Context, _: click.Parameter, begun: str) -> "list[CompletionItem[str]]":
    """Voices of the running daemon; none if no daemon runs."""
    return _known(context, "voices", begun, _about_voice)


def complete_pull(context: click.Context, _: click.Parameter, begun: str) -> "list[CompletionItem[str]]":
    """Voices that can be downloaded: Kokoro, Soprano, and the daemon's voices that are not installed."""
    soprano = [CompletionItem(name) for name in ("kokoro", "soprano", "soprano-1.0") if name.startswith(begun)]
    return soprano + _known(context, "voices", begun, _about_voice, installed=False)


def _about_voice(voice: dict[str, Any]) -> str:
    return f"{voice['language']}, {voice['engine']}"


def complete_converter(context: click.Context, _: click.Parameter, begun: str) -> "list[CompletionItem[str]]":
    """Converters of the running daemon; none if no daemon runs."""
    return _known(context, "converters", begun, lambda converter: str(converter["family"]))


def _known(
    context: click.Context, kind: str, begun: str, about: Callable[[dict[str, Any]], str], installed: bool = True
) -> "list[CompletionItem[str]]":
    from steadyvoice.client.svctl.json_connection import JsonConnection
    from steadyvoice.ipc.errors import SteadyvoiceError
    from steadyvoice.ipc.paths import socket_name

    try:
        with JsonConnection(socket_name(context.find_root().params.get("socket"))) as daemon:
            known = daemon.ask(kind, _COMPLETION_S)[kind]
    except SteadyvoiceError:
        return []
    return [
        CompletionItem(each["name"], help=about(each))
        for each in known
        if each["installed"] == installed and each["name"].startswith(begun)
    ]

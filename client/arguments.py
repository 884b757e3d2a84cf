"""Options that several commands have."""

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")

_COMPLETION_S = 1.0
"""Nobody waits longer for a list."""


def complete_voice(context: click.Context, _: click.Parameter, begun: str) -> "list[CompletionItem[str]]":
    """The voices of the daemon that runs; none where none does."""
    return _known(context, "voices", begun, lambda voice: f"{voice['language']}, {voice['engine']}")


def complete_converter(context: click.Context, _: click.Parameter, begun: str) -> "list[CompletionItem[str]]":
    """Its converters, likewise."""
    return _known(context, "converters", begun, lambda converter: str(converter["family"]))


def _known(
    context: click.Context, kind: str, begun: str, about: Callable[[dict[str, Any]], str]
) -> "list[CompletionItem[str]]":
    from steadyvoice.client.lines import Lines
    from steadyvoice.ipc.errors import SteadyvoiceError
    from steadyvoice.ipc.paths import socket_name

    try:
        with Lines(socket_name(context.find_root().params.get("socket"))) as daemon:
            known = daemon.ask(kind, _COMPLETION_S)[kind]
    except SteadyvoiceError:
        return []
    return [
        CompletionItem(each["name"], help=about(each))
        for each in known
        if each["installed"] and each["name"].startswith(begun)
    ]

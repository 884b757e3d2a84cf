"""Options that several commands have."""

import click
from click.shell_completion import CompletionItem

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")

_COMPLETION_S = 1.0
"""Nobody waits longer for a list."""


def complete_voice(context: click.Context, _: click.Parameter, begun: str) -> "list[CompletionItem[str]]":
    """The voices of the daemon that runs; none where none does."""
    from steadyvoice.client.lines import Lines
    from steadyvoice.ipc.errors import SteadyvoiceError
    from steadyvoice.ipc.paths import socket_name

    try:
        with Lines(socket_name(context.find_root().params.get("socket"))) as daemon:
            voices = daemon.ask("voices", _COMPLETION_S)["voices"]
    except SteadyvoiceError:
        return []
    return [
        CompletionItem(voice["name"], help=f"{voice['language']}, {voice['engine']}")
        for voice in voices
        if voice["installed"] and voice["name"].startswith(begun)
    ]

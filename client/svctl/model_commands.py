"""``svctl models``: which models are loaded; load and unload one."""

from typing import Any, Final

import click

from steadyvoice.client.svctl import actions
from steadyvoice.client.svctl.arguments import JSON
from steadyvoice.client.svctl.console import guarded, print_json
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.client.svctl.json_connection import ANSWER_S
from steadyvoice.client.svctl.render import table

_LOAD_S: Final = 600.0
"""Longest wait for a model; the daemon ends a process that hangs while it loads."""
_MIB: Final = 1 << 20


def _ask(target: Target, kind: str, as_json: bool, timeout: float, **fields: object) -> None:
    with actions.connected_or_started(target) as daemon:
        found: list[dict[str, Any]] = daemon.ask(kind, timeout, **fields)["models"]
    print_json(found) if as_json else click.echo(_text(found))


def _text(models: list[dict[str, Any]]) -> str:
    rows = [["model", "state", "for", "memory", "used by", "pinned"]]
    for each in models:
        memory = f"{each['bytes'] // _MIB} MiB" if each["bytes"] else ""
        since = f"{each['since']:.0f} s" if each["state"] != "cold" else ""
        rows.append(
            [each["name"], each["state"], since, memory, str(each["users"] or ""), "yes" if each["pinned"] else ""]
        )
    return table(rows)


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """List, load and unload models."""
    if context.invoked_subcommand is None:
        guarded(lambda: _ask(context.obj, "models", as_json, ANSWER_S))
    elif as_json:
        raise click.UsageError(f"put --json after {context.invoked_subcommand}")


@models.command(epilog="Example: svctl models load soprano")
@click.argument("model")
@JSON
@click.pass_obj
def load(target: Target, model: str, as_json: bool) -> None:
    """Load MODEL, an engine or a family of converters, and wait for it."""
    guarded(lambda: _ask(target, "load", as_json, _LOAD_S, model=model))


@models.command(epilog="Example: svctl models unload soprano")
@click.argument("model")
@JSON
@click.pass_obj
def unload(target: Target, model: str, as_json: bool) -> None:
    """End the processes of MODEL. Refused while an utterance uses it."""
    guarded(lambda: _ask(target, "unload", as_json, _LOAD_S, model=model))

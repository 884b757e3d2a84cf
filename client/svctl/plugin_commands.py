"""``svctl plugins``: list, write and check plugins of live sound, in a child process: only workers load them."""

import os
from collections.abc import Callable
from typing import Any, Final

import click

from steadyvoice.client.svctl.arguments import JSON
from steadyvoice.client.svctl.console import REFUSED, fail, guarded, print_json
from steadyvoice.client.svctl.render import table
from steadyvoice.client.svctl.store import ask_worker

_RATE: Final = 48000


def _perform(do: str, as_json: bool, text: Callable[[dict[str, Any]], str], **request: Any) -> None:
    def run() -> int:
        what, see = f"plugins {do}", "svctl plugins list"
        answer, status = ask_worker("steadyvoice.workers.plugins", {"do": do, **request}, what, see)
        if status and "breaches" not in answer:
            fail(answer["problem"], status)
        if as_json:
            print_json(answer["plugins"] if do == "list" else answer)
        elif status and "problem" in answer:
            fail(answer["problem"], status)
        else:
            click.echo(text(answer))
        return REFUSED if status else 0

    guarded(run)


def _list_text(answer: dict[str, Any]) -> str:
    rows = [["plugin", "parameter", "default", "values", ""]]
    for each in answer["plugins"]:
        rows.append([each["name"], "", "", "", each["problem"] or each["doc"]])
        rows += [["", of["name"], _value(of["default"]), of["range"], of["doc"]] for of in each["parameters"]]
    return table(rows)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _new_text(answer: dict[str, Any]) -> str:
    shown = answer["shown"]
    return f'{answer["path"]} is a plugin that works; svctl plugins check {shown} checks it, plugins = ["{shown}"] in '\
           "[live] of the configuration permits it"  # fmt: skip


def _check_text(answer: dict[str, Any]) -> str:
    measured = answer["measured_latency"]
    lines = [
        f"{answer['plugin']}: {'breaks the contract' if answer['breaches'] else 'keeps the contract'}",
        f"  cost of a block     p50 {answer['p50_us']:.0f} us, p99 {answer['p99_us']:.0f} us, "
        f"of {answer['budget_us']:.0f} us",
        f"  latency             {_latency(answer['latency'])} declared, "
        + ("not measurable" if measured is None else f"{_latency(measured)} measured"),
        f"  memory of a block   {answer['allocated_bytes']} bytes",
        f"  waits in a block    {answer['waits_us']:.0f} us",
        f"  opened in           {answer['open_ms']:.0f} ms",
    ]
    lines += [f"  breach: {each}" for each in answer["breaches"]]
    lines += [f"  warning: {each}" for each in answer["warnings"]]
    return "\n".join(lines)


def _latency(samples: int) -> str:
    return f"{samples} samples ({samples * 1000 / _RATE:.1f} ms)" if samples else "0"


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def plugins(context: click.Context, as_json: bool) -> None:
    """List, write and check plugins of live sound."""
    if context.invoked_subcommand is None:
        _perform("list", as_json, _list_text)
    elif as_json:
        raise click.UsageError(f"put --json after {context.invoked_subcommand}")


@plugins.command("list")
@JSON
def list_plugins(as_json: bool) -> None:
    """List the installed plugins with their parameters."""
    _perform("list", as_json, _list_text)


@plugins.command(epilog="Example: svctl plugins new ~/robot.py")
@click.argument("file", type=click.Path())
@JSON
def new(file: str, as_json: bool) -> None:
    """Write a plugin to FILE, which must not exist: it works, and is to be changed."""
    _perform("new", as_json, _new_text, path=os.path.abspath(os.path.expanduser(file)))


@plugins.command(epilog="Examples: svctl plugins check ~/robot.py   svctl plugins check shift:pitch=3")
@click.argument("plugin")
@JSON
def check(plugin: str, as_json: bool) -> None:
    """Run PLUGIN with several sounds; show what it costs, and whether it keeps its contract.

    PLUGIN is a FILE.py, the name of an installed plugin, or MODULE:CLASS, with :NAME=VALUE for each parameter. It runs
    in a process of its own, which is ended if it hangs. The exit status is 1 where the contract is broken.
    """
    _perform("check", as_json, _check_text, plugin=_absolute(plugin))


def _absolute(plugin: str) -> str:
    """A file's path is made absolute, because the child has no working directory of its own."""
    file, colon, rest = plugin.partition(":")
    if file.endswith(".py"):
        file = os.path.abspath(os.path.expanduser(file))
    return f"{file}{colon}{rest}"

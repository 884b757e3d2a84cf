"""The man pages of ``svctl``, ``svd`` and ``svgate``, made from the help that the programs print."""

import argparse
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import click

from steadyvoice import __version__
from steadyvoice.client.svctl import commands as svctl
from steadyvoice.daemon import __main__ as svd
from steadyvoice.gateways import cli as svgate

_EXIT_STATUS: Final = """\
.SH EXIT STATUS
0: done. 1: the daemon refused it, or it failed. 2: wrong usage. 3: no daemon can be reached. 130: interrupted.
"""
_FILES: Final = """\
.SH FILES
.TP
.I ~/.config/steadyvoice/config.toml
The configuration, which is optional. Its keys:
.IR /usr/share/doc/steadyvoice/docs/config.md .
"""
_SPECIAL: Final = str.maketrans(
    {"\\": r"\(rs", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
)
"""groff_char(7): signs that troff would print as others."""


@dataclass(frozen=True)
class Command:
    """A program, or one of its commands, as its help describes it."""

    name: str
    """From the program on: ``svctl voices add``."""
    usage: str
    """The words after the name."""
    paragraphs: list[str]
    options: list[tuple[str, str]]
    """``-v, --voice NAME``, and what it does."""
    examples: str = ""
    below: "list[Command]" = field(default_factory=list)

    def all(self) -> "Iterator[Command]":
        """The command, and all commands below it, in the order of the help."""
        yield self
        for command in self.below:
            yield from command.all()


def programs() -> list[Command]:
    return [
        of_click(svctl.main, click.Context(svctl.main, info_name="svctl", **svctl.main.context_settings)),
        of_click(svd.main, click.Context(svd.main, info_name="svd", **svd.main.context_settings)),
        of_argparse(svgate.parser()),
    ]


def of_click(command: click.Command, context: click.Context) -> Command:
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    below = []
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                below.append(of_click(child, click.Context(child, info_name=name, parent=context)))
    return Command(
        context.command_path,
        " ".join(command.collect_usage_pieces(context)),
        [_line(each) for each in inspect.cleandoc(command.help or "").split("\n\n")],
        [(name, _line(text)) for name, text in filter(None, records) if text],  # arguments have none
        command.epilog or "",
        below,
    )


def of_argparse(parser: argparse.ArgumentParser) -> Command:
    options, below = [], []
    for action in parser._actions:  # argparse has no public list of them
        if isinstance(action, argparse._SubParsersAction):
            below = [of_argparse(child) for child in action.choices.values()]
        elif action.option_strings:
            value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
            options.append((", ".join(action.option_strings) + value, _line(action.help or "")))
    usage = _line(parser.format_usage()).removeprefix("usage: ").removeprefix(parser.prog).strip()
    return Command(parser.prog, usage, [_line(parser.description or "")], options, below=below)


def _line(text: str) -> str:
    return " ".join(text.split())


def escaped(text: str) -> str:
    """Text that troff prints as it is: also signs, and a full stop at the beginning of a line."""
    return "\\&" * text.startswith(".") + text.translate(_SPECIAL)


def page(program: Command, others: list[str]) -> str:
    """The man page, in section 1. others: programs that it refers to."""
    summary = program.paragraphs[0].rstrip(".").partition(". ")[0]
    name = escaped(program.name)
    text = f'.TH {program.name.upper()} 1 "" "Steadyvoice {__version__}" "User Commands"\n'
    text += f".SH NAME\n{name} \\- {escaped(summary[0].lower() + summary[1:])}\n"
    text += f".SH SYNOPSIS\n.B {name}\n{escaped(program.usage)}\n"
    text += f".SH DESCRIPTION\n{_body(program.paragraphs, program.examples)}"
    text += f".SH OPTIONS\n{_options(program)}"
    if program.below:
        text += ".SH COMMANDS\n"
    for command in list(program.all())[1:]:
        text += f".SS {escaped(f'{command.name} {command.usage}')}\n"
        text += _body(command.paragraphs, command.examples) + _options(command)
    text += (_EXIT_STATUS if program.name == "svctl" else "") + _FILES
    return f"{text}.SH SEE ALSO\n{', '.join(rf'{escaped(other)}(1)' for other in others)}\n"


def _body(paragraphs: list[str], examples: str) -> str:
    parts = [escaped(paragraph) for paragraph in paragraphs]
    if examples:
        parts.append(f".nf\n{chr(10).join(escaped(each.strip()) for each in examples.split('   '))}\n.fi")
    return "\n.PP\n".join(parts) + "\n"


def _options(command: Command) -> str:
    return "".join(f".TP\n.B {escaped(name)}\n{escaped(text)}\n" for name, text in command.options)


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    found = programs()
    return {
        f"{program.name}.1": page(program, [other.name for other in found if other is not program]) for program in found
    }

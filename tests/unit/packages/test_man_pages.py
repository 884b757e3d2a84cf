"""The man pages have every command and option that the programs' own help has."""

import re
import shutil
import subprocess
from collections.abc import Iterator

import click
import man_pages
import pytest

from steadyvoice.client.svctl.commands import main as svctl
from steadyvoice.daemon.__main__ import main as svd
from steadyvoice.gateways import cli as svgate

PAGES = man_pages.pages()


def helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """The name of each command, and what its ``--help`` prints."""
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.commands[name]
            yield from helps(child, click.Context(child, info_name=name, parent=context))


def of_click(command: click.Command, name: str) -> list[tuple[str, str]]:
    return list(helps(command, click.Context(command, info_name=name, **command.context_settings)))


def options(help: str) -> list[str]:
    """``--voice`` of each line that begins with options, without the values."""
    lines = re.findall(r"^  (-\S.*?)(?:  .*)?$", help, re.M)
    return [option for line in lines for option in re.findall(r"(?<![\w-])-{1,2}[a-z][\w-]*", line)]


@pytest.mark.parametrize(("program", "name"), [(svctl, "svctl"), (svd, "svd")])
def test_every_command_and_option_of_the_help_is_in_the_page(program: click.Command, name: str) -> None:
    text = PAGES[f"{name}.1"]
    parts = dict(re.findall(r"^\.SS ([^\n[]*?) *(?:\[[^\n]*)?\n(.*?)(?=^\.S[SH])", text + ".SH", re.M | re.S))
    found = of_click(program, name)
    for command, help in found:
        part = text if command == name else parts[man_pages.escaped(command)]
        assert all(man_pages.escaped(option) in part for option in options(help)), command
    assert len(parts) == len(found) - 1
    assert any("--pitch" in options(help) for _, help in found) is (name == "svctl")


def test_every_gateway_and_option_of_the_help_is_in_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGES["svgate.1"]
    for gateway in ("http", "wyoming", "spiel", "mpris"):
        with pytest.raises(SystemExit):
            svgate.parser().parse_args([gateway, "--help"])
        part = text.partition(f".SS svgate {gateway}")[2].partition("\n.S")[0]
        named = options(capsys.readouterr().out)
        assert "--config" in named
        assert all(man_pages.escaped(option) in part for option in named), gateway


def test_the_page_of_a_made_up_command() -> None:
    options = [("-x, --ex N", "Ex.")]
    command = man_pages.Command("say", "[TEXT]", ["Say it. Loudly.", ".TEXT's end"], options, "say a   say b")
    lines = man_pages.page(command, ["svd"]).splitlines()
    assert lines[1 : lines.index(".SH FILES")] == [
        ".SH NAME", "say \\- say it",
        ".SH SYNOPSIS", ".B say", "[TEXT]",
        ".SH DESCRIPTION", "Say it. Loudly.", ".PP", "\\&.TEXT\\(aqs end", ".PP", ".nf", "say a", "say b", ".fi",
        ".SH OPTIONS", ".TP", ".B \\-x, \\-\\-ex N", "Ex.",
    ]  # fmt: skip
    assert lines[-2:] == [".SH SEE ALSO", "svd(1)"]


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
@pytest.mark.parametrize("name", PAGES)
def test_groff_has_nothing_to_warn_of(name: str) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z"], input=PAGES[name], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")

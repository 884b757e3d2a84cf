"""``svctl lexicon``: how words are pronounced, in the lexicon files of the user and of the machine."""

from collections.abc import Callable
from typing import Any

import click

from steadyvoice.client.svctl import store
from steadyvoice.client.svctl.arguments import JSON, complete_voice
from steadyvoice.client.svctl.console import fail, guarded, note, print_json
from steadyvoice.client.svctl.grammar import clean

LANGUAGE = click.option("--language", metavar="L", default="", help="Only for voices of this language: en, en-GB.")
VOICE = click.option("--voice", metavar="V", default="", shell_complete=complete_voice, help="Only for this voice.")
MACHINE = click.option("--machine", is_flag=True, help="In /etc/steadyvoice, for all users, not in your own file.")


def _perform(do: str, as_json: bool, text: Callable[[dict[str, Any]], str], **chosen: Any) -> None:
    def run() -> None:
        words = {name: clean(value) if isinstance(value, str) else value for name, value in chosen.items()}
        answer, status = store.perform(kind="lexicon", do=do, **words)
        if status:
            fail(answer["problem"], status)
        if as_json:
            return print_json(answer["entries"] if do == "entries" else answer)
        if said := text(answer):
            click.echo(said)
        if answer.get("note"):
            note(answer["note"])

    guarded(run)


def _change_text(answer: dict[str, Any]) -> str:
    return f"{answer['word']}: {answer['what']} in {answer['path']}"


def _import_text(answer: dict[str, Any]) -> str:
    where = f" [{answer['language']}]" if answer["language"] else ""
    return f"{answer['entries']} entries added to {answer['path']}{where}, {answer['replaced']} of them replaced others"


def _entries_text(answer: dict[str, Any]) -> str:
    rows = [
        (each["word"], each["pronunciation"], each["voice"] or each["language"] or "all", each["of"])
        for each in answer["entries"]
    ]
    if not rows:
        note("no entries; svctl lexicon add WORD PRONUNCIATION adds one")
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
                     for row in rows)  # fmt: skip


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def lexicon(context: click.Context, as_json: bool) -> None:
    """List, add, import and remove pronunciations of words.

    A daemon uses them from its next utterance on.
    """
    if context.invoked_subcommand is None:
        _perform("entries", as_json, _entries_text)
    elif as_json:
        raise click.UsageError(f"put --json after {context.invoked_subcommand}")


@lexicon.command(epilog='Examples: svctl lexicon add nginx "engine x"   svctl lexicon add cache /k\u00e6\u0283/')
@click.argument("word")
@click.argument("pronunciation")
@LANGUAGE
@VOICE
@MACHINE
@JSON
def add(as_json: bool, **chosen: Any) -> None:
    """Say WORD as PRONUNCIATION, which is other words, or phonemes as /ipa/.

    A WORD with a capital letter is only that spelling; one without is any capitalisation. WORD may be several words.
    """
    _perform("add", as_json, _change_text, **chosen)


@lexicon.command(epilog="Example: svctl lexicon remove nginx")
@click.argument("word")
@LANGUAGE
@VOICE
@MACHINE
@JSON
def remove(as_json: bool, **chosen: Any) -> None:
    """Remove the pronunciation of WORD."""
    _perform("remove", as_json, _change_text, **chosen)


@lexicon.command("list")
@JSON
def list_entries(as_json: bool) -> None:
    """List all pronunciations: word, pronunciation, language or voice, and the file's owner."""
    _perform("entries", as_json, _entries_text)


@lexicon.command("import", epilog="Example: svctl lexicon import names.pls")
@click.argument("source", metavar="FILE", type=click.Path())
@LANGUAGE
@VOICE
@MACHINE
@JSON
def import_file(as_json: bool, **chosen: Any) -> None:
    """Add the pronunciations in FILE: PLS 1.0, or lines of a word, a tab and its IPA.

    They replace those of the same words. The language is that of a PLS file, unless --language names another.
    """
    _perform("import_file", as_json, _import_text, **chosen)

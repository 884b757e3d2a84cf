"""``svctl``'s commands and options for click: help, completion and usage errors."""

import difflib
import itertools
import sys
from typing import Any

import click

from steadyvoice import __version__
from steadyvoice.client.svctl import actions, grammar
from steadyvoice.client.svctl import completion as completions
from steadyvoice.client.svctl.arguments import JSON, Commands, complete_converter, complete_voice
from steadyvoice.client.svctl.bench.commands import bench
from steadyvoice.client.svctl.console import REFUSED, guarded, print_json
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.client.svctl.inspection_commands import hold, profile, top
from steadyvoice.client.svctl.lexicon_commands import lexicon
from steadyvoice.client.svctl.live_commands import live
from steadyvoice.client.svctl.model_commands import models
from steadyvoice.client.svctl.plugin_commands import plugins
from steadyvoice.client.svctl.speechd_commands import speechd
from steadyvoice.client.svctl.store_commands import converters, voices
from steadyvoice.client.svctl.trace_command import trace
from steadyvoice.ipc.paths import socket_path


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--socket",
    metavar="PATH",
    help="Socket of the daemon.  [$STEADYVOICE_SOCKET, else in $XDG_RUNTIME_DIR or /run]",
)
@click.option("--no-autostart", is_flag=True, help="Do not start a daemon if none is running.")
@click.version_option(__version__, prog_name="svctl")
@click.pass_context
def main(context: click.Context, socket: str | None, no_autostart: bool) -> None:
    """Speak text and control the Steadyvoice daemon."""
    context.obj = Target(socket, not no_autostart)


class _SpeakClickCommand(click.Command):
    """Arguments are parsed by ``grammar``, as on the quick path; click provides help and completion."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if context.resilient_parsing or {"-h", "--help"}.intersection(itertools.takewhile("--".__ne__, args)):
            return super().parse_args(context, args)
        try:
            context.params["wanted"] = grammar.speak_words(args)
        except grammar.UsageError as mistake:
            raise _usage_error(self, context, mistake) from None
        return []


def _usage_error(command: click.Command, context: click.Context, mistake: grammar.UsageError) -> click.UsageError:
    if not mistake.option:
        return click.UsageError(str(mistake), context)
    known = [name for parameter in command.params for name in parameter.opts if name.startswith("-")]
    near = difflib.get_close_matches(mistake.option, known)
    hint = "" if near else "; to speak it, put -- before the text"
    return click.NoSuchOption(mistake.option, f"{mistake}{hint}", near, context)


def _click_option(option: grammar.Option) -> click.Option:
    """For help and completion, and for ``read`` also to parse."""
    complete = {"voice": complete_voice, "converter": complete_converter}
    default = getattr(grammar.SpeakOptions, option.name)
    flag = isinstance(default, bool)
    more: dict[str, Any] = {} if flag else {"metavar": option.metavar}
    if option.name in ("file", "output"):
        more["type"] = click.Path()
    elif option.name in ("format", "priority", "punctuation"):
        more["type"] = click.Choice(option.metavar.split("|"))
    shown = option.default or (str(default) if default and not flag else "")
    text = f"{option.help}  [{shown}]" if shown else option.help
    spellings = [*option.spellings, option.name]
    return click.Option(spellings, help=text, is_flag=flag, shell_complete=complete.get(option.name), **more)


@main.command(
    cls=_SpeakClickCommand,
    params=[click.Argument(["text"], nargs=-1), *map(_click_option, grammar.SPEAK)],
    epilog="Examples: svctl speak Hello world.   make 2>&1 | svctl speak -   svctl speak -f book.txt -o book.flac",
)
@click.pass_obj
def speak(target: Target, /, wanted: grammar.SpeakOptions) -> None:
    """Speak TEXT; without it, or with -, speak standard input.

    Standard input is spoken as it arrives.
    """
    from steadyvoice.client.svctl.speak import speak

    guarded(lambda: speak(target, wanted))


@main.command(epilog="Example: svctl stop 12")
@click.argument("ids", nargs=-1, type=click.IntRange(0, 2**63 - 1))
@JSON
@click.pass_obj
def stop(target: Target, ids: tuple[int, ...], as_json: bool) -> None:
    """Cancel the utterances with these IDs; without IDs, cancel all."""
    guarded(lambda: actions.stop(target, ids, as_json))


@main.command()
@JSON
@click.pass_obj
def pause(target: Target, as_json: bool) -> None:
    """Pause playback on the sound device until svctl resume."""
    guarded(lambda: actions.pause(target, as_json))


@main.command()
@JSON
@click.pass_obj
def resume(target: Target, as_json: bool) -> None:
    """Resume playback at the sample where it was paused."""
    guarded(lambda: actions.resume(target, as_json))


@main.command()
@click.option("--sentence", is_flag=True, help="Skip only the rest of the current sentence.")
@JSON
@click.pass_obj
def skip(target: Target, sentence: bool, as_json: bool) -> None:
    """Skip the rest of the utterance that is playing."""
    guarded(lambda: actions.skip(target, sentence, as_json))


@main.command(epilog="Example: svctl status --json | jq .underruns")
@JSON
@click.pass_obj
def status(target: Target, as_json: bool) -> None:
    """Show the state of the daemon and its stages."""
    guarded(lambda: actions.status(target, as_json))


@main.command(epilog="Example: svctl metrics | grep underruns")
@JSON
@click.pass_obj
def metrics(target: Target, as_json: bool) -> None:
    """Print what the daemon measures of itself, for Prometheus."""
    guarded(lambda: actions.metrics(target, as_json))


def _entries(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Entries of a lexicon."""
    if wrong := next((each for each in given if "=" not in each), None):
        raise click.BadParameter(f"{wrong!r} has no =, as in nginx='engine x' or cache=/k\u00e6\u0283/")
    return {word: pronunciation for word, _, pronunciation in (grammar.clean(each).partition("=") for each in given)}


@main.command(epilog="Example: svctl read 'Take .5 mg at 7:30 pm.'")
@click.argument("text", nargs=-1, required=True)
@click.option("-v", "--voice", default="", metavar="NAME", shell_complete=complete_voice, help="Voice.")
@click.option(
    "--lexicon",
    multiple=True,
    metavar="WORD=PRONUNCIATION",
    callback=_entries,
    help="Read WORD as other words, or as /ipa/, this time; may be repeated.",
)
@JSON
@click.pass_obj
def read(target: Target, /, text: tuple[str, ...], voice: str, as_json: bool, **options: object) -> None:
    """Show how TEXT (- for standard input) would be read; speaks nothing."""

    def run() -> None:
        chosen: dict[str, object] = {name: value for name, value in options.items() if value}
        actions.read(target, sys.stdin.read() if text == ("-",) else " ".join(text), voice, as_json, **chosen)

    guarded(run)


read.params += map(_click_option, grammar.READ)


@main.command()
@JSON
@click.pass_obj
def doctor(target: Target, as_json: bool) -> None:
    """Check sound, permissions and configuration; suggest fixes."""

    def run() -> int:
        from steadyvoice.client.svctl.doctor import doctor

        checks = doctor.examine(socket_path(target.socket))
        if as_json:
            import msgspec

            print_json(msgspec.to_builtins(checks))
        else:
            click.echo(doctor.text(checks))
        return 0 if all(check.ok for check in checks) else REFUSED

    guarded(run)


@main.command(epilog='Example, in ~/.bashrc: eval "$(svctl completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL."""
    click.echo(completions.script(main, shell))


@main.command()
@JSON
@click.pass_obj
def restart(target: Target, as_json: bool) -> None:
    """Stop the daemon immediately and start it again."""
    from steadyvoice.client.svctl import lifecycle

    guarded(lambda: lifecycle.restart(target, as_json))


@main.command()
@click.option("--purge", is_flag=True, help="Also remove cache, state and log; keep voices and configuration.")
@JSON
@click.pass_obj
def quit(target: Target, purge: bool, as_json: bool) -> None:
    """Stop the daemon immediately."""
    from steadyvoice.client.svctl import lifecycle

    guarded(lambda: lifecycle.quit(target, purge, as_json))


for group in (live, top, voices, converters, models, lexicon, plugins, trace, profile, hold, speechd, bench):
    main.add_command(group)

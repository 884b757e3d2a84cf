"""``svctl``'s commands and their options, for people: help, completion, and a word on each mistake."""

from typing import Any

import click

from steadyvoice import __version__
from steadyvoice.client import actions
from steadyvoice.client.arguments import JSON, complete_converter, complete_voice
from steadyvoice.client.bench.commands import bench
from steadyvoice.client.console import REFUSED, guarded, print_json
from steadyvoice.client.plain import PRIORITIES, Options, Target
from steadyvoice.client.store_commands import converters, voices
from steadyvoice.ipc.paths import socket_path


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--socket", help="The daemon's socket [$STEADYVOICE_SOCKET, else in $XDG_RUNTIME_DIR or /run].")
@click.option("--no-autostart", is_flag=True, help="Never start a daemon.")
@click.version_option(__version__, prog_name="svctl")
@click.pass_context
def main(context: click.Context, socket: str | None, no_autostart: bool) -> None:
    """Speak, and control the Steadyvoice daemon."""
    context.obj = Target(socket, not no_autostart)


@main.command(epilog="Example: make 2>&1 | svctl speak -")
@click.argument("text", required=False)
@click.option("-f", "--file", type=click.Path(), help="Speak this file.")
@click.option("-o", "--output", type=click.Path(), metavar="FILE.wav", help="Write a WAV instead; - is stdout.")
@click.option("--sample-rate", default=0, metavar="HERTZ", help="Of the WAV, 8000 to 192000  [the voice's own]")
@click.option("--voice", default="", shell_complete=complete_voice, help="See svctl voices.")
@click.option("--rate", default=1.0, show_default=True, help="Speed, 0.5 to 2.")
@click.option("--volume", default=1.0, show_default=True, help="Loudness, 0 to 2.")
@click.option("--converter", default="", shell_complete=complete_converter, help="See svctl converters.")
@click.option("--pitch", default=0.0, show_default=True, help="Semitones up, -24 to 24.")
@click.option("--formant", default=0.0, show_default=True, help="A smaller or larger head: semitones, -12 to 12.")
@click.option(
    "--priority",
    default="message",
    show_default=True,
    type=click.Choice(PRIORITIES),
    help="Who waits for whom on the sound device, and who falls silent for whom.",
)
@click.option("--detach", is_flag=True, help="Return at once; the daemon goes on.")
@JSON
@click.pass_obj
def speak(target: Target, /, **chosen: Any) -> None:
    """Speak TEXT; without it, or with -, standard input as it comes."""
    from steadyvoice.client import speak as command

    options = Options(**chosen)
    if conflict := options.conflict():
        raise click.UsageError(conflict)
    guarded(lambda: command.speak(target, options))


@main.command(epilog="Example: svctl stop 12")
@click.argument("ids", nargs=-1, type=click.IntRange(0, 2**63 - 1))
@JSON
@click.pass_obj
def stop(target: Target, ids: tuple[int, ...], as_json: bool) -> None:
    """Silence utterances at once: those named, else all."""
    guarded(lambda: actions.stop(target, ids, as_json))


@main.command()
@JSON
@click.pass_obj
def pause(target: Target, as_json: bool) -> None:
    """Silence the sound device where it is, until resume."""
    guarded(lambda: actions.pause(target, as_json))


@main.command()
@JSON
@click.pass_obj
def resume(target: Target, as_json: bool) -> None:
    """Go on from the sample at which the device was paused."""
    guarded(lambda: actions.resume(target, as_json))


@main.command()
@click.option("--sentence", is_flag=True, help="Only what is left of the sentence.")
@JSON
@click.pass_obj
def skip(target: Target, sentence: bool, as_json: bool) -> None:
    """Leave out what is left of the utterance that plays."""
    guarded(lambda: actions.skip(target, sentence, as_json))


@main.command(epilog="Example: svctl status --json | jq .underruns")
@JSON
@click.pass_obj
def status(target: Target, as_json: bool) -> None:
    """What the daemon and its stages are doing."""
    guarded(lambda: actions.status(target, as_json))


@main.command()
@JSON
@click.pass_obj
def doctor(target: Target, as_json: bool) -> None:
    """Check sound, rights and permissions; say how to mend each."""

    def run() -> int:
        from steadyvoice.client import doctor

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
    """Print the script by which SHELL completes svctl."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "svctl", "_SVCTL_COMPLETE").source())


for group in (voices, converters, bench):
    main.add_command(group)

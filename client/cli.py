"""``svctl``: the commands and their options. What a command does is in the module it imports when it runs."""

import sys
from dataclasses import dataclass
from typing import Any

import click

from steadyvoice import __version__
from steadyvoice.client.bench.commands import bench
from steadyvoice.client.console import JSON, REFUSED, guarded, print_json
from steadyvoice.ipc.paths import socket_path


@dataclass(frozen=True)
class Target:
    """Which daemon, and whether one may be started."""

    socket: str | None
    autostart: bool


def _open_closed_streams() -> None:
    """A shell may close them (``<&-``): Python then has None in their place, and the next file takes their number."""
    import os

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - as long as the process


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--socket", help="The daemon's socket [$STEADYVOICE_SOCKET, else in $XDG_RUNTIME_DIR or /run].")
@click.option("--no-autostart", is_flag=True, help="Never start a daemon.")
@click.version_option(__version__, prog_name="svctl")
@click.pass_context
def main(context: click.Context, socket: str | None, no_autostart: bool) -> None:
    """Speak, and control the Steadyvoice daemon."""
    _open_closed_streams()
    context.obj = Target(socket, not no_autostart)


@main.command()
@click.argument("text", required=False)
@click.option("-f", "--file", type=click.Path(), help="Speak this file.")
@click.option("-o", "--output", metavar="FILE.wav", help="Write a WAV instead of playing; - is stdout.")
@click.option("--voice", default="", help="See svctl voices.")
@click.option("--rate", default=1.0, show_default=True, help="Speed, 0.5 to 2.")
@click.option("--volume", default=1.0, show_default=True, help="Loudness, 0 to 2.")
@click.option("--detach", is_flag=True, help="Return at once; the daemon goes on.")
@JSON
@click.pass_obj
def speak(target: Target, /, text: str | None, **options: Any) -> None:
    """Speak TEXT; without TEXT, or with -, standard input as it arrives."""
    from steadyvoice.client import speak as command

    if text is not None and options["file"] is not None:
        raise click.UsageError("give TEXT or -f FILE, not both")
    if options["detach"] and options["output"] is not None:
        raise click.UsageError("--detach plays on the sound device; it cannot go with -o")
    guarded(lambda: command.speak(target.socket, target.autostart, command.Options(text=text, **options)))


@main.command()
@click.argument("ids", nargs=-1, type=click.IntRange(0, 2**63 - 1))
@JSON
@click.pass_obj
def stop(target: Target, ids: tuple[int, ...], as_json: bool) -> None:
    """Silence utterances at once: those named, else all."""

    def run() -> None:
        with _client(target) as client:
            heard = client.cancel(*ids, everyone=not ids)
        if as_json:
            print_json({"utterances": [{"id": h.id, "heard_chars": h.heard_chars} for h in heard]})

    guarded(run)


@main.command()
@JSON
@click.pass_obj
def status(target: Target, as_json: bool) -> None:
    """What the daemon and its stages are doing."""

    def run() -> None:
        from steadyvoice.client.render import status_text

        with _client(target) as client:
            data = client.status()
        print_json(data) if as_json else click.echo(status_text(data))

    guarded(run)


@main.command()
@JSON
@click.pass_obj
def voices(target: Target, as_json: bool) -> None:
    """The voices that can be spoken with."""

    def run() -> None:
        import msgspec

        from steadyvoice.client.render import voices_text

        with _client(target) as client:
            found = client.voices()
        print_json(msgspec.to_builtins(found)) if as_json else click.echo(voices_text(found))

    guarded(run)


@main.command()
@JSON
@click.pass_obj
def doctor(target: Target, as_json: bool) -> None:
    """Check sound, real-time rights and permissions; say how to mend each."""

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


main.add_command(bench)


def _client(target: Target) -> Any:
    from steadyvoice.client.client import Client

    return Client(socket_path(target.socket))


if __name__ == "__main__":
    main()

"""``svctl trace``: the command's options."""

import re

import click

from steadyvoice.client.svctl.arguments import JSON, complete_converter, complete_voice
from steadyvoice.client.svctl.console import guarded
from steadyvoice.client.svctl.grammar import Target, clean

_UTTERANCE = "utterance"
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0}
_MOST_S = 3600.0


def _seconds(_: click.Context, __: click.Parameter, given: str | None) -> float | None:
    """Of ``--last``; 0: the last utterance; None: it was not given."""
    if given is None or given == _UTTERANCE:
        return None if given is None else 0.0
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", given)
    if found is None or found[2] not in _UNITS or not 0 < float(found[1]) * _UNITS[found[2]] <= _MOST_S:
        raise click.BadParameter(f"{given!r} is no duration up to an hour, such as 60s or 2m")
    return float(found[1]) * _UNITS[found[2]]


@click.command(
    epilog="Examples: svctl trace Hello there.   svctl trace --last -o last.svg   svctl trace --last 60s   "
    "my-program | svctl trace - -o written.html"
)
@click.argument("text", nargs=-1)
@click.option("--id", "number", type=click.IntRange(1, 2**63 - 1), metavar="N", help="The utterance or live session N.")
@click.option(
    "--last",
    is_flag=False,
    flag_value=_UTTERANCE,
    metavar="[DURATION]",
    callback=_seconds,
    help="The last utterance (also without options), or all of the last DURATION: 60s, 2m.",
)
@click.option("-f", "--file", type=click.Path(), metavar="FILE", help="A trace that the daemon has kept.")
@click.option("--device", is_flag=True, help="Speak TEXT on the sound device, not to this program.")
@click.option("-v", "--voice", default="", metavar="VOICE", shell_complete=complete_voice, help="Voice of TEXT.")
@click.option("--converter", default="", metavar="NAME", shell_complete=complete_converter, help="Voice converter.")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE",
    help="Write a picture (.svg, .html), trace events (.json), or OpenTelemetry (.otlp.json).",
)
@click.option("--force", is_flag=True, help="Replace an existing FILE.")
@JSON
@click.pass_obj
def trace(
    target: Target,
    text: tuple[str, ...],
    number: int | None,
    last: float | None,
    file: str | None,
    device: bool,
    voice: str,
    converter: str,
    output: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Show what each stage did for an utterance, and when.

    With TEXT (- for standard input, as it arrives), speak it and trace that.
    """
    asked = [name for name, value in (("TEXT", text), ("--id", number), ("--last", last), ("-f", file))
             if value not in (None, ())]  # fmt: skip
    if len(asked) > 1:
        raise click.UsageError(f"give one of {' and '.join(asked)}")
    if not text and (device or voice or converter):
        raise click.UsageError("--device, --voice and --converter are for TEXT")
    if force and output is None:
        raise click.UsageError("--force needs -o FILE")

    def run() -> None:
        from steadyvoice.client.svctl.trace import files, sources

        writer = files.writer(output, force=force) if output is not None else None
        if text:
            options = {
                name: value for name, value in (("voice", clean(voice)), ("converter", clean(converter))) if value
            }
            found = sources.spoken(target, clean(" ".join(text)), device=device, **options)
        elif file is not None:
            found = sources.kept(file)
        else:
            found = sources.asked(target, number or 0, last or 0.0)
        files.show(found, writer, as_json=as_json)

    guarded(run)

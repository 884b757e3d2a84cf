"""``svctl top``, ``profile`` and ``hold``: the commands' options."""

import os

import click

from steadyvoice.client.svctl.arguments import JSON
from steadyvoice.client.svctl.console import guarded
from steadyvoice.client.svctl.grammar import Target


@click.command(epilog="Examples: svctl top   svctl top -b -n 3 -d 1   svctl top --json | jq .stages")
@click.option("-b", "--batch", is_flag=True, help="Print readings as lines, for files and programs.")
@click.option("-n", "--count", type=click.IntRange(1), default=None, metavar="N", help="End after N readings.")
@click.option(
    "-d", "--delay", type=click.FloatRange(0.1, 3600), default=0.5, show_default=True, help="Seconds between readings."
)
@JSON
@click.pass_obj
def top(target: Target, batch: bool, count: int | None, delay: float, as_json: bool) -> None:
    """Show stages and utterances as they work; h lists the keys.

    Rates are those of the last two seconds. --json prints an object for each reading.
    """

    def run() -> None:
        from steadyvoice.client.svctl.top import top as action

        if batch or as_json:
            action.batch(target, delay, count or 0, as_json)
        else:
            action.interactive(target, delay, count or 0)

    guarded(run)


_STAGE = click.argument("stage", nargs=-1, required=True)


@click.command(epilog="Examples: svctl profile generator   svctl profile vocoder soprano --torch -o trace.json")
@_STAGE
@click.option("--seconds", type=click.IntRange(1, 600), default=5, show_default=True, help="Length of the record.")
@click.option("--rate", type=click.IntRange(1, 1000), default=100, show_default=True, help="Samples per second.")
@click.option("-o", "--output", metavar="FILE", help="Write FILE: .json for speedscope, .svg a flame graph, .txt raw.")
@click.option("--torch", is_flag=True, help="Record its next blocks with torch's profiler, into FILE.json.")
@click.option("--blocks", type=click.IntRange(1, 1000), default=20, show_default=True, help="Blocks with --torch.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@JSON
@click.pass_obj
def profile(
    target: Target,
    stage: tuple[str, ...],
    seconds: int,
    rate: int,
    output: str | None,
    torch: bool,
    blocks: int,
    force: bool,
    as_json: bool,
) -> None:
    """Show where STAGE, as in svctl status, spends its time, by py-spy or torch, while it runs."""
    endings = (".json",) if torch else (".json", ".svg", ".txt")
    if torch and output is None:
        raise click.UsageError("--torch needs -o FILE.json")
    if output is not None and os.path.splitext(output)[1] not in endings:
        raise click.UsageError(f"{output!r} ends in none of {' '.join(endings)}, which names the format")

    def run() -> None:
        from steadyvoice.client.svctl import profile as action

        wanted = action.Wanted(" ".join(stage), seconds, rate, output, blocks if torch else 0, force, as_json)
        action.profile(target, wanted)

    guarded(run)


@click.command(epilog="Examples: svctl hold vocoder soprano   svctl hold generator --run 'gdb -p {pid}'")
@_STAGE
@click.option("--seconds", type=click.FloatRange(1, 3600), default=600, show_default=True, help="Longest time.")
@click.option("--run", "command", metavar="COMMAND", help="Hold it while COMMAND runs; {pid} is the stage's process.")
@JSON
@click.pass_obj
def hold(target: Target, stage: tuple[str, ...], seconds: float, command: str | None, as_json: bool) -> None:
    """Let a debugger stop STAGE, as in svctl status, without it being replaced for hanging, until Ctrl-C."""

    def run() -> int:
        from steadyvoice.client.svctl import hold as action

        return action.hold(target, " ".join(stage), seconds, command, as_json)

    guarded(run)

"""``svctl bench all, compare, check, figures``: what is done with benchmarks' results."""

from pathlib import Path

import click

from steadyvoice.client.svctl.arguments import JSON
from steadyvoice.client.svctl.console import REFUSED, guarded, note, print_json

_RESULTS = click.Path(path_type=Path)


def _name(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> list[str]:
    from steadyvoice.client.svctl.bench.kept.everything import BENCHMARKS

    if wrong := [name for name in given if name not in BENCHMARKS]:
        raise click.BadParameter(f"{wrong[0]!r} is none of {', '.join(BENCHMARKS)}")
    return list(given or BENCHMARKS)


@click.command("all")
@click.argument("names", nargs=-1, metavar="[NAME...]", callback=_name)
@click.option("--quick", is_flag=True, help="As few rounds as can be compared at all.")
@JSON
def all_benchmarks(names: list[str], quick: bool, as_json: bool) -> None:
    """Run all benchmarks, or those named, and save each result.

    In artifacts/bench/DATE/all-TIME, below this directory. One that fails does not end the series, and Ctrl-C leaves
    what is saved.
    """

    def run() -> int:
        from steadyvoice.client.svctl.bench.kept import everything

        series: list[everything.Done] = []
        try:
            for one in everything.run(names, quick, everything.folder()):
                note(everything.line(one))
                series.append(one)
        finally:
            if series:
                print_json(everything.as_json(series)) if as_json else click.echo(everything.text(series))
        return REFUSED if any(one.status for one in series) else 0

    guarded(run)


@click.command()
@click.argument("before", metavar="A", type=_RESULTS)
@click.argument("after", metavar="B", type=_RESULTS)
@JSON
def compare(before: Path, after: Path, as_json: bool) -> None:
    """Tell what changed from A to B beyond noise.

    A and B: saved results, or folders with results; of several runs of a benchmark the values are joined.
    """

    def run() -> None:
        from steadyvoice.client.svctl.bench.kept import comparison, files
        from steadyvoice.client.svctl.bench.kept.compare import compare

        found = compare(files.runs([before]), files.runs([after]))
        print_json(comparison.as_json(found)) if as_json else click.echo(comparison.text(found))

    guarded(run)


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILES...]", type=_RESULTS)
@JSON
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check saved results against their targets and keys.

    FILES: saved results, or folders, of which the last result of each benchmark counts  [artifacts/bench]. Exits with 1
    if a target is not met or a key is missing.
    """

    def run() -> int:
        from steadyvoice.client.svctl.bench.kept import check, files

        found = check.check(files.newest(files.runs(paths or files.default())))
        print_json(check.as_json(found)) if as_json else click.echo(check.text(found))
        return 0 if found.passed else REFUSED

    guarded(run)


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILES...]", type=_RESULTS)
@JSON
def figures(paths: tuple[Path, ...], as_json: bool) -> None:
    """Draw saved results: an SVG file beside each.

    FILES: saved results, or folders  [artifacts/bench].
    """

    def run() -> None:
        from steadyvoice.client.svctl.bench.kept import figures, files

        written = [str(figures.write(each)) for each in files.runs(paths or files.default())]
        print_json({"written": written}) if as_json else click.echo("\n".join(written))

    guarded(run)


COMMANDS = (all_benchmarks, compare, check, figures)

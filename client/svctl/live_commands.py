"""``svctl live``: the command's options."""

import click

from steadyvoice.client.svctl.arguments import JSON
from steadyvoice.client.svctl.console import guarded
from steadyvoice.client.svctl.grammar import Target


@click.command(
    epilog="Examples: svctl live --through highpass:hz=120,shift:pitch=4   svctl live --from tone --to tone.wav   "
    "svctl live --change --through gain:db=6"
)
@click.option(
    "--from",
    "source",
    metavar="SOURCE",
    help="mic, mic:NAME, tone, tone:HZ, sweep, noise, silence, a sound file, or a named pipe.  [mic]",
)
@click.option("--through", metavar="PLUGINS", help="Plugins, in order: NAME[:PARAMETER=VALUE…],…; see svctl plugins.")
@click.option("--to", "sink", metavar="device|FILE|-", help="Sound device, file, or standard output.  [device]")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("--monitor", is_flag=True, help="Show levels, latency and the plugins' cost while it runs.")
@click.option("--detach", is_flag=True, help="Return at once; svctl live --stop ends it.")
@click.option("--change", is_flag=True, help="Change the plugins of the session that runs; without --through, retry.")
@click.option("--stop", is_flag=True, help="End the session that runs.")
@JSON
@click.pass_obj
def live(
    target: Target,
    source: str | None,
    through: str | None,
    sink: str | None,
    force: bool,
    monitor: bool,
    detach: bool,
    change: bool,
    stop: bool,
    as_json: bool,
) -> None:
    """Play the microphone, or another source, through plugins as it comes, until Ctrl-C."""
    from steadyvoice.client.svctl import live as actions

    if change and stop:
        raise click.UsageError("--change and --stop exclude each other")
    if (change or stop) and (source is not None or sink is not None or monitor or detach or force):
        raise click.UsageError("--change and --stop are for the session that runs: leave out the other options")
    if stop and through is not None:
        raise click.UsageError("--stop ends the session: leave out --through")
    to_device = sink in (None, "device")
    if detach and not to_device:
        raise click.UsageError("--detach plays on the sound device; it cannot be used with --to")
    if detach and monitor:
        raise click.UsageError("--monitor shows a session while it runs; leave out --detach")
    if force and to_device:
        raise click.UsageError("--force needs --to FILE")
    if stop:
        guarded(lambda: actions.stop(target, as_json))
    if change:
        guarded(lambda: actions.change(target, through, as_json))
    wanted = actions.Wanted(
        "mic" if source is None else source, through or "", None if to_device else sink, force, monitor, detach, as_json
    )
    guarded(lambda: actions.run(target, wanted))

"""``svctl bench NAME``: the options of each measurement; what it does is in the module of its name."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from steadyvoice.client.svctl.arguments import JSON
from steadyvoice.client.svctl.console import guarded, print_json


@click.group()
def bench() -> None:
    """The project's measurements, each beside its reference."""


def _measurement(name: str, *options: Callable[[Any], Any]) -> Callable[[Callable[[], None]], click.Command]:
    """A command that runs ``measure`` of its module with its options, and prints ``text`` of the result."""

    def command(described: Callable[[], None]) -> click.Command:
        def callback(as_json: bool, **chosen: Any) -> None:
            def run() -> int:
                module = import_module(f"steadyvoice.client.svctl.bench.{name.replace('-', '_')}")
                result = module.measure(**chosen)
                print_json(result) if as_json else click.echo(module.text(result))
                return module.status(result) if hasattr(module, "status") else 0

            guarded(run)

        for option in (JSON, *reversed(options)):
            callback = option(callback)
        return bench.command(name, help=described.__doc__)(callback)

    return command


def _rounds(default: int, what: str) -> Callable[[Any], Any]:
    return click.option("--rounds", default=default, show_default=True, type=click.IntRange(min=1), help=what)


def _seconds(default: float) -> Callable[[Any], Any]:
    return click.option(
        "--seconds", default=default, show_default=True, type=click.FloatRange(min=1), help="How long each part runs."
    )


_DEVICE = click.option(
    "--device", default="null", show_default=True, help="Sound device; null: a clock that nobody hears."
)
_MONITOR = click.option(
    "--monitor", default="", help="Hear it at this PulseAudio source (NAME.monitor) with parec, not in the daemon."
)


@_measurement(
    "first-audio",
    _rounds(100, "Rounds of each sentence."),
    click.option("--cold", default=3, show_default=True, type=click.IntRange(min=0), help="Daemon starts."),
)
def first_audio() -> None:
    """Request sent to first PCM at the client, against the bare model call; and from no daemon at all."""


@_measurement("command", _rounds(30, "Of every command."))
def command() -> None:
    """A command started to its effect at a sound server's sink: speak, stop, and the process itself; beside spd-say."""


@_measurement("ring", _rounds(15, "Rounds of 10,000 blocks each."))
def ring() -> None:
    """One block from process to process through the ring, against a raw copy, a pipe and a queue."""


@_measurement("hop", _rounds(2000, "Blocks in each condition."))
def hop() -> None:
    """From one stage done with a block to the next one starting, against a bare semaphore; idle and under load."""


@_measurement("overlap", _rounds(25, "Chunks."))
def overlap() -> None:
    """Stages that cost 400 and 160 ms a chunk: pipelined against one after the other."""


@_measurement(
    "pipeline",
    _rounds(5, "Rounds: at once, then in turn."),
    click.option("--sentences", default=9, show_default=True, type=click.IntRange(min=1), help="Of each round."),
    click.option("--voice", default="", help="Of this machine  [one with random weights]"),
    click.option("--converter", default="", help="Likewise."),
)
def pipeline() -> None:
    """Full-size neural stages, Soprano into RVC: pipelined against one after the other."""


@_measurement("underrun", _seconds(60), _DEVICE)
def underrun() -> None:
    """48 kHz in blocks of 512, two busy loops on each core: gaps, drift, jitter; against one process with a queue."""


@_measurement("barge-in", _rounds(100, "Cancels."), _DEVICE, _MONITOR)
def barge_in() -> None:
    """Cancel sent to ring silent, and to the last audible sample at the sink."""


@_measurement(
    "concurrency",
    _seconds(10),
    click.option("--most", default=128, show_default=True, type=click.IntRange(1, 240), help="Streams at the most."),
)
def concurrency() -> None:
    """Simultaneous real-time streams, doubled until one runs dry; and beside readers that have fallen asleep."""


@_measurement("writer", _rounds(20, "Texts."))
def writer() -> None:
    """A text written as a language model writes: how soon it is heard, and when its words are told."""


@_measurement(
    "soak",
    click.option("--minutes", default=10.0, show_default=True, type=click.FloatRange(min=0.1), help="How long."),
    click.option("--seed", type=int, help="What happens by chance, again; not when.  [random]"),
    click.option("--standby", "standbys", is_flag=True, help="Keep a warm standby process for each stage."),
)
def soak() -> None:
    """Everything at once while stages are killed: nothing may be lost, left behind or hang; how soon each is back."""

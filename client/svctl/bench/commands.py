"""``svctl bench NAME``: the options of each benchmark; the module of its name runs it."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from steadyvoice.client.svctl.arguments import JSON
from steadyvoice.client.svctl.bench.kept.commands import COMMANDS
from steadyvoice.client.svctl.console import guarded, note, print_json


@click.group()
def bench() -> None:
    """Run the project's benchmarks, each with a reference."""


for kept in COMMANDS:
    bench.add_command(kept)

_SAVE = click.option("--save", is_flag=True, help="Keep the result in artifacts/bench/DATE/, below this directory.")
_FOLDER = click.option("--folder", type=click.Path(path_type=Path), hidden=True)
"""Of a series: for ``bench all``, which saves its results together."""


def _measurement(name: str, *options: Callable[[Any], Any]) -> Callable[[Callable[[], None]], click.Command]:
    """A command that calls ``measure`` of its module with its options."""

    def command(described: Callable[[], None]) -> click.Command:
        def callback(as_json: bool, save: bool, folder: Path | None, **chosen: Any) -> None:
            guarded(lambda: _measure(name, chosen, save=save, folder=folder, as_json=as_json))

        for option in (JSON, _FOLDER, _SAVE, *reversed(options)):
            callback = option(callback)
        return bench.command(name, help=described.__doc__)(callback)

    return command


def _measure(name: str, chosen: dict[str, Any], *, save: bool, folder: Path | None, as_json: bool) -> int:
    """Measure, save if asked to, and print. The result is printed also if it cannot be saved."""
    from steadyvoice.client.svctl.bench.kept.record import Record
    from steadyvoice.client.svctl.bench.kept.values import split

    module = import_module(f"steadyvoice.client.svctl.bench.{name.replace('-', '_')}")
    record = Record(chosen, folder) if save else None
    result, values = split(module.measure(**chosen))
    problem = None
    if record is not None:
        try:
            result["saved"] = str(record.save(result, values))
        except OSError as error:
            problem = error
    print_json(result) if as_json else click.echo(module.text(result))
    if problem is not None:
        raise problem
    if record is not None:
        note(f"saved as {result['saved']}")
    return module.status(result) if hasattr(module, "status") else 0


def _rounds(default: int, what: str) -> Callable[[Any], Any]:
    return click.option("--rounds", default=default, show_default=True, type=click.IntRange(min=1), help=what)


def _seconds(default: float) -> Callable[[Any], Any]:
    return click.option(
        "--seconds",
        default=default,
        show_default=True,
        type=click.FloatRange(min=1),
        help="Duration of each part in seconds.",
    )


_DEVICE = click.option(
    "--device", default="null", show_default=True, help="Sound device; null: a simulated device with an exact clock."
)
_MONITOR = click.option("--monitor", default="", help="Record from this PulseAudio source (NAME.monitor) with parec.")


_VOICE = click.option("--voice", default="", help="An installed voice.  [the embedded one]")


@_measurement(
    "first-audio",
    _rounds(100, "Measurements of each sentence."),
    _VOICE,
    click.option("--cold", default=3, show_default=True, type=click.IntRange(min=0), help="Number of daemon starts."),
)
def first_audio() -> None:
    """Time to first audio at a client.

    From the request to the first PCM block, warm and including the daemon's start; reference: the bare model call.
    """


@_measurement("command", _rounds(30, "Measurements of each command."))
def command() -> None:
    """Latency of svctl commands at a sound server's sink.

    From the start of svctl speak to sound, of svctl stop to silence, and of the process itself; reference: spd-say.
    """


@_measurement("ring", _rounds(15, "Batches of 10,000 blocks."))
def ring() -> None:
    """Cost of a block from process to process through the ring.

    References: a memory copy, a pipe and a queue.
    """


@_measurement("hop", _rounds(2000, "Blocks in each condition."))
def hop() -> None:
    """Latency from stage to stage, idle and under load.

    From one stage finishing a block to the next one starting it; reference: a bare semaphore.
    """


@_measurement("overlap", _rounds(25, "Number of chunks."))
def overlap() -> None:
    """Pipelined against sequential stages of fixed cost.

    Two stages that take 400 and 160 ms a chunk.
    """


@_measurement(
    "pipeline",
    _rounds(5, "Rounds, each pipelined and then sequential."),
    click.option("--sentences", default=9, show_default=True, type=click.IntRange(min=1), help="Sentences a round."),
    click.option("--voice", default="", help="An installed voice.  [one with random weights]"),
    click.option("--converter", default="", help="An installed converter.  [one with random weights]"),
    click.option("--engine", default="", help="Measure the stages of this engine, or model of svctl voices random."),
)
def pipeline() -> None:
    """Pipelined against sequential neural stages.

    Full-size models: Soprano into RVC; with --engine, that engine without a converter.
    """


@_measurement("neighbours", _rounds(60, "Measurements beside each kind of stream."))
def neighbours() -> None:
    """Delay of one client by the streams of another.

    First audio beside a large voice and a converter that runs a model, with random weights; reference: alone.
    """


@_measurement(
    "streams",
    _rounds(5, "Rounds, each with all numbers of streams."),
    click.option("--voice", default="", help="An installed voice of Soprano.  [one with random weights]"),
    click.option("--most", default=8, show_default=True, type=click.IntRange(min=2), help="Largest number of streams."),
)
def streams() -> None:
    """Cost of a second of sound with several streams of a large voice.

    Soprano at full size, read as fast as it is made; reference: one stream.
    """


@_measurement("underrun", _seconds(60), _DEVICE)
def underrun() -> None:
    """Underruns, drift and jitter of the output under load.

    48 kHz in blocks of 512 samples, two busy loops on each core; reference: one process with a queue.
    """


@_measurement("live", _seconds(60))
def live() -> None:
    """Live sound under load: losses, clocks, latency, cost of plugins.

    What is played is compared with a known noise; reference: one process with threads and queues.
    """


_BY = click.option(
    "--by",
    type=click.Choice(["request", "voice"]),
    default="request",
    show_default=True,
    help="voice: somebody speaks into the microphone.",
)


@_measurement("barge-in", _rounds(100, "Number of cancels."), _DEVICE, _MONITOR, _BY)
def barge_in() -> None:
    """Time from a cancel to silence.

    From the cancel to silence in the ring, and to the last audible sample at the sink.
    """


@_measurement(
    "concurrency",
    _seconds(10),
    click.option(
        "--most", default=128, show_default=True, type=click.IntRange(1, 240), help="Maximum number of streams."
    ),
)
def concurrency() -> None:
    """Number of simultaneous real-time streams.

    Doubled until one underruns; also beside clients that have stopped reading.
    """


@_measurement(
    "gateways",
    _rounds(50, "Measurements of each gateway."),
    _VOICE,
    click.option("--http-peer", default="", metavar="HOST:PORT", help="Another server with OpenAI's protocol."),
    click.option("--wyoming-peer", default="", metavar="HOST:PORT", help="Another Wyoming server."),
)
def gateways() -> None:
    """Time to first audio through each gateway.

    HTTP, Wyoming and speech-dispatcher; reference: the daemon's own socket.
    """


@_measurement("writer", _rounds(20, "Number of texts."))
def writer() -> None:
    """Latency of text that arrives token by token.

    From a clause to its sound, and from a word's sound to its mark event, at the pace of a language model.
    """


@_measurement(
    "soak",
    click.option(
        "--minutes", default=10.0, show_default=True, type=click.FloatRange(min=0.1), help="Duration in minutes."
    ),
    click.option("--seed", type=int, help="Seed of the random choices, not of their timing.  [random]"),
    click.option("--standby", "standbys", is_flag=True, help="Keep a warm standby process for each stage."),
)
def soak() -> None:
    """Load and fault test: many clients while stages are killed.

    Nothing may be lost, left behind or hang; measures the recovery time of each stage.
    """


_CHARACTERS = click.option(
    "--characters", default=96, show_default=True, type=click.IntRange(min=1), help="Of each text, about."
)
_CANCELS = click.option(
    "--cancels", default=0.2, show_default=True, type=click.FloatRange(0, 1), help="Share that interrupts its text."
)
_SEED = click.option("--seed", default=0, show_default=True, help="Of the moments and the cancels.")


@_measurement(
    "load",
    click.option(
        "--to",
        type=click.Choice(["native", "http", "websocket"]),
        default="native",
        show_default=True,
        help="The daemon's socket, or OpenAI's or Deepgram's protocol of svgate http.",
    ),
    click.option("--address", default="", help="PATH of a socket, or HOST:PORT.  [a daemon of its own]"),
    click.option("--rate", default=4.0, show_default=True, type=click.FloatRange(min=0.01), help="Listeners a second."),
    _seconds(20),
    _CHARACTERS,
    _CANCELS,
    _SEED,
    _VOICE,
)
def load() -> None:
    """Listeners that come at random, and what they hear.

    First audio from the moment when each was to come, underruns, refusals and errors; reference: one at a time.
    """


@_measurement(
    "capacity",
    click.option("--engine", default="hibari", show_default=True, help="Engine, or model of svctl voices random."),
    _seconds(20),
    _CHARACTERS,
    _CANCELS,
    _SEED,
)
def capacity() -> None:
    """Number of streams that this machine holds, predicted and measured.

    Fits a model to the engine's costs, then finds the number by bisection with listeners that come at random; how
    many machines a fleet needs. Exits with 1 if the prediction is off by more than 15 %.
    """

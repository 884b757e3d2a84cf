"""``svctl bench neighbours``: how much one client's streams delay those of another one.

A client asks for "Hello there." in the voice "heart" again and again. Meanwhile another client reads streams as fast as
they are made: of a large voice, of the same voice through a converter that runs a model, of both. The sound device
speaks a long text all the time.

reference  the same requests without any other stream
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import forked, machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.bench.weights import weights
from steadyvoice.client.svctl.render import table

_SETTINGS: Final = 'voice = "heart"\n[audio]\ndevice = "null"\n[models]\npreload = ["soprano", "rvc"]\n'
_ASKED: Final = "Hello there."
_STREAMED: Final = "The old keeper of the lighthouse climbs the stairs every evening to light the lamp. " * 4
_ON_DEVICE: Final = "This sentence is spoken on the sound device while others are made for the clients. " * 400
_PAUSE_S: Final = 0.05
"""Between two requests, so that each meets an idle line."""
_WARM_UP_ROUNDS: Final = 3


def measure(rounds: int) -> dict[str, Any]:
    """The object of ``bench neighbours --json``. Its figure: ms to the first block beside both kinds of streams.

    alone, and beside for each kind of stream: p50, p95, p99 and max of the milliseconds to the first block, ``ratio``
    of the p95 to that of the reference, and ``underruns`` of the sound device meanwhile.
    """
    with workplace() as place, weights(place) as (voice, converter), private_daemon(place, _SETTINGS) as client:
        about = machine(client)
        kinds: dict[str, list[dict[str, Any]]] = {
            "alone": [],
            "a large voice": [{"voice": voice}],
            "a converter": [{"converter": converter}],
            "both": [{"voice": voice}, {"converter": converter}],
        }
        taken: dict[str, list[float]] = {}
        underruns: dict[str, int] = {}
        spoken = client.speak(_ON_DEVICE)
        for kind, streams in kinds.items():
            before = client.status()["underruns"]
            with ExitStack() as cleanup:
                for how in streams:
                    cleanup.enter_context(_reader(place / "svd.sock", how))
                taken[kind] = [_first_block(client) for _ in range(_WARM_UP_ROUNDS + rounds)][_WARM_UP_ROUNDS:]
            underruns[kind] = client.status()["underruns"] - before
        spoken.cancel()
    alone = summary(taken["alone"])
    found = result("neighbours", "ms", taken["both"], "the same requests without other streams", taken["alone"])
    beside = {
        kind: {**(one := summary(values)), "ratio": round(one["p95"] / alone["p95"], 3), "underruns": underruns[kind]}
        for kind, values in taken.items()
    }
    return found | {"machine": about, "alone": beside.pop("alone"), "beside": beside}


def _first_block(client: Client) -> float:
    time.sleep(_PAUSE_S)
    began = time.perf_counter_ns()
    stream = client.stream(_ASKED)
    blocks = iter(stream)
    next(blocks)
    took = (time.perf_counter_ns() - began) / 1e6
    for _ in blocks:
        pass
    return took


@contextmanager
def _reader(socket: Path, how: dict[str, Any]) -> Iterator[None]:
    """Another program that reads such streams one after the other, each as fast as it is made."""
    has_sound = get_context("fork").Event()
    with forked(_read, socket, how, has_sound):
        has_sound.wait()
        yield


def _read(socket: Path, how: dict[str, Any], has_sound: Event) -> None:
    with Client(socket) as client:
        while True:
            for _ in client.stream(_STREAMED, **how):
                has_sound.set()


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["first audio, ms, beside", "p50", "p95", "p99", "max", "p95 / alone", "underruns"]]
    for kind, one in {"nothing": result["alone"], **result["beside"]}.items():
        figures = [f"{one[key]:.1f}" for key in ("p50", "p95", "p99", "max")]
        rows.append([kind, *figures, f"{one['ratio']:.2f}", str(one["underruns"])])
    return table(rows)

"""``svctl bench live``: live sound at 48 kHz in blocks of 512 samples, two busy loops on each core.

Each condition is a source through plugins to the null device:

one clock  noise without plugins: what the device was given is compared with the noise, sample by sample
PulseAudio the same to a private sound server, recorded at its sink, where one is installed
plugins    a sine source, two plugins in numpy: microseconds for a block of all of them
+100 ppm   a microphone with a clock that is 100 ppm fast, or 300 slow: what the daemon says of it, against the truth
latency    milliseconds from the capture of a sample until the device plays it
reference  one process with three threads and queues between them (``steadyvoice.workers.reference.naive_live``), under
           the same load
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import (
    BenchFailed,
    Reference,
    load,
    machine,
    private_daemon,
    running,
    workplace,
)
from steadyvoice.client.svctl.bench.sound_server import recorded, sound_server
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.render import table
from steadyvoice.ipc.daemon_status import LiveStatus

_SEED: Final = 11
_CONDITIONS: Final = {
    "one clock": (f"noise:{_SEED}", ""),
    "plugins": ("silence", "sine:hz=440,gain:db=-6,lowpass:hz=800"),
    "+100 ppm": ("null:ppm=100,signal=tone:997", ""),
    "-300 ppm": ("null:ppm=-300,signal=tone:997", ""),
}
_BUFFER_MS: Final = 20
"""Buffer of the device: more than the longest stall of a shared machine. Live sound is as late with 10 ms, because it
is never made ahead."""
_SAMPLE_S: Final = 1.0
_BLOCK: Final = 512
_RATE: Final = 48000
_REFERENCE_S: Final = 20.0


def measure(seconds: float) -> dict[str, Any]:
    """The object of ``bench live --json``.

    ``conditions``: of each, ``seconds``, ``blocks``, ``underruns``, ``overflows``, ``lost``, ``inserted``,
    ``times_dry``, ``corrections``, ``ppm`` and ``ppm_deviation``, ``latency_ms`` and ``drift_samples``: by how much the
    latency has changed; of the first one ``compared``: samples ``heard`` as they must be, ``lost``, ``repeated``,
    ``other``; of plugins ``cost_us``.
    """
    with workplace() as place:
        conditions = {name: _condition(place, seconds, *what) for name, what in _CONDITIONS.items()}
        with suppress(BenchFailed), sound_server(place) as env:
            conditions["PulseAudio"] = _condition(place, seconds, *_CONDITIONS["one clock"], env)
        naive = _naive(place, min(seconds, _REFERENCE_S))
    first = conditions["one clock"]
    what = f"one process with three threads and queues, {naive['seconds']:g} s: {naive['underruns']} underruns"
    found = result("live", "ms", first.pop("values"), what, naive.pop("values"))
    for each in conditions.values():
        each.pop("values", None)
    found["machine"]["policy"] = first["policy"]
    return found | {
        name: first[name] for name in ("blocks", "underruns", "overflows", "lost", "drift_samples", "ppm")
    } | {"conditions": conditions, "naive": naive}  # fmt: skip


def _condition(
    place: Path, seconds: float, source: str, through: str, server: dict[str, str] | None = None
) -> dict[str, Any]:
    """server: environment of a sound server to play to; None: the null device."""
    with _file_in_memory() as played:
        return _measured(place, played, seconds, source, through, server)


@contextmanager
def _file_in_memory() -> Iterator[Path]:
    """Where the device puts what it plays: the output must not wait for a disk."""
    fd = os.memfd_create("played")
    try:
        yield Path(f"/proc/{os.getpid()}/fd/{fd}")
    finally:
        os.close(fd)


def _measured(
    place: Path, played: Path, seconds: float, source: str, through: str, server: dict[str, str] | None
) -> dict[str, Any]:
    settings = f"audio.latency_ms = {_BUFFER_MS}\n"
    with ExitStack() as cleanup:
        if server is not None:
            cleanup.enter_context(recorded(played, server))
        else:
            settings += f'audio.device = "null{f":samples={played}" if source.startswith("noise") else ""}"\n'
        client = cleanup.enter_context(private_daemon(place, settings, server or {}))
        about = machine(client)
        with load(place):
            session = client.live(source, through)
            seen = _watched(client, seconds)
            session.cancel()
    last = seen[-1]
    latencies = [each["latency_ms"]["total"] for each in seen]
    found: dict[str, Any] = {
        "seconds": seconds,
        "policy": about["policy"],
        "blocks": int(seconds * _RATE) // _BLOCK,
        **{name: last[name] for name in ("underruns", "overflows", "lost", "inserted", "times_dry", "corrections")},
        "ppm": last["ppm"],
        "ppm_deviation": last["ppm_deviation"],
        "latency_ms": summary(latencies),
        "drift_samples": round((latencies[-1] - latencies[0]) * _RATE / 1000),
        "values": latencies,
    }
    if through:
        found["cost_us"] = {
            name: round(sum(each[name] for each in last["through"]), 1) for name in ("p50_us", "p99_us")
        }
    if source.startswith("noise"):
        with running(place / "heard.log", "steadyvoice.workers.reference.heard", with_pipes=True) as process:
            reference = Reference(process, place / "heard.log")
            found["compared"] = reference.ask({"path": str(played), "seed": _SEED})
            found["blocks"] = found["compared"]["heard"] // _BLOCK
    return found


def _watched(client: Client, seconds: float) -> list[LiveStatus]:
    """The session's status each second, from the second one on."""
    end = time.monotonic() + seconds
    seen: list[LiveStatus] = []
    time.sleep(2 * _SAMPLE_S)
    while time.monotonic() < end or not seen:
        seen += client.status()["live"]
        time.sleep(_SAMPLE_S)
    return seen


def _naive(place: Path, seconds: float) -> dict[str, Any]:
    log = place / "naive.log"
    with load(place), running(log, "steadyvoice.workers.reference.naive_live", with_pipes=True) as process:
        found = Reference(process, log).ask({"seconds": seconds, "block": _BLOCK})
    return found | {"latency_ms": summary(found["values"])}


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [
        ["", "blocks", "underruns", "lost", "inserted", "dry", "corrections", "ppm", "sd", "latency p50", "max, ms"]
    ]
    for name, one in result["conditions"].items():
        counts = [one[key] for key in ("blocks", "underruns", "lost", "inserted", "times_dry", "corrections")]
        rows.append(
            [name, *map(str, counts), f"{one['ppm']:.1f}", f"{one['ppm_deviation']:.2f}", *_latency(one["latency_ms"])]
        )
    naive = result["naive"]
    counts = [str(naive["blocks"]), str(naive["underruns"])]
    rows.append(["one process", *counts, *[""] * 6, *_latency(naive["latency_ms"])])
    cost = result["conditions"]["plugins"]["cost_us"]
    compared = {name: one["compared"] for name, one in result["conditions"].items() if "compared" in one}
    return "\n".join([
        f"48 kHz, blocks of {_BLOCK}, {result['conditions']['plugins']['seconds']:g} s each, "
        f"two busy loops on each of {result['machine']['cpus']} cores",
        "",
        table(rows),
        "",
        *(
            f"{name}, sample by sample: {', '.join(f'{count} {what}' for what, count in one.items())}"
            for name, one in compared.items()
        ),
        f"a sine source and two plugins: {cost['p50_us']:.0f} us a block, p99 {cost['p99_us']:.0f}",
    ])  # fmt: skip


def _latency(summary: dict[str, float]) -> list[str]:
    return [f"{summary['p50']:.1f}", f"{summary['max']:.1f}"]

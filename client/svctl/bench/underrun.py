"""``svctl bench underrun``: 48 kHz in blocks of 512 samples, two busy loops on each core, with and without SCHED_FIFO.

The null device has an exact clock and logs each block that it is given:

underruns  audible gaps, as the daemon counted them (``finished``)
drift      frames of the device from the first sounding one to the last, minus the utterance's samples: inserted
           silence, or lost samples
jitter     delay from when the device could take a block until its samples came
reference  one process with a thread that synthesises with the bare package, one that plays, and a queue between them
           (``steadyvoice.workers.reference.naive``), under the same load
"""

from pathlib import Path
from typing import Any, Final

from steadyvoice.client.svctl.bench.daemon import Reference, load, machine, private_daemon, running, workplace
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.render import table
from steadyvoice.ipc import null_device_log

_BLOCK: Final = 512
_LATENCY_MS: Final = 21.4  # two blocks: one plays, one waits
_TEXT: Final = "The keeper of the lighthouse climbs the stairs every evening to light the lamp for the passing ships. "
_TEXT_S: Final = 5.5
"""A little less than its duration in seconds."""
_REFERENCE_S: Final = 20.0


def measure(seconds: float, device: str) -> dict[str, Any]:
    """The object of ``bench underrun --json``.

    ``conditions``: of each, ``seconds``, ``blocks``, ``underruns``, ``late`` (ms by late stage), ``drift_samples`` and
    ``jitter`` (ms); the last two are null on a real sound device. ``lost``: samples that the device did not get;
    ``ppm``: the drift over the frames played, in millionths; both of SCHED_FIFO, and null as the drift.
    """
    with workplace() as place:
        auto = _ours(place, seconds, device, "auto")
        off = _ours(place, seconds, device, "off")
        naive = _naive(place, min(seconds, _REFERENCE_S))
    values = auto.pop("values")
    off.pop("values")
    what = f"one process with two threads and a queue, {naive['seconds']:g} s: {naive['underruns']} underruns"
    found = result("underrun", "ms", values, what, naive.pop("values"))
    found["machine"]["policy"] = auto["policy"]
    drift = auto["drift_samples"]
    return found | {
        "blocks": auto["blocks"],
        "underruns": auto["underruns"],
        "overflows": 0,  # rings refuse what does not fit; nothing is dropped
        "lost": None if drift is None else max(0, -drift),
        "drift_samples": drift,
        "ppm": None if drift is None else round(drift / (auto["seconds"] * null_device_log.RATE) * 1e6, 3),
        "device": device,
        "conditions": {"SCHED_FIFO": auto, "SCHED_OTHER": off},
        "naive": naive,
    }


def _ours(place: Path, seconds: float, device: str, mode: str) -> dict[str, Any]:
    log = place / "play.log"
    log.unlink(missing_ok=True)
    name = f"null:{log}" if device == "null" else device
    settings = (
        f'[realtime]\nmode = "{mode}"\n[audio]\nblock = {_BLOCK}\nlatency_ms = {_LATENCY_MS}\ndevice = "{name}"\n'
    )
    with private_daemon(place, settings) as client:
        about = machine(client)
        audio = client.status()["audio"]
        with load(place):
            finished = client.speak(_TEXT * max(1, round(seconds / _TEXT_S))).wait()
    played = null_device_log.read(log) if device == "null" else []
    sounding = [block for block in played if block.sounding]
    drift = None
    if sounding:
        first, last = sounding[0], sounding[-1]
        drift = last.position + last.sounding - first.position - round(finished.duration_s * null_device_log.RATE)
    capacity = audio["latency_ms"] / 1000 * null_device_log.RATE
    late = [max(0.0, capacity - _BLOCK - block.queued) / null_device_log.RATE * 1000 for block in sounding[4:]]
    return {
        "seconds": finished.duration_s,
        "policy": about["policy"],
        "blocks": int(finished.duration_s * null_device_log.RATE) // _BLOCK,
        "underruns": finished.underruns,
        "late": finished.late,
        "drift_samples": drift,
        "jitter": summary(late),
        "values": late,
    }


def _naive(place: Path, seconds: float) -> dict[str, Any]:
    log = place / "naive.log"
    with load(place), running(log, "steadyvoice.workers.reference.naive", with_pipes=True) as process:
        found = Reference(process, log).ask({"text": _TEXT, "seconds": seconds, "block": _BLOCK})
    return found | {"jitter": summary(found["values"])}


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["", "seconds", "blocks", "underruns", "drift, samples", "jitter p50", "p95", "p99", "max, ms"]]
    for name, one in [*result["conditions"].items(), ("one process", result["naive"])]:
        figures = [one["jitter"][key] for key in ("p50", "p95", "p99", "max")]
        jitter = [f"{figure:.2f}" if figure is not None else "-" for figure in figures]
        drift = one["drift_samples"] if one["drift_samples"] is not None else "-"
        row = [name, f"{one['seconds']:.0f}", one["blocks"], one["underruns"], drift]
        rows.append([*map(str, row), *jitter])
    blamed = [f"{name}: late by {one['late']} ms" for name, one in result["conditions"].items() if one["late"]]
    cores = result["machine"]["cpus"]
    title = f"48 kHz, blocks of {_BLOCK}, device {result['device']}, two busy loops on each of {cores} cores"
    return "\n".join([title, "", table(rows), *blamed])

"""``svctl bench pipeline``: full-size neural stages, each in its process, against the same in turn in one process.

ours        the daemon's generator, vocoder and converter, and a client that reads at once
sequential  the reference: the same three, one after the other in one process
            (``steadyvoice.workers.reference.sequential``)

Without a voice and a converter of its own it makes some with random weights, in the published format and size. The
bound is what the slowest stage takes for all of the sound when it is alone.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.bench.daemon import BenchFailed, Reference, machine, private_daemon, running, workplace
from steadyvoice.client.bench.statistics import result
from steadyvoice.client.client import Client
from steadyvoice.client.render import table
from steadyvoice.client.store import perform

_STAGES: Final = ("generator", "vocoder", "converter")
_RANDOM: Final = {"voices": ("soprano", "random"), "converters": ("rvc", "random-rvc")}
_SETTINGS: Final = '[audio]\ndevice = "null"\n'
_SENTENCES: Final = ("The rain had stopped by then.", "Nobody said a word.", "Then she laughed at the moon.")
"""Short: a voice with random weights never ends by itself, and is cut after a few seconds for each."""
_WARM: Final = 5
_COPIES: Final = 4  # of 2 GB each


def measure(rounds: int, voice: str, converter: str) -> dict[str, Any]:
    """The object of ``bench pipeline --json``. Its figure: ms from one second of sound at the client to the next one.

    The first second counts from the request. Its own keys, times in ms:

    bound_ms, elapsed_ms, sequential_ms  all of the sound: the slowest stage alone; from the request to the last sample
    n                                    sentences
    ratio, sequential_ratio              the bound over the time that it took; 1.0 is perfect
    bound_beside_ms, ratio_beside        the same stage where every core computes as much: cores share caches and power
    sound_s, realtime_factor, sequential_realtime_factor
    threaded_realtime_factor             of the reference where each of its models has a thread on every core
    stages                               of each: ``alone_ms`` in the reference, ``busy_ms`` in the daemon, its cores
    first_audio                          ``boot_ms`` until all is warm; ``first_ms`` of the first utterance then, and
                                         ``warm`` of five more (p50, p95); ``penalty``: the first over their p50
    sink                                 the same text on a device that is nothing but a clock: ``underruns``, ``late``
    """
    texts = [_SENTENCES[at % len(_SENTENCES)] for at in range(rounds)]
    with workplace() as place, _weights(place, voice, converter) as (voice, converter):
        began = time.perf_counter()
        with private_daemon(place, _SETTINGS) as client:
            about = machine(client)
            boot_ms = (time.perf_counter() - began) * 1e3
            family = next((each.family for each in client.converters() if each.name == converter), "")
            engine = next((each.engine for each in client.voices() if each.name == voice), "")
            if not family or not engine:
                raise BenchFailed(f"there is no voice {voice!r} or no converter {converter!r} here; see svctl voices")
            how: dict[str, Any] = {"voice": voice, "converter": converter}
            first, *warm = [_first_block(client, how) for _ in range(1 + _WARM)]
            before = _busy(client)
            elapsed, seconds = _stream(client, " ".join(texts), how)
            stages = {name: busy - before[name] for name, busy in _busy(client).items()}
            sink = client.speak(" ".join(texts), **how).wait()
            places = {stage["name"]: stage["cpus"] for stage in client.status()["stages"]}
        asked = {"engine": engine, "family": family, **how, "texts": texts}
        sequential = _sequential(place, asked | {"threads": 1})
        beside = _sequential(place, asked | {"threads": 1}, min(_COPIES, len(os.sched_getaffinity(0))))
        threaded = _sequential(place, asked | {"threads": about["cpus"]})
    sound_s = sink.duration_s
    scale = sound_s / sequential["seconds"]  # cut into other segments, a voice says the same text in other time
    alone = {name: ms * scale for name, ms in sequential["stages"].items()}
    bound, bound_beside = max(alone.values()), max(beside["stages"].values()) * scale
    warmed = result("first-audio", "ms", warm, "", [])
    found = result("pipeline", "ms", seconds, "the same three in turn, in one process", sequential["chunks_ms"])
    return found | {
        "n": rounds,
        "ratio": round(bound / elapsed, 3),
        "ratio_beside": round(bound_beside / elapsed, 3),
        "sequential_ratio": round(bound / sequential["ms"] / scale, 3),
        "machine": about,
        "bound_ms": round(bound, 1),
        "bound_beside_ms": round(bound_beside, 1),
        "elapsed_ms": round(elapsed, 1),
        "sequential_ms": round(sequential["ms"] * scale, 1),
        "sound_s": round(sound_s, 3),
        "realtime_factor": round(elapsed / sound_s / 1e3, 3),
        "sequential_realtime_factor": round(sequential["ms"] / sequential["seconds"] / 1e3, 3),
        "threaded_realtime_factor": round(threaded["ms"] / threaded["seconds"] / 1e3, 3),
        "stages": {
            name: {"alone_ms": round(alone[name], 1), "busy_ms": round(stages[name], 1), "cpus": places[name]}
            for name in _STAGES
        },
        "first_audio": {
            "boot_ms": round(boot_ms, 1),
            "first_ms": round(first, 1),
            "warm": {"p50": warmed["p50"], "p95": warmed["p95"]},
            "penalty": round(first / warmed["p50"], 3),
        },
        "sink": {"underruns": sink.underruns, "late": sink.late},
    }


@contextmanager
def _weights(place: Path, voice: str, converter: str) -> Iterator[tuple[str, str]]:
    """The voice and the converter; where none is named, random ones in a store that goes with the workplace."""
    if voice and converter:
        yield voice, converter
        return
    if voice or converter:
        raise BenchFailed("name a voice and a converter, or neither: then both are made, with random weights")
    before = os.environ.get("STEADYVOICE_DATA")
    os.environ["STEADYVOICE_DATA"] = str(place / "data")
    try:
        for kind, (what, name) in _RANDOM.items():
            answer, status = perform(kind=kind, do="random", model=what, name=name, replace=False)
            if status:
                raise BenchFailed(answer["problem"])
        yield _RANDOM["voices"][1], _RANDOM["converters"][1]
    finally:
        del os.environ["STEADYVOICE_DATA"]
        if before is not None:
            os.environ["STEADYVOICE_DATA"] = before


def _first_block(client: Client, how: dict[str, Any]) -> float:
    began = time.perf_counter_ns()
    stream = client.stream(_SENTENCES[0], **how)
    next(iter(stream))
    took = (time.perf_counter_ns() - began) / 1e6
    stream.cancel()
    return took


def _stream(client: Client, text: str, how: dict[str, Any]) -> tuple[float, list[float]]:
    """Milliseconds to the last sample, and from second to second."""
    samples = 0
    seconds: list[float] = []
    began = before = now = time.perf_counter_ns()
    stream = client.stream(text, **how)
    for block in stream:
        now = time.perf_counter_ns()
        samples += len(block)
        if samples // stream.sample_rate > len(seconds):
            seconds.append((now - before) / 1e6)
            before = now
    return (now - began) / 1e6, seconds


def _busy(client: Client) -> dict[str, float]:
    """Milliseconds that each stage has worked."""
    stages: Any = client.status()["stages"]
    return {stage["name"]: stage["busy_s"] * 1e3 for stage in stages if stage["name"] in _STAGES}


def _sequential(place: Path, asked: dict[str, Any], copies: int = 1) -> dict[str, Any]:
    """The reference's answer, while so many copies of it do the same at the same time."""
    with ExitStack() as care:
        references = []
        for number in range(copies):
            log = place / f"sequential-{number}.log"
            process = care.enter_context(running(log, "steadyvoice.workers.reference.sequential", talks=True))
            references.append(Reference(process, log))
        for reference in references:
            reference.send(asked)
        answers = [reference.reply() for reference in references]
    return answers[0]


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    sound = result["sound_s"]
    rows = [["", "to the last sample, ms", "bound over it", "ms for a second of sound"]]
    for name, key in (("at once", ""), ("in turn", "sequential_")):
        factor = result[f"{key}realtime_factor"] * 1e3
        took = result["elapsed_ms" if not key else "sequential_ms"]
        rows.append([name, f"{took:.0f}", f"{result[f'{key}ratio']:.3f}", f"{factor:.0f}"])
    rows[1][2] += f" ({result['ratio_beside']:.3f})"
    rows.append(["in turn, each on all cores", "", "", f"{result['threaded_realtime_factor'] * 1e3:.0f}"])
    stages = [["stage", "alone, ms", "in the daemon, ms", "cores"]]
    for name, one in result["stages"].items():
        stages.append([name, f"{one['alone_ms']:.0f}", f"{one['busy_ms']:.0f}", ",".join(map(str, one["cpus"]))])
    first, sink = result["first_audio"], result["sink"]
    return "\n".join([
        f"{sound:.1f} s of sound; bound: {result['bound_ms']:.0f} ms, the slowest stage alone "
        f"({result['bound_beside_ms']:.0f} where every core computes as much)",
        "",
        table(rows),
        "",
        table(stages),
        "",
        f"ready after {first['boot_ms']:.0f} ms; first audio then {first['first_ms']:.0f} ms, warm "
        f"{first['warm']['p50']:.0f} (p95 {first['warm']['p95']:.0f}); {sink['underruns']} underruns on the device",
    ])  # fmt: skip

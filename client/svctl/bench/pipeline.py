"""``svctl bench pipeline``: full-size neural stages, each in its process, and the same in sequence in one process.

ours        the daemon's generator, vocoder and converter, and a client that reads at once
sequential  the reference: the same three, one after the other in one process
            (``steadyvoice.workers.reference.sequential``)

Without a given voice and converter, both are created with random weights in the published format and size. The bound
is the time of the slowest stage alone for all of the audio.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import BenchFailed, Reference, machine, private_daemon, running, workplace
from steadyvoice.client.svctl.bench.statistics import median, result
from steadyvoice.client.svctl.bench.weights import weights
from steadyvoice.client.svctl.render import table
from steadyvoice.ipc.daemon_status import StageStatus

_SETTINGS: Final = '[audio]\ndevice = "null"\n[models]\npreload = ["soprano", "rvc"]\n'
_SENTENCES: Final = ("The rain had stopped by then.", "Nobody said a word.", "Then she laughed at the moon.")
"""Short, because a voice with random weights never ends by itself and is cut after a few seconds a sentence."""
_WARM: Final = 5
_FIGURES: Final = (
    *("bound_ms", "elapsed_ms", "sequential_ms", "ratio", "flowing_ratio", "sequential_ratio"),
    *("sound_s", "realtime_factor", "sequential_realtime_factor"),
)


def measure(rounds: int, sentences: int, voice: str, converter: str) -> dict[str, Any]:
    """The object of ``bench pipeline --json``. Its figure: ms from one second of audio at the client to the next one.

    The first second of a round counts from the request. Its own keys, times in ms of a round, p50 over the rounds:

    bound_ms, elapsed_ms, sequential_ms  all of the audio: the slowest stage alone; from the request to the last sample
    ratio, sequential_ratio              the bound over the elapsed time; 1.0 is perfect
    ratios                               of each round, ascending
    flowing_ratio                        ratio from the first block on, without the time to the first block
    sound_s, realtime_factor, sequential_realtime_factor
    threaded_realtime_factor             of the reference with a thread on every core for each model
    stages                               of each: ``alone_ms`` in the reference, ``busy_ms`` in the daemon, its cores
    first_audio                          ``boot_ms`` until all is warm; ``first_ms`` of the first utterance then, and
                                         ``warm`` of five more (p50, p95); ``penalty``: the first over their p50
    sink                                 the same text on the null device: ``underruns``, ``late``
    """
    texts = [_SENTENCES[at % len(_SENTENCES)] for at in range(sentences)]
    with workplace() as place, weights(place, voice, converter) as (voice, converter):
        began = time.perf_counter()
        with private_daemon(place, _SETTINGS) as client:
            about = machine(client)
            boot_ms = (time.perf_counter() - began) * 1e3
            how: dict[str, Any] = {"voice": voice, "converter": converter}
            asked = _named(client, how) | how | {"texts": texts}
            first, *warm = [_first_block(client, how) for _ in range(1 + _WARM)]
            with _reference(place, asked | {"threads": 1}) as reference:
                reference.reply()  # wait until it is warm
                done = [_round(client, reference, asked, how) for _ in range(rounds)]
            sink = client.speak(" ".join(texts), **how).wait()
            places = {stage["name"]: stage["cpus"] for stage in _stages(client, asked)}
        with _reference(place, asked | {"threads": about["cpus"]}) as reference:
            threaded = reference.reply()
    warmed = result("first-audio", "ms", warm, "", [])
    seconds, chunks = ([ms for one in done for ms in one[key]] for key in ("seconds_ms", "chunks_ms"))
    found = result("pipeline", "ms", seconds, "the same three in sequence, in one process", chunks)
    of: dict[str, float] = {key: median(one[key] for one in done) for key in _FIGURES}
    return found | {
        "n": rounds,
        **of,
        "ratios": sorted(one["ratio"] for one in done),
        "machine": about,
        "threaded_realtime_factor": round(threaded["ms"] / threaded["seconds"] / 1e3, 3),
        "stages": {
            name: {**{key: median(one[key][name] for one in done) for key in ("alone_ms", "busy_ms")}, "cpus": cpus}
            for name, cpus in places.items()
        },
        "first_audio": {
            "boot_ms": round(boot_ms, 1),
            "first_ms": round(first, 1),
            "warm": {"p50": warmed["p50"], "p95": warmed["p95"]},
            "penalty": round(first / warmed["p50"], 3),
        },
        "sink": {"underruns": sink.underruns, "late": sink.late},
    }


def _named(client: Client, how: dict[str, Any]) -> dict[str, str]:
    """The voice's engine and the converter's family. BenchFailed if one is missing."""
    family = next((each.family for each in client.converters() if each.name == how["converter"]), "")
    engine = next((each.engine for each in client.voices() if each.name == how["voice"]), "")
    if not family or not engine:
        raise BenchFailed(
            f"there is no voice {how['voice']!r} or no converter {how['converter']!r} here; see svctl voices"
        )
    return {"engine": engine, "family": family}


def _round(client: Client, reference: Reference, asked: dict[str, Any], how: dict[str, Any]) -> dict[str, Any]:
    """The same text through the daemon and in sequence."""
    before = _busy(client, asked)
    elapsed, sound, pace, seconds = _stream(client, " ".join(asked["texts"]), how)
    busy = {name: ms - before[name] for name, ms in _busy(client, asked).items()}
    sequential = reference.ask(asked)
    scale = sound / sequential["seconds"]  # the daemon's segments differ, and with them the duration
    alone = {name: ms * scale for name, ms in sequential["stages"].items()}
    bound = max(alone.values())
    return {
        "bound_ms": bound,
        "elapsed_ms": elapsed,
        "sequential_ms": sequential["ms"] * scale,
        "ratio": round(bound / elapsed, 3),
        "flowing_ratio": bound / sound / pace,
        "sequential_ratio": bound / sequential["ms"] / scale,
        "sound_s": sound,
        "realtime_factor": elapsed / sound / 1e3,
        "sequential_realtime_factor": sequential["ms"] / sequential["seconds"] / 1e3,
        "seconds_ms": seconds,
        "chunks_ms": sequential["chunks_ms"],
        "alone_ms": alone,
        "busy_ms": busy,
    }


def _first_block(client: Client, how: dict[str, Any]) -> float:
    began = time.perf_counter_ns()
    stream = client.stream(_SENTENCES[0], **how)
    next(iter(stream))
    took = (time.perf_counter_ns() - began) / 1e6
    stream.cancel()
    return took


def _stream(client: Client, text: str, how: dict[str, Any]) -> tuple[float, float, float, list[float]]:
    """Milliseconds to the last sample; seconds of audio; ms a second of it after the first block; ms of each second."""
    samples, first = 0, 0
    seconds: list[float] = []
    began = before = opened = now = time.perf_counter_ns()
    stream = client.stream(text, **how)
    for block in stream:
        now = time.perf_counter_ns()
        samples += len(block)
        if not first:
            opened, first = now, samples
        if samples // stream.sample_rate > len(seconds):
            seconds.append((now - before) / 1e6)
            before = now
    flowing_s = max(samples - first, 1) / stream.sample_rate
    return (now - began) / 1e6, samples / stream.sample_rate, (now - opened) / 1e6 / flowing_s, seconds


def _stages(client: Client, asked: dict[str, Any]) -> list[StageStatus]:
    """The stages of the engine, and the converter of the family."""
    stages = client.status()["stages"]
    return [
        stage
        for stage in stages
        if (stage["engine"], stage["family"]) in ((asked["engine"], ""), ("", asked["family"]))
    ]


def _busy(client: Client, asked: dict[str, Any]) -> dict[str, float]:
    """Milliseconds that each stage has worked."""
    return {stage["name"]: stage["busy_s"] * 1e3 for stage in _stages(client, asked)}


@contextmanager
def _reference(place: Path, asked: dict[str, Any]) -> Iterator[Reference]:
    """The same three in one process, with the first request sent."""
    log = place / "sequential.log"
    with running(log, "steadyvoice.workers.reference.sequential", with_pipes=True) as process:
        reference = Reference(process, log)
        reference.send(asked)
        yield reference


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    sound = result["sound_s"]
    rows = [["", "to the last sample, ms", "bound / elapsed", "ms for a second of audio"]]
    for name, key in (("pipelined", ""), ("sequential", "sequential_")):
        factor = result[f"{key}realtime_factor"] * 1e3
        took = result["elapsed_ms" if not key else "sequential_ms"]
        rows.append([name, f"{took:.0f}", f"{result[f'{key}ratio']:.3f}", f"{factor:.0f}"])
    rows[1][2] += f" ({result['ratios'][0]:.3f} to {result['ratios'][-1]:.3f})"
    rows.append(["sequential, each model on all cores", "", "", f"{result['threaded_realtime_factor'] * 1e3:.0f}"])
    stages = [["stage", "alone, ms", "in the daemon, ms", "cores"]]
    for name, one in result["stages"].items():
        stages.append([name, f"{one['alone_ms']:.0f}", f"{one['busy_ms']:.0f}", ",".join(map(str, one["cpus"]))])
    first, sink = result["first_audio"], result["sink"]
    late = "".join(f", {name} {ms:.1f} ms late" for name, ms in sink["late"].items())
    return "\n".join([
        f"{sound:.1f} s of sound, {result['n']} times; bound: {result['bound_ms']:.0f} ms, the slowest stage alone; "
        f"{result['flowing_ratio']:.3f} of it from the first block on",
        "",
        table(rows),
        "",
        table(stages),
        "",
        f"ready after {first['boot_ms']:.0f} ms; first audio then {first['first_ms']:.0f} ms, warm "
        f"{first['warm']['p50']:.0f} (p95 {first['warm']['p95']:.0f}); {sink['underruns']} underruns{late}",
    ])  # fmt: skip

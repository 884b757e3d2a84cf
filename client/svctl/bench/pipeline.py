"""``svctl bench pipeline``: full-size neural stages, each in its process, and the same in sequence in one process.

ours        the daemon's generator, flow if the engine has one, vocoder and converter, and a client that reads at once
sequential  the reference: the same, one after the other in one process
            (``steadyvoice.workers.reference.sequential``)

Without a given voice and converter, both are created with random weights in the published format and size. With an
engine there is no converter. The bound is the time of the slowest stage alone for all of the audio.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import BenchFailed, Reference, machine, private_daemon, running, workplace
from steadyvoice.client.svctl.bench.stage_times import Line, Run, first_block, first_parts, silence_ms
from steadyvoice.client.svctl.bench.statistics import median, result
from steadyvoice.client.svctl.bench.weights import line_weights, weights
from steadyvoice.client.svctl.render import table

_SETTINGS: Final = '[audio]\ndevice = "null"\n[models]\npreload = ["soprano", "rvc"]\n'
_LINE_SETTINGS: Final = 'engines = ["{engine}"]\nvoice = "{voice}"\n[audio]\ndevice = "null"\n'
_AHEAD_S: Final = 2.0
"""Audio that the listener of the reference has, as one of the daemon has it: the size of chunks depends on it, and with
it their cost."""
_SENTENCES: Final = ("The rain had stopped by then.", "Nobody said a word.", "Then she laughed at the moon.")
"""Short, because a voice with random weights never ends by itself and is cut after a few seconds a sentence."""
_WARM: Final = 5
_FIGURES: Final = (
    *("bound_ms", "cores_bound_ms", "elapsed_ms", "sequential_ms", "ratio", "flowing_ratio", "sequential_ratio"),
    *("cores_ratio", "overlap", "sound_s", "realtime_factor", "sequential_realtime_factor"),
)


def measure(rounds: int, sentences: int, voice: str, converter: str, engine: str) -> dict[str, Any]:
    """The object of ``bench pipeline --json``. Its figure: ms from one second of audio at the client to the next one.

    The first second of a round counts from the request. Its own keys, times in ms of a round, p50 over the rounds:

    bound_ms, elapsed_ms, sequential_ms  all of the audio: the slowest stage alone; from the request to the last sample
    cores_bound_ms, cores_ratio          the same for the core with most work: its stages alone, one after the other
    ratio, sequential_ratio              the bound over the elapsed time; 1.0 is perfect
    ratios                               of each round, ascending
    flowing_ratio                        ratio from the first block on, without the time to the first block
    overlap                              from the first block on, the work of the busiest stage over the time
    sound_s, realtime_factor, sequential_realtime_factor
    rtf, first_audio_ms                  realtime_factor; p50 of ``first_audio.warm``
    chunk_ms                             of each second of the last round, in order: constant, or the cost grows
    threaded_realtime_factor             of the reference with a thread on every core for each model
    stages                               of each: ``alone_ms`` in the reference, ``busy_ms`` in the daemon, its cores,
                                         ``share``: of the time from the first block on, for which it worked
    first_audio                          ``boot_ms`` until all is warm; ``first_ms`` of the first utterance then, and
                                         ``warm`` of five more (p50, p95); ``penalty``: the first over their p50;
                                         ``parts``: p50 of each stage's share of it, of ``rings`` and ``sockets``;
                                         ``alone_ms``: to the first block in the reference
    sink                                 the same text on the null device: ``underruns``, ``late``; ``silence_ms``, for
                                         which it took longer than it sounds
    """
    texts = [_SENTENCES[at % len(_SENTENCES)] for at in range(sentences)]
    with workplace() as place, _voice(place, voice, converter, engine) as (settings, asked, how):
        began = time.perf_counter()
        with private_daemon(place, settings) as client:
            about = machine(client)
            boot_ms = (time.perf_counter() - began) * 1e3
            line = _line(client, asked, how)
            asked |= {"engine": line.engine, "family": line.family, "texts": texts}
            first, *warm = [first_block(client, _SENTENCES[0], how) for _ in range(1 + _WARM)]
            cores = {stage["name"]: stage["cpus"] for stage in line.stages(client)}
            with _reference(place, asked | {"threads": 1}) as reference:
                reference.reply()  # wait until it is warm
                done = [_round(client, reference, asked, how, line, cores) for _ in range(rounds)]
            sink = client.speak(" ".join(texts), **how).wait()
        with _reference(place, asked | {"threads": about["cpus"]}) as reference:
            threaded = reference.reply()
    warmed = result("first-audio", "ms", [took for took, _ in warm], "", [])
    parts = [first_parts(took, finished.timings) for took, finished in warm]
    seconds, chunks = ([ms for one in done for ms in one[key]] for key in ("seconds_ms", "chunks_ms"))
    found = result("pipeline", "ms", seconds, "the same in sequence, in one process", chunks)
    of: dict[str, float] = {key: median(one[key] for one in done) for key in _FIGURES}
    return found | {
        "n": rounds,
        **of,
        "first_audio_ms": warmed["p50"],
        "rtf": round(of["realtime_factor"], 3),
        "chunk_ms": [round(ms, 3) for ms in done[-1]["seconds_ms"]],
        "ratios": sorted(one["ratio"] for one in done),
        "machine": about,
        "threaded_realtime_factor": round(threaded["ms"] / threaded["seconds"] / 1e3, 3),
        "stages": {
            name: {
                **{key: median(one[key][name] for one in done) for key in ("alone_ms", "busy_ms", "share")},
                "cpus": cpus,
            }
            for name, cpus in cores.items()
        },
        "first_audio": {
            "boot_ms": round(boot_ms, 1),
            "first_ms": round(first[0], 1),
            "warm": {key: warmed[key] for key in ("p50", "p95", "values")},
            "penalty": round(first[0] / warmed["p50"], 3),
            "parts": {name: median(one[name] for one in parts) for name in parts[0]},
            "alone_ms": median(one["first_alone_ms"] for one in done),
        },
        "sink": {"underruns": sink.underruns, "late": sink.late, "silence_ms": round(silence_ms(sink), 1)},
    }


@contextmanager
def _voice(
    place: Path, voice: str, converter: str, engine: str
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The daemon's settings, what the reference is asked, and how the daemon is asked to speak."""
    if engine and converter:
        raise BenchFailed("name an engine or a converter: a line is measured without a converter")
    if not engine:
        with weights(place, voice, converter) as (voice, converter):
            yield _SETTINGS, {"voice": voice, "converter": converter}, {"voice": voice, "converter": converter}
        return
    with line_weights(place, engine, voice) as (engine, voice):
        asked = {"engine": engine, "voice": voice, "converter": "", "ahead_s": _AHEAD_S}
        yield _LINE_SETTINGS.format(engine=engine, voice=voice or "heart"), asked, {"voice": voice}


def _line(client: Client, asked: dict[str, Any], how: dict[str, Any]) -> Line:
    """What is measured; if no voice is named, the engine's first. BenchFailed if something is missing."""
    voices, wanted = [each for each in client.voices() if each.installed], asked.get("engine", "")
    if wanted and not how["voice"]:
        how["voice"] = asked["voice"] = next((each.name for each in voices if each.engine == wanted), "")
    engine = next((each.engine for each in voices if each.name == how["voice"]), "")
    family = next((each.family for each in client.converters() if each.name == asked["converter"]), "")
    if not engine or (asked["converter"] and not family):
        names = f"voice {how['voice']!r}" + (f" or no converter {asked['converter']!r}" if asked["converter"] else "")
        raise BenchFailed(f"there is no {names} here; see svctl voices")
    return Line(engine, family)


def _round(
    client: Client,
    reference: Reference,
    asked: dict[str, Any],
    how: dict[str, Any],
    line: Line,
    cores: dict[str, list[int]],
) -> dict[str, Any]:
    """The same text through the daemon and in sequence."""
    run = Run(client, " ".join(asked["texts"]), how, line)
    sequential = reference.ask(asked)
    scale = run.sound_s / sequential["seconds"]  # the daemon's segments differ, and with them the duration
    alone = {name: sequential["stages"][name] * scale for name in cores}
    bound = max(alone.values())
    cores_bound = max(bound, *_work_of_cores(alone, cores))
    return {
        "bound_ms": bound,
        "cores_bound_ms": cores_bound,
        "cores_ratio": cores_bound / run.elapsed_ms,
        "elapsed_ms": run.elapsed_ms,
        "sequential_ms": sequential["ms"] * scale,
        "ratio": round(bound / run.elapsed_ms, 3),
        "flowing_ratio": bound / run.sound_s / (run.flowing_ms / run.flowing_s),
        "overlap": max(run.share.values()),
        "sequential_ratio": bound / sequential["ms"] / scale,
        "sound_s": run.sound_s,
        "realtime_factor": run.elapsed_ms / run.sound_s / 1e3,
        "sequential_realtime_factor": sequential["ms"] / sequential["seconds"] / 1e3,
        "seconds_ms": run.seconds_ms,
        "chunks_ms": sequential["chunks_ms"],
        "first_alone_ms": sequential["chunks_ms"][0],
        "alone_ms": alone,
        "busy_ms": run.busy_ms,
        "share": run.share,
    }


def _work_of_cores(alone: dict[str, float], cores: dict[str, list[int]]) -> Iterable[float]:
    """Of each core; a stage with several is divided between them."""
    for core in {cpu for cpus in cores.values() for cpu in cpus}:
        yield sum(ms / len(cores[name]) for name, ms in alone.items() if core in cores[name])


@contextmanager
def _reference(place: Path, asked: dict[str, Any]) -> Iterator[Reference]:
    """The same stages in one process, with the first request sent."""
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
    stages = [["stage", "alone, ms", "in the daemon, ms", "share of the time", "cores"]]
    for name, one in result["stages"].items():
        figures = (f"{one['alone_ms']:.0f}", f"{one['busy_ms']:.0f}", f"{one['share']:.2f}")
        stages.append([name, *figures, ",".join(map(str, one["cpus"]))])
    first, sink = result["first_audio"], result["sink"]
    late = "".join(f", {name} {ms:.1f} ms late" for name, ms in sink["late"].items())
    parts = ", ".join(f"{name} {ms:.0f}" for name, ms in first["parts"].items())
    return "\n".join([
        f"{sound:.1f} s of sound, {result['n']} times; bound: {result['bound_ms']:.0f} ms, the slowest stage alone; "
        f"{result['flowing_ratio']:.3f} of it from the first block on; of the core with most work: "
        f"{result['cores_bound_ms']:.0f} ms, {result['cores_ratio']:.3f} of the time",
        "",
        table(rows),
        "",
        table(stages),
        "",
        f"ready after {first['boot_ms']:.0f} ms; first audio then {first['first_ms']:.0f} ms, warm "
        f"{first['warm']['p50']:.0f} (p95 {first['warm']['p95']:.0f}): {parts}; in sequence {first['alone_ms']:.0f}",
        f"the busiest stage worked for {result['overlap']:.3f} of the time from the first block on",
        f"on the device: {sink['underruns']} underruns{late}, {sink['silence_ms']:.0f} ms of silence in between",
    ])  # fmt: skip

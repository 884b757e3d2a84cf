"""``svctl bench hop``: microseconds from one stage finishing a block to the next one starting it.

The daemon's own pipeline streams to a client, a block every 10.67 ms; each stage records when it started and when it
finished, just before it publishes. Four conditions: real-time scheduling as allowed (``auto``) and none (``off``),
each idle and with two busy loops on each core. The reference, measured in alternation under the same condition: a
chain of processes with the cores and scheduling of the stages, which only record the time and wake the next one over
a bare semaphore.
"""

import mmap
import os
import time
from contextlib import ExitStack, nullcontext, suppress
from itertools import islice
from typing import Any, Final

import posix_ipc

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import forked, load, machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.statistics import result
from steadyvoice.client.svctl.render import table
from steadyvoice.ipc.daemon_status import StageStatus

HOPS: Final = {"generator_vocoder": (0, 1), "vocoder_converter": (1, 2)}
"""Stages by their index in the pipeline."""
_BLOCK: Final = "10.67/0/2 "
"""20 ms of audio: the converter buffers audio that is produced more slowly than it plays."""
_BATCH: Final = 250
_SKIPPED: Final = 5
"""Blocks skipped at the start of each batch, while caches are cold."""
_PACE_S: Final = 0.01067
_SETTINGS: Final = 'engines = ["paced"]\nvoice = "paced"\n[audio]\ndevice = "null"\n[realtime]\nmode = "{}"\n'


def measure(rounds: int) -> dict[str, Any]:
    """The object of ``bench hop --json``.

    Its figure: vocoder to converter under load, with real-time scheduling as allowed.

    ``conditions``: ``auto_idle``, ``auto_load``, ``off_idle`` and ``off_load``, each with the summary, reference and
    ratio of each of HOPS. ``machine.policy``: whether ``auto`` was SCHED_FIFO.
    """
    conditions: dict[str, Any] = {}
    about = {}
    with workplace() as place:
        for mode in ("auto", "off"):
            with private_daemon(place, _SETTINGS.format(mode)) as client:
                about[mode] = machine(client)
                for name, busy in (("idle", nullcontext()), ("load", load(place))):
                    with busy:
                        conditions[f"{mode}_{name}"] = _condition(client, rounds)
    figure = conditions["auto_load"]["vocoder_converter"]
    return {**figure, "machine": about["auto"], "conditions": conditions}


def _condition(client: Client, rounds: int) -> dict[str, Any]:
    stages = client.status()["stages"]
    ours: dict[str, list[float]] = {hop: [] for hop in HOPS}
    bare: dict[str, list[float]] = {hop: [] for hop in HOPS}
    for at in range(0, rounds, _BATCH):
        count = min(_BATCH, rounds - at)
        for found, histories in ((ours, _histories(client, count)), (bare, _chain(stages[:3], count))):
            for hop, (before, after) in HOPS.items():
                found[hop] += [(times[2 * after] - times[2 * before + 1]) / 1000 for times in histories]
    what = "processes that do nothing but wake the next over a bare semaphore, same pace, cores and scheduling"
    return {hop: result("hop", "µs", ours[hop], what, bare[hop]) for hop in HOPS}


def _histories(client: Client, count: int) -> list[list[int]]:
    stream = client.stream(_BLOCK * (_SKIPPED + count))
    return [stream.history for _ in islice(stream, _SKIPPED, None)]


def _chain(stages: list[StageStatus], count: int) -> list[list[int]]:
    """Times of each round (as slot.TIMES) of processes on the stages' cores that only wake the next one."""
    rounds, width = _SKIPPED + count, 2 * len(stages)
    notifiers = [_semaphore() for _ in range(len(stages) + 1)]
    times = memoryview(mmap.mmap(-1, 8 * rounds * width)).cast("Q", (rounds, width))
    with ExitStack() as cleanup:
        for at, stage in enumerate(stages):
            cleanup.enter_context(forked(_link, at, stage["cpus"], stage["priority"], notifiers, times))
        notifiers[-1].acquire()
    for notifier in notifiers:
        notifier.close()
    return [[times[each, at] for at in range(width)] for each in range(_SKIPPED, rounds)]


def _link(at: int, cpus: list[int], priority: int, notifiers: list[Any], times: memoryview) -> None:
    _schedule(cpus, priority)
    rounds = len(times)
    for each in range(rounds):
        if at:
            notifiers[at].acquire()
        else:
            time.sleep(_PACE_S)
        times[each, 2 * at] = time.monotonic_ns()
        times[each, 2 * at + 1] = time.monotonic_ns()
        if notifiers[at + 1] is not notifiers[-1] or each == rounds - 1:
            notifiers[at + 1].release()


def _schedule(cpus: list[int], priority: int) -> None:
    """Use the cores and priority of the stage, as far as allowed."""
    os.sched_setaffinity(0, cpus)
    if priority:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))


def _semaphore() -> Any:
    """A semaphore for this process and its forks; its name is removed at once."""
    semaphore = posix_ipc.Semaphore(None, posix_ipc.O_CREX)
    semaphore.unlink()
    return semaphore


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["condition", "from, to", "p50 µs", "p95", "p99", "max", "bare p50", "bare p95", "over bare"]]
    for condition, hops in result["conditions"].items():
        for hop, one in hops.items():
            figures = [one[key] for key in ("p50", "p95", "p99", "max")]
            figures += [one["reference"]["p50"], one["reference"]["p95"], one["ratio"]]
            names = [condition.replace("_", ", "), hop.replace("_", ", ")]
            rows.append([*names, *(f"{figure:.1f}" for figure in figures)])
    about = result["machine"]
    policies = ", ".join(f"{stage} {policy}" for stage, policy in about["policy"].items())
    return "\n".join([
        f"stage to stage, {result['n']} blocks each; bare: {result['reference']['what']}",
        "",
        table(rows),
        "",
        f"{about['cpus']} cores; Python {about['python']}; auto: {policies}",
    ])  # fmt: skip

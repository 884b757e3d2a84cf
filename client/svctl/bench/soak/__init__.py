"""``svctl bench soak``: random load while stages and daemons are killed at random.

Round after round a private daemon serves clients of every kind (clients.py) and plays on the null device (player.py),
while its stages are killed and suspended (faults.py), floods of requests arrive, and now and then the whole daemon is
stopped. Invariants (checks.py) are checked throughout, and between the rounds, when the daemon is idle.

recovery   ms from the fault to the first block that the replacement of the stage has finished, by the stages' clocks,
           for one client that reads at once; for the output: to its first block with sound. Stages that are only
           suspended are first detected as hung: ``recovery_stopped``
reference  ms from the start of the daemon until it can speak: the cost of restarting everything
"""

import asyncio
import contextlib
import random
import signal
from typing import Any, Final

from steadyvoice.client.svctl.bench.daemon import workplace
from steadyvoice.client.svctl.bench.soak.report import Report, line
from steadyvoice.client.svctl.bench.soak.rounds import Rounds
from steadyvoice.client.svctl.bench.statistics import result
from steadyvoice.client.svctl.render import table
from steadyvoice.ipc.errors import SteadyvoiceError

_SEEDS: Final = 1 << 31


def measure(minutes: float, seed: int | None, standbys: bool) -> dict[str, Any]:
    """The object of ``bench soak --json``; after an interrupt the results so far, and ``interrupted``."""
    report = Report(random.randrange(_SEEDS) if seed is None else seed)
    with workplace() as place:
        rounds = Rounds(place, report, standbys=standbys)
        interrupted = asyncio.run(_interruptible(rounds, minutes * 60))
        seconds = rounds.seconds
    values = [ms for name, one in report.recovery.items() if not name.endswith("/stop") for ms in one]
    boots = rounds.daemon.boots_ms
    found = result("soak", "ms", values, "from the daemon's start until it can speak", boots)
    found["machine"]["policy"] = rounds.policy
    return found | {
        "seed": report.seed,
        "seconds": round(seconds, 1),
        "rounds": report.round,
        "standbys": standbys,
        "interrupted": interrupted,
        "faults": {kind: dict(by) for kind, by in sorted(report.faults.items())},
        "moments": dict(report.moments),
        "utterances": dict(report.ends),
        "live": dict(report.live),
        "followed": rounds.daemon.followed + len(rounds.daemon.ledger.records),
        "samples_compared": report.samples,
        "played_s": round(report.played / 48000, 1),
        "daemons": len(boots),
        "recovery": report.recovered(stopped=False),
        "recovery_stopped": report.recovered(stopped=True),
        "violations": report.violations,
    }


async def _interruptible(rounds: Rounds, seconds: float) -> bool:
    """Run; return whether SIGINT or SIGTERM ended it. Leaves no process behind."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await rounds.run(seconds)
    except asyncio.CancelledError:
        return True
    except SteadyvoiceError as error:
        rounds.report.violation("daemon", f"it cannot continue: {error}")
    finally:
        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            await rounds.daemon.close()
    return False


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["from the fault to the replacement's first block, ms", "p50", "p95", "max", "n"]]
    for title, key in (("", "recovery"), (", only suspended", "recovery_stopped")):
        for name, one in result[key].items():
            rows.append([name + title, *(f"{one[k]:.0f}" for k in ("p50", "p95", "max")), str(one["n"])])
    faults = [f"  {kind}: {_counts(by)}" for kind, by in result["faults"].items()]
    standbys = "with standby processes" if result["standbys"] else "without standby processes"
    end = ", interrupted" if result["interrupted"] else ""
    reference = result["reference"]
    boot = "-" if reference["p50"] is None else f"{reference['p50']:.0f}"
    return "\n".join([
        f"{result['seconds']:.0f} s{end}, seed {result['seed']}, {result['rounds']} rounds, "
        f"{result['daemons']} daemons {standbys}",
        "",
        "faults",
        *faults,
        f"stages killed or suspended: {_counts(result['moments'])}",
        f"utterances: {_counts(result['utterances'])}; followed to their end: {result['followed']}",
        f"live sessions: {_counts(result['live'])}",
        f"samples compared: {result['samples_compared']}; played: {result['played_s']:.0f} s",
        "",
        table(rows),
        f"(a whole daemon until it can speak: {boot})",
        "",
        f"violations: {len(result['violations'])}",
        *(f"  {line(violation)}" for violation in result["violations"]),
    ])  # fmt: skip


def _counts(by: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(by.items())) or "none"


def status(result: dict[str, Any]) -> int:
    """The exit status: 130 after an interrupt, 1 after a violation."""
    return 130 if result["interrupted"] else int(bool(result["violations"]))

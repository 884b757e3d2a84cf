"""Counters and violations of a soak."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from steadyvoice.client.svctl.bench.statistics import summary


class Report:
    """Collects faults, results and violations while the soak runs."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.round = 0
        self.snapshot: Callable[[], dict[str, Any]] = dict
        """Returns the state of the daemon for the report of a violation."""
        self.faults: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Faults by kind and by process."""
        self.moments: Counter[str] = Counter()
        """Faults of stages by moment."""
        self.ends: Counter[str] = Counter()
        """Ends of utterances by reason."""
        self.live: Counter[str] = Counter()
        """Live sessions by where the sound went, and by their end."""
        self.samples = 0
        """Samples compared with those of an undisturbed daemon."""
        self.played = 0
        """Frames of speech played on the device."""
        self.violations: list[dict[str, Any]] = []
        self.recovery: defaultdict[str, list[float]] = defaultdict(list)
        """Recovery times in ms by stage; suspended stages under STAGE + "/stop"."""

    def violation(self, kind: str, what: str) -> None:
        at = time.strftime("%H:%M:%S", time.gmtime())
        found = {"kind": kind, "at": at, "seed": self.seed, "round": self.round, "what": what, "look": self.snapshot()}
        self.violations.append(found)

    def recovered(self, stopped: bool) -> dict[str, dict[str, Any]]:
        """p50, p95, max and n of each stage, in ms."""
        mine = {name: values for name, values in self.recovery.items() if name.endswith("/stop") == stopped}
        found = {}
        for name, values in sorted(mine.items()):
            figures = summary(values)
            found[name.partition("/")[0]] = {k: figures[k] for k in ("p50", "p95", "max", "values")} | {
                "n": len(values)
            }
        return found


def line(violation: dict[str, Any]) -> str:
    """A violation as one line of text."""
    snapshot = violation["look"]
    state = ", ".join(f"{name} {one}" for name, one in snapshot.get("stages", {}).items())
    where = f"{violation['at']} seed {violation['seed']} round {violation['round']}"
    return (
        f"{where}: {violation['kind']}: {violation['what']}; state: {state or 'see the log'}; {snapshot.get('log', '')}"
    )

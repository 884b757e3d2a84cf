"""What was done and what came of it, as it comes."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from steadyvoice.client.svctl.bench.statistics import summary


class Report:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.round = 0
        self.snapshot: Callable[[], dict[str, Any]] = dict
        """What to look at where something is wrong."""
        self.faults: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """By kind, and by whom it struck."""
        self.moments: Counter[str] = Counter()
        """When stages were struck."""
        self.ends: Counter[str] = Counter()
        """Of utterances, by reason."""
        self.samples = 0
        """Compared with what an undisturbed daemon made."""
        self.played = 0
        """Frames that sounded on the device."""
        self.violations: list[dict[str, Any]] = []
        self.recovery: defaultdict[str, list[float]] = defaultdict(list)
        """ms, by stage; those that were only stopped under STAGE + "/stop"."""

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
            found[name.partition("/")[0]] = {k: figures[k] for k in ("p50", "p95", "max")} | {"n": len(values)}
        return found


def line(violation: dict[str, Any]) -> str:
    """For people."""
    snapshot = violation["look"]
    state = ", ".join(f"{name} {one}" for name, one in snapshot.get("stages", {}).items())
    where = f"{violation['at']} seed {violation['seed']} round {violation['round']}"
    return (
        f"{where}: {violation['kind']}: {violation['what']}; look at: {state or 'the log'}; {snapshot.get('log', '')}"
    )

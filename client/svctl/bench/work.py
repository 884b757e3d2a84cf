"""What the stages, the daemon, this process and all others do meanwhile, for benchmarks under load."""

import os
import time
from pathlib import Path

from steadyvoice.client.client import Client


class Work:
    """CPU and busy times until now, in seconds."""

    def __init__(self, client: Client) -> None:
        status = client.status()
        self.at = time.monotonic()
        self.stages = status["stages"]
        parts = {"daemon": cpu_s(status["pid"]), "client": time.process_time()}
        ours = sum(parts.values()) + sum(cpu_s(stage["pid"]) for stage in self.stages)
        user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split(maxsplit=8)[1:8])
        all_processes = (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
        self._cpu = parts | {"others": all_processes - ours}

    def since(self, before: "Work") -> dict[str, dict[str, float]]:
        """Shares of the time since ``before``."""
        seconds = self.at - before.at
        busy: dict[str, float] = {}
        cores: dict[str, float] = {}
        for stage, old in zip(self.stages, before.stages, strict=True):
            share = busy[stage["name"]] = (stage["busy_s"] - old["busy_s"]) / seconds
            for core in map(str, stage["cpus"]):
                cores[core] = cores.get(core, 0.0) + share / len(stage["cpus"])
        cpu = {name: (used - before._cpu[name]) / seconds for name, used in self._cpu.items()}
        return {"busy": _rounded(busy), "cores": _rounded(cores), "cpu": _rounded(cpu)}


def cpu_s(pid: int) -> float:
    """Processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busiest(shares: dict[str, float]) -> str:
    """The stage or core with most work, and its share."""
    name = max(shares, key=lambda name: shares[name])
    return f"{name} {shares[name]:.0%}"


def _rounded(shares: dict[str, float]) -> dict[str, float]:
    return {name: round(share, 3) for name, share in sorted(shares.items())}

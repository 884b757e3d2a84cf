"""ops/alerts.yml beside a real Prometheus: the rules in a hurry, and which alerts fire."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from support.prometheus import Prometheus, prometheus

OPS: Final = Path(__file__).parents[2] / "ops"
RULES: Final = (OPS / "alerts.yml").read_text()
HURRY: Final = 30
"""By how much windows and waiting times are shorter in a test."""
LEAST_WINDOW_S: Final = 5
"""A rate needs two scrapes."""
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def hurried(rules: str) -> str:
    """The rules with each window and each ``for`` divided by ``HURRY``, evaluated each second."""

    def window(found: re.Match[str]) -> str:
        return f"[{max(_seconds(found[1]) // HURRY, LEAST_WINDOW_S)}s]"

    def wait(found: re.Match[str]) -> str:
        return f"for: {max(_seconds(found[1]) // HURRY, 1)}s"

    rules = re.sub(r"\[(\d+[smh])\]", window, rules)
    rules = re.sub(r"for: (\d+[smh])$", wait, rules, flags=re.M)
    return re.sub(r"interval: \d+[smh]$", "interval: 1s", rules, flags=re.M)


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * _SECONDS[duration[-1]]


@contextmanager
def watching(folder: Path, ports: Mapping[str, int], rules: str) -> Iterator[Prometheus]:
    """A Prometheus that has these rules and scrapes each second; at least one of the daemons must run.

    folder: for its data. ports: where daemons have their metrics, by name, which becomes ``instance``.
    """
    (folder / "rules.yml").write_text(rules)
    targets = [{"targets": [f"127.0.0.1:{port}"], "labels": {"instance": name}} for name, port in ports.items()]
    job = {"job_name": "steadyvoice", "scrape_interval": "1s", "static_configs": targets}
    with prometheus(folder, f"rule_files: [rules.yml]\nscrape_configs: {json.dumps([job])}\n") as server:
        yield server


def fires(server: Prometheus, alert: str, **labels: str) -> bool:
    """An alert with these labels fires."""
    wanted = labels | {"alertname": alert}
    alerts = server.ask("alerts")["alerts"]
    return any(each["state"] == "firing" and wanted.items() <= each["labels"].items() for each in alerts)


def value(server: Prometheus, expression: str) -> float:
    """Of the only series; 0 where there is none."""
    found = server.query(expression)
    assert len(found) < 2, found
    return float(found[0]["value"][1]) if found else 0.0

"""The panels and queries of ops/dashboard.json, as a Grafana would ask them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from support.alerts import OPS

VALUES = {"$__rate_interval": "1m", "$__range": "1h", "$instance": ".*"}
"""What Grafana puts in place of its variables."""


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((OPS / "dashboard.json").read_text())
    return loaded


def expressions() -> Iterator[tuple[str, str]]:
    """Title of the panel and PromQL of each query."""
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            expression = target["expr"]
            for variable, value in VALUES.items():
                expression = expression.replace(variable, value)
            yield panel["title"], expression


def metrics(text: str) -> set[str]:
    """Names of this project's metrics in PromQL, as they are exported."""
    return set(re.findall(r"steadyvoice_[a-z_]*", text))

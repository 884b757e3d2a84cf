"""A real Prometheus that scrapes a daemon, and the questions that a test has for it."""

import json
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.daemon import eventually

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None, reason="needs Debian's package prometheus"
)
INTERVAL = "200ms"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Prometheus:
    port: int

    def ask(self, path: str, **parameters: str) -> Any:
        """The ``data`` of the answer of its HTTP interface."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}", timeout=20) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an expression now, each with ``metric`` and ``value``."""
        found: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return found

    def is_up(self) -> bool:
        """It has scraped twice, so that a rate has a value."""
        try:
            found = self.query("count_over_time(up[1m]) >= 2 and up == 1")
        except OSError:
            return False
        return bool(found)


@contextmanager
def prometheus(folder: Path, configuration: str) -> Iterator[Prometheus]:
    """configuration: of what is scraped, in YAML. Once it has scraped twice."""
    (folder / "prometheus.yml").write_text(f"global: {{scrape_interval: {INTERVAL}}}\n{configuration}")
    port = free_port()
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with open(folder / "prometheus.log", "w") as log:
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log, cwd=folder
        )
    try:
        made = Prometheus(port)

        def look() -> bool:
            assert process.poll() is None, (folder / "prometheus.log").read_text()
            return made.is_up()

        eventually(look)
        yield made
    finally:
        process.terminate()
        process.wait(20)

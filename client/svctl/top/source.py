"""Where ``svctl top`` has its readings from: the daemon's status and metrics, and the names of its clients."""

import time
from contextlib import suppress
from functools import lru_cache
from typing import Final

from steadyvoice.client.client import Client
from steadyvoice.client.errors import RequestRefused
from steadyvoice.client.svctl.top.history import Reading
from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.metric_families import MetricFamily

_ANSWER_S: Final = 2.0
"""A daemon that has not answered by then is shown as one that does not."""


class Source:
    """One connection, made again when the daemon is back. DaemonUnreachable from each method."""

    def __init__(self, socket: str | None) -> None:
        """socket: path of the daemon's socket; None: the default."""
        self._client = Client(socket, timeout=_ANSWER_S)
        self._has_metrics = True

    def read(self) -> Reading:
        status = self._client.status()
        return Reading(time.monotonic(), status, self._metrics())

    def _metrics(self) -> list[MetricFamily]:
        """Empty where the daemon has none, as it is older."""
        if not self._has_metrics:
            return []
        try:
            return self._client.metrics()
        except RequestRefused:
            self._has_metrics = False
            return []

    def cancel(self, number: int) -> str:
        """Cancel an utterance or a live session of any client; what has become of it, for the screen."""
        try:
            heard = self._client.cancel(number)
        except RequestRefused as refused:
            return str(refused)
        return f"{number} was cancelled after {heard[0].heard_chars if heard else 0} characters"

    def close(self) -> None:
        self._client.close()


@lru_cache(256)
def client_name(pid: int) -> str:
    """The program's name; empty where /proc does not show it."""
    with suppress(OSError), open(f"/proc/{pid}/comm", errors="replace") as file:
        return one_line(file.read().rstrip("\n"), 15)
    return ""

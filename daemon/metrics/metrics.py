"""The metrics for whoever asks: the control socket, HTTP and the text file."""

import time
from collections import Counter

from steadyvoice.daemon.metrics.snapshot import families
from steadyvoice.daemon.metrics.stage_memory import StageMemory
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc import exposition
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.metric_families import MetricFamily


class Metrics:
    """To be used in the event loop's thread."""

    def __init__(self, supervisor: Supervisor, utterances: UtteranceService) -> None:
        self._supervisor, self._utterances = supervisor, utterances
        self._refused: Counter[Code] = Counter()
        self._memory = StageMemory()
        self._started_at = time.time()

    def refused(self, code: Code) -> None:
        """Count a request that was refused."""
        self._refused[code] += 1

    async def families(self) -> list[MetricFamily]:
        """All families, as they are now."""
        pids = {process.stage.label: process.pid for process in self._supervisor.stages.values()}
        memory = await self._memory.look(pids)
        return families(self._supervisor, self._utterances, self._refused, memory, self._started_at)

    async def text(self) -> bytes:
        """The same in Prometheus' text format."""
        return exposition.text(await self.families()).encode()

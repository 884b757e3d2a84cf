"""The metrics for whatever asks: the control socket, HTTP and the text file."""

import time
from collections import Counter

from steadyvoice.daemon.metrics.snapshot import families
from steadyvoice.daemon.metrics.stage_memory import StageMemory
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import LISTEN, LIVE
from steadyvoice.ipc import exposition
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.live_protocol import LIVE_LANE
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
        speaking = [each for each in self._supervisor.stages.values() if each.stage.of not in (LIVE, LISTEN)]
        looked_up = await self._memory.look([process.pid for process in speaking], self._is_idle)
        memory = {
            process.stage.label: {"rss": rss} | looked_up.get(process.pid, {})
            for process in self._supervisor.stages.values()
            if (rss := process.rss_bytes())
        }
        return families(self._supervisor, self._utterances, self._refused, memory, self._started_at)

    def _is_idle(self) -> bool:
        pipeline = self._supervisor.pipeline
        is_live = pipeline is not None and pipeline.shared.live(LIVE_LANE)
        return not self._utterances.scheduler.all and not is_live and self._supervisor.ready.is_set()

    async def text(self) -> bytes:
        """The same in Prometheus' text format."""
        return exposition.text(await self.families()).encode()

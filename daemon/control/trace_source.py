"""What traces are made of: the utterances that are known, and the flight recorder."""

from steadyvoice.daemon.scheduling import traced
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.tracing.known import Known
from steadyvoice.ipc.flight_recorder import Snapshot


class TraceSource:
    """tracing.service.Source."""

    def __init__(self, supervisor: Supervisor, utterances: UtteranceService) -> None:
        self._supervisor, self._utterances = supervisor, utterances

    def known(self) -> list[Known]:
        lifecycle = self._utterances.lifecycle
        present = [traced.known(each, lifecycle.names(each)) for each in self._utterances.scheduler.all]
        return [*lifecycle.recent.all, *present]

    def snapshot(self) -> Snapshot | None:
        pipeline = self._supervisor.pipeline
        return pipeline.recorded.snapshot() if pipeline is not None else None

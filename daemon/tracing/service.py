"""Answers requests for a trace, keeps one after an underrun or a death, and has ended utterances exported."""

import asyncio
import time
from typing import Final, Protocol

from steadyvoice.daemon.config import Tracing as Settings
from steadyvoice.daemon.tracing import gather
from steadyvoice.daemon.tracing.exporter import Exporter
from steadyvoice.daemon.tracing.gather import Gathering
from steadyvoice.daemon.tracing.keeper import Keeper
from steadyvoice.daemon.tracing.known import Known
from steadyvoice.ipc.daemon_status import TracesStatus
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.flight_recorder import Snapshot
from steadyvoice.ipc.traces import Trace

_AT_ONCE: Final = 256
"""Records that are read before others may run: half a millisecond."""


class Source(Protocol):
    """What traces are made of."""

    def known(self) -> list[Known]:
        """Utterances that have ended or are in the daemon, and live sessions."""

    def snapshot(self) -> Snapshot | None:
        """Of the flight recorder; None while there is none."""


class Tracing:
    """To be used in the event loop's thread."""

    def __init__(self, source: Source, settings: Settings) -> None:
        self._source = source
        self._keeper = Keeper()
        self._exporter = Exporter(settings.otlp)

    def configure(self, settings: Settings) -> None:
        self._exporter.url = settings.otlp

    async def find(self, number: int, seconds: float) -> Trace:
        """The trace of the utterance of this number; of all in so many seconds; without both, of the last one.

        RequestRefused where there is none.
        """
        since_ns = time.monotonic_ns() - int(seconds * 1e9) if seconds else 0
        known = gather.chosen(self._source.known(), number, since_ns)
        if number and not known:
            why = (
                f"nothing is known of utterance {number}: it is unknown, or long over; the last one: svctl trace --last"
            )
            raise RequestRefused("unknown_utterance", why)
        if not known and not seconds:
            raise RequestRefused("unknown_utterance", "nothing has been spoken since the daemon's start")
        gathering = Gathering(known, since_ns)
        if (snapshot := self._source.snapshot()) is not None:
            for at, record in enumerate(snapshot.records(gathering.ids), 1):
                gathering.add(record)
                if at % _AT_ONCE == 0:
                    await asyncio.sleep(0)
        return gather.now(gathering)

    def underrun(self, number: int, stage: str) -> None:
        """The device has played silence in the utterance or live session. stage: to blame; empty: not known."""
        blame = f": stage {stage} was late" if stage else ""
        self._keep(f"underrun in {number}{blame}", "underrun")

    def died(self, reason: str) -> None:
        """A process of a stage has ended, other than for a new configuration."""
        self._keep(reason, "death")

    def _keep(self, why: str, kind: str) -> None:
        if self._keeper.is_due() and (snapshot := self._source.snapshot()) is not None:
            self._keeper.keep(why, kind, self._source.known(), snapshot)

    def ended(self, known: Known) -> None:
        if self._exporter.wants(known):
            recorded = known.sink == "device" and known.first_ns
            self._exporter.export(known, self._source.snapshot() if recorded else None)

    @property
    def status(self) -> TracesStatus:
        return {
            "kept": self._keeper.kept,
            "last": self._keeper.last,
            "problem": self._keeper.problem or self._exporter.problem,
            "exported": self._exporter.exported,
            "dropped": self._exporter.dropped,
        }

"""A live session: what was asked for, and what its stages have reported."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from steadyvoice.daemon.live import containment
from steadyvoice.daemon.live.client_stream import ClientStream
from steadyvoice.daemon.scheduling.utterance import Listener
from steadyvoice.daemon.tracing.known import Known, Recent
from steadyvoice.ipc.daemon_status import LiveStatus
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.live_protocol import ChainReport, InputReport, LiveChain, PlaybackReport
from steadyvoice.ipc.messages import Reason
from steadyvoice.ipc.requests import Live
from steadyvoice.ipc.stage_protocol import SINK_RATE

log = logging.getLogger("svd")

_DRAINED_LOOKS: Final = 8
"""0.2 s: the converter has published by then what it held back."""
_COUNTED: Final = ("times_dry", "lost", "inserted", "underruns")


@dataclass
class LiveSession:
    number: int
    request: Live
    listener: Listener | None
    """None after a detached session's client has disconnected."""
    chain: LiveChain
    """That is used."""
    has_left: Callable[[], bool] = lambda: False
    """Whether the client has disconnected, though nobody has acted on it yet."""
    wanted: LiveChain | None = None
    """That is to replace it, and is being prepared."""
    has_begun: bool = False
    """The client knows of it."""
    lost_change: str = ""
    """Why the chain that was wanted will not be had: the process that prepared it has ended."""
    stream: ClientStream | None = None
    """Where the sound goes to the client."""
    input: InputReport | None = None
    converter: ChainReport | None = None
    playback: PlaybackReport | None = None
    earlier: Counter[str] = field(default_factory=Counter)
    """Faults that output processes before the present one have counted."""
    failures: dict[int, str] = field(default_factory=dict)
    """Why a plugin is not used, by its place in the chain: processes that ended or hung in it."""
    deaths: Counter[int] = field(default_factory=Counter)
    """Of the converter's processes, by the place of the plugin that had the block."""
    problem: str = ""
    """Why the session must end; empty while it goes on."""
    drained: int = 0
    """Looks in a row at which the source was over, and neither the converter nor the client had anything left."""
    version: int = 1
    """Of the last chain that was asked for."""

    def __post_init__(self) -> None:
        stages = ["input", "converter live", *(["output"] if self.to_device else [])]
        sink = self.request.sink
        self.known = Known(self.number, "live", sink, stages, time.monotonic_ns(), SINK_RATE)
        """For its trace."""

    @property
    def to_device(self) -> bool:
        return self.request.sink == "device"

    def begin(self, recent: Recent) -> None:
        """The client is about to know of it."""
        self.has_begun = True
        self.known.admitted_ns = time.monotonic_ns()
        recent.add(self.known)

    def ended(self, reason: Reason, samples: int, problem: str) -> None:
        """samples: that were played or sent."""
        known = self.known
        known.ended_ns, known.reason, known.duration_s = time.monotonic_ns(), reason, round(samples / SINK_RATE, 4)
        if problem:
            log.warning("live session %d: %s", self.number, problem)

    def begin_change(self, through: str | None) -> LiveChain:
        """The chain to be prepared. through: None: the same plugins, and those again that are not used."""
        self.version += 1
        plugins = self.chain.plugins if through is None else through
        self.wanted = msgspec.structs.replace(self.chain, version=self.version, plugins=plugins, left_out=[])
        self.lost_change = ""
        return self.wanted

    def end_change(self, chain: LiveChain | None) -> None:
        """chain: is used now; None: the old one stays."""
        self.wanted = None
        if chain is not None:
            self.chain = chain
            self.failures.clear()
            self.deaths.clear()

    @property
    def is_answered(self) -> bool:
        """The converter has reported about the chain that was asked for last, or will not."""
        return bool(self.lost_change) or (self.converter is not None and self.converter.version == self.version)

    def check_chain(self) -> None:
        """RequestRefused where the chain that was asked for last cannot be had."""
        report = self.converter
        if report is not None and report.problem:
            raise RequestRefused(report.code or "unknown_plugin", report.problem)

    def converter_died(self, block: containment.Block, *, was_killed: bool, reason: str) -> None:
        """Its process ended at this block: decide what the next one gets."""
        if self.wanted is not None:
            self.lost_change = f"{reason}; the old plugins stay"
        plugins = self.converter.plugins if self.converter is not None else []
        place = containment.place_of(block, plugins)
        if place is None or block[0] != self.number:
            return
        self.deaths[place] += 1
        chain = containment.after_death(self.chain, place, was_killed=was_killed, deaths=self.deaths)
        if chain is not self.chain:
            self.chain, self.failures[place] = chain, reason
            log.warning("live session %d goes on without %s: %s", self.number, plugins[place].name, reason)

    def is_at_end(self, left: int, waiting: int) -> bool:
        """At a look after the end of the source: whether the sink gets nothing more.

        left: samples that the sink does not have yet. waiting: blocks before the converter. What a client that read too
        late has lost, it never gets.
        """
        is_empty = self.stream is not None and self.stream.is_drained and not waiting
        self.drained = self.drained + 1 if is_empty else 0
        return left <= 0 or self.drained > _DRAINED_LOOKS

    def set_first(self, first: int) -> None:
        self.chain = msgspec.structs.replace(self.chain, first=first)

    def count_faults(self) -> None:
        """Keep what the output has counted; another process goes on."""
        if self.playback is not None:
            self.earlier.update({name: getattr(self.playback, name) for name in _COUNTED})
            self.playback = None

    def _faults(self, name: str) -> int:
        return self.earlier[name] + (getattr(self.playback, name) if self.playback else 0)

    def status(self) -> LiveStatus:
        heard, captured, chain = self.playback, self.input, self.converter
        latency_ms = chain.latency / 48 if chain else 0.0
        return {
            "id": self.number,
            "source": self.request.source,
            "sink": self.request.sink,
            "device": captured.name if captured else "",
            "rate": captured.rate if captured else 0,
            "channels": captured.channels if captured else 0,
            "problem": captured.problem if captured else "",
            "ppm": captured.ppm if captured else 0.0,
            "ppm_deviation": captured.ppm_deviation if captured else 0.0,
            "resampled": captured.resampled if captured else False,
            "corrections": captured.corrections if captured else 0,
            "slips": captured.slips if captured else 0,
            "overflows": captured.overflows if captured else 0,
            "level_db": {"input": captured.level_db if captured else -200.0, "output": _level(chain)},
            "dry": heard.is_dry if heard else False,
            "times_dry": self._faults("times_dry"),
            "lost": self._faults("lost"),
            "inserted": self._faults("inserted"),
            "underruns": self._faults("underruns"),
            "latency_ms": {
                "total": round((heard.latency_ms if heard else 0.0) + latency_ms, 2),
                "plugins": round(latency_ms, 2),
            },
            "through": [
                {
                    "name": each.name,
                    "parameters": each.parameters,
                    "latency_ms": round(each.latency / 48, 2),
                    "p50_us": each.p50_us,
                    "p99_us": each.p99_us,
                    "budget_us": each.budget_us,
                    "problem": self.failures.get(place, each.problem),
                }
                for place, each in enumerate(chain.plugins if chain else [])
            ],
        }


def _level(chain: ChainReport | None) -> float:
    return chain.level_db if chain else -200.0

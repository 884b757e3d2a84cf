"""What has happened to utterances since the daemon's start: counts, and histograms of their times."""

import logging
from collections import Counter, defaultdict
from typing import Final

from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.ipc import histogram
from steadyvoice.ipc.histogram import Histogram
from steadyvoice.ipc.messages import Reason

log = logging.getLogger("svd")

SINKS: Final = ("device", "pcm")


class Stats:
    def __init__(self) -> None:
        self.ended: Counter[str] = Counter()
        """Utterances: finished, cancelled (this includes skipped and replaced) or failed."""
        self.reasons: Counter[Reason] = Counter()
        """The same by reason."""
        self.heard_chars = 0
        """Characters of ended utterances that were heard."""
        self.ssml_errors = 0
        """Utterances that were no valid SSML."""
        self.underruns: Counter[str] = Counter()
        """Underruns by the stage that was late."""
        self.late_ms: dict[str, float] = {}
        """Worst lateness of each stage, in milliseconds."""
        self.late: defaultdict[str, Histogram] = defaultdict(histogram.private)
        """Lateness by the stage's label."""
        self.first_audio = {sink: histogram.private() for sink in SINKS}
        """From the request to the first sample at the sink, by sink."""
        self.queued = {sink: histogram.private() for sink in SINKS}
        """From the request until the utterance first has a lane, by sink."""
        self.waited_for_streams = 0
        """Utterances that had to wait because as many streams as are allowed were active."""
        self.silent = histogram.private()
        """From a cancel until the output has faded the utterance out."""
        self.heard_silent = histogram.private()
        """The same, until the device has played that."""

    def end(self, reason: Reason, heard_chars: int) -> None:
        self.ended[{"done": "finished", "error": "failed"}.get(reason, "cancelled")] += 1
        self.reasons[reason] += 1
        self.heard_chars += heard_chars

    def cancelled(self, took_ns: int, latency_ms: float) -> None:
        """An utterance that was being heard has ended early. latency_ms: what the device holds."""
        self.silent.observe(took_ns)
        self.heard_silent.observe(took_ns + int(latency_ms * 1e6))

    def underrun(self, utterance: Utterance, stage: str, label: str, late_ms: float) -> None:
        """stage: its name in the path. label: with its engine or family."""
        utterance.timings.add_underrun(stage, late_ms)
        extra = {"utterance": utterance.id, "stage": stage}
        log.warning("utterance %d: underrun: stage %s was late by %g ms", utterance.id, stage, late_ms, extra=extra)
        self.underruns[stage] += 1
        self.late_ms[stage] = max(self.late_ms.get(stage, 0.0), late_ms)
        self.late[label].observe(int(late_ms * 1e6))

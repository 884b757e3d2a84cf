"""Counts of ended utterances and of underruns since the daemon's start."""

import logging
from collections import Counter

from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.ipc.messages import Reason

log = logging.getLogger("svd")


class Stats:
    def __init__(self) -> None:
        self.ended: Counter[str] = Counter()
        """Utterances: finished, cancelled (this includes skipped and replaced) or failed."""
        self.ssml_errors = 0
        """Utterances that were no valid SSML."""
        self.underruns: Counter[str] = Counter()
        """Underruns by the stage that was late."""
        self.late_ms: dict[str, float] = {}
        """Worst lateness of each stage, in milliseconds."""

    def end(self, reason: Reason) -> None:
        self.ended[{"done": "finished", "error": "failed"}.get(reason, "cancelled")] += 1

    def underrun(self, utterance: Utterance, stage: str, late_ms: float) -> None:
        utterance.timings.add_underrun(stage, late_ms)
        extra = {"utterance": utterance.id, "stage": stage}
        log.warning("utterance %d: underrun: stage %s was late by %g ms", utterance.id, stage, late_ms, extra=extra)
        self.underruns[stage] += 1
        self.late_ms[stage] = max(self.late_ms.get(stage, 0.0), late_ms)

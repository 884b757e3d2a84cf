"""What has become of utterances since the daemon's start."""

from collections import Counter

from steadyvoice.ipc.messages import Reason


class Tally:
    def __init__(self) -> None:
        self.ended: Counter[str] = Counter()
        """finished, cancelled (also skipped and replaced) or failed."""
        self.underruns: Counter[str] = Counter()
        """Gaps heard, by the stage that was late."""
        self.late_ms: dict[str, float] = {}
        """How late at the worst."""

    def end(self, reason: Reason) -> None:
        self.ended[{"done": "finished", "error": "failed"}.get(reason, "cancelled")] += 1

    def underrun(self, stage: str, late_ms: float) -> None:
        self.underruns[stage] += 1
        self.late_ms[stage] = max(self.late_ms.get(stage, 0.0), late_ms)

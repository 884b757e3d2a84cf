"""Who kept the sound device waiting."""

from collections.abc import Sequence


class UnderrunAttribution:
    """Blames, for each underrun, the stage that had the late block the longest.

    A block is with a stage from when the stage before it was done with it; with the generator from when that was
    done with the block before. After the triggered and finished times that JACK compares (JackEngine::CheckXRun).
    """

    def __init__(self, stage: int) -> None:
        self._stage = stage
        """The sound device's own stage, the last."""
        self.begin()

    def begin(self) -> None:
        """Another utterance."""
        self._dry_at = 0
        self._begun: list[int] = []
        self._done: list[int] = []

    def dry(self, at: int) -> None:
        """At this time, in nanoseconds, there was nothing to play and something was owed."""
        self._dry_at = self._dry_at or at

    def took(self, times: Sequence[int]) -> None:
        """A block is at hand, with its history (slot.TIMES)."""
        made_before = self._done[0] if self._done else times[0]
        self._done = list(times[1 : 2 * self._stage : 2])
        self._begun = [made_before, *self._done[:-1]]

    def late(self, now: int) -> tuple[int, float] | None:
        """If the block at hand was missing: who was late, and by how many milliseconds. Told once."""
        underrun_at, self._dry_at = self._dry_at, 0
        if not underrun_at:
            return None
        late_ms = (now - underrun_at) / 1e6
        if self._done[-1] <= underrun_at:
            return self._stage, late_ms
        held = [done - begun for begun, done in zip(self._begun, self._done, strict=True)]
        return held.index(max(held)), late_ms

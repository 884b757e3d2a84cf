"""Which stage caused an underrun of the sound device."""

from collections.abc import Sequence


class UnderrunAttribution:
    """Attributes each underrun to the stage that spent the longest time on the late block.

    A stage's time on a block begins when the stage before it has finished the block; the first stage's time begins when
    it has finished the block before. JACK compares the same times (JackEngine::CheckXRun).
    All times are monotonic nanoseconds.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Another utterance begins: an underrun before its first block is none."""
        self._underrun_at = 0
        self._started: list[int] = []
        self._finished: list[int] = []

    def underrun(self, at: int) -> None:
        """The device's buffer was empty at this time. Until the next block comes, only the first call counts."""
        self._underrun_at = self._underrun_at or at

    def block_taken(self, times: Sequence[int]) -> None:
        """The output takes the next block. times: of the stages before the output (slot.TIMES)."""
        previous = self._finished[0] if self._finished else times[0]
        self._finished = list(times[1::2])
        self._started = [previous, *self._finished[:-1]]

    @property
    def position(self) -> int:
        """Of the output, in the path of the current block."""
        return len(self._finished)

    def attribute(self, now: int) -> tuple[int, float] | None:
        """If there was an underrun before the current block: the position in the path of the stage that caused it, and
        its length in milliseconds.

        Each underrun is returned once.
        """
        underrun_at, self._underrun_at = self._underrun_at, 0
        if not underrun_at:
            return None
        late_ms = (now - underrun_at) / 1e6
        if self._finished[-1] <= underrun_at:
            return self.position, late_ms
        spent = [finished - started for started, finished in zip(self._started, self._finished, strict=True)]
        return spent.index(max(spent)), late_ms

"""How exactly the sound device is given its blocks."""

from typing import Final

from steadyvoice.ipc.histogram import Histogram
from steadyvoice.ipc.stage_protocol import SINK_RATE

_SAMPLE_NS: Final = 1_000_000_000 / SINK_RATE


class Pace:
    """Of one utterance on the device. All times are monotonic nanoseconds."""

    def __init__(self, late: Histogram, block: int) -> None:
        """late: gets by how much later than the device had room for it each block came. block: its samples."""
        self._late, self._block = late, block
        self._due = 0

    def begin(self) -> None:
        """The next block follows a pause, and is not late."""
        self._due = 0

    def given(self, now: int, empty_at: int, buffer_samples: int) -> None:
        """A block goes to the device now. empty_at: when the device, which holds ``buffer_samples``, will then have
        played all. The next block is due when there is room for it, by the device's clock."""
        if self._due:
            self._late.observe(now - self._due)
        self._due = max(now, empty_at - int((buffer_samples - self._block) * _SAMPLE_NS))

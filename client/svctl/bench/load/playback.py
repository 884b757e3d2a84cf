"""A listener's player, for real listeners and for those of a model: pure, without clock."""

import math


class Playback:
    """Plays all that has come, from the first block on, at the pace of the sound. Seconds of any one clock."""

    def __init__(self) -> None:
        self.first_at = math.nan
        """When the first block came; nan: none has."""
        self.due = math.nan
        """When all that came so far has been played."""
        self.sound_s = 0.0
        """Of all blocks."""
        self.underruns = 0
        """Blocks that came when nothing was left to play."""
        self.starved_s = 0.0
        """Silence before them, of all."""
        self.worst_s = 0.0
        """The longest of these."""

    @property
    def has_begun(self) -> bool:
        return not math.isnan(self.first_at)

    def add(self, at: float, seconds: float) -> None:
        """A block with so much sound came at this time, not before the last one."""
        if not self.has_begun:
            self.first_at = self.due = at
        elif at > self.due:
            gap = at - self.due
            self.underruns += 1
            self.starved_s += gap
            self.worst_s = max(self.worst_s, gap)
            self.due = at
        self.due += seconds
        self.sound_s += seconds

    def heard_at(self, seconds: float) -> float:
        """When so many seconds of what came have been heard, if none of them are still to be waited for."""
        return self.due - max(0.0, self.sound_s - seconds)

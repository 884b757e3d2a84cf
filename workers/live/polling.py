"""When to look for the next block of a capture device: seldom, and soon after it has arrived."""

from typing import Final

from steadyvoice.ipc.stage_protocol import SINK_RATE

_LEARNS_NS: Final = 1_000_000_000
_LEARNING_S: Final = 0.001
_EARLY_NS: Final = 400_000
"""A block is looked for up to so much before it is expected, not always by the same: otherwise all readings would be as
late as the least late one so far."""
_GOLDEN: Final = 0.618034
_AGAIN_S, _MOST_AGAIN_S = 0.0002, 0.002
"""Time until the second look at a block that has not arrived; it doubles with each look up to the other."""


class Polling:
    """In the first second it looks each millisecond, and learns how many frames the device gives at once."""

    def __init__(self) -> None:
        self.arrived_ns = 0
        """When frames last arrived; 0: none yet."""
        self.captured_ns = 0
        """When the last of them was captured, as far as that is known."""
        self._period = SINK_RATE
        self._learns_until_ns = 0
        self._expected_ns = 0
        self._share, self._again_s = 0.0, _AGAIN_S

    def opened(self, now_ns: int) -> None:
        """The device was opened, or gives frames again."""
        self.arrived_ns, self._learns_until_ns = now_ns, now_ns + _LEARNS_NS

    def arrived(self, at_ns: int, frames: int) -> None:
        self.arrived_ns = self.captured_ns = at_ns
        if at_ns < self._learns_until_ns:
            self._period = min(self._period, frames)

    def sleep_s(self, now_ns: int, missing: int, *, begins: bool) -> float:
        """Seconds until ``missing`` more frames may have arrived. begins: it is the first question for a block."""
        if now_ns < self._learns_until_ns:
            return _LEARNING_S
        if begins:
            frames = -(-missing // self._period) * self._period
            self._share = (self._share + _GOLDEN) % 1
            self._expected_ns = self.captured_ns + frames * 1_000_000_000 // SINK_RATE - int(_EARLY_NS * self._share)
            self._again_s = _AGAIN_S
        expected_s = (self._expected_ns - now_ns) / 1e9
        if expected_s > self._again_s:
            return expected_s
        again_s, self._again_s = self._again_s, min(2 * self._again_s, _MOST_AGAIN_S)
        return again_s

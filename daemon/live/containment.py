"""What is done about a plugin that hangs or ends the process of live sound. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from steadyvoice.ipc.live_protocol import LiveChain, PluginStatus
from steadyvoice.ipc.stage_protocol import SINK_RATE

Block = tuple[int, int, int]
"""StageState.current_block of the converter of live sound: session, number of the plugin that works, first sample."""

HUNG_S: Final = 0.1
"""A plugin that needs longer for one block has hung, unless the chain's latency is longer still."""


class HangWatch:
    """Of one converter process."""

    def __init__(self) -> None:
        self._block: Block = (0, 0, 0)
        self._since = 0.0

    def has_hung(self, now: float, block: Block, latency: int) -> bool:
        """Whether the plugin of this block has hung. now: monotonic seconds. latency: of the chain, samples."""
        if block != self._block or not block[0] or not block[1]:
            self._block, self._since = block, now
            return False
        return now - self._since > max(HUNG_S, 2 * latency / SINK_RATE)


def place_of(block: Block, plugins: Sequence[PluginStatus]) -> int | None:
    """Place in the chain of the plugin that had the block; None: none had it."""
    return next((place for place, each in enumerate(plugins) if each.number and each.number == block[1]), None)


def after_death(chain: LiveChain, place: int, *, was_killed: bool, deaths: Mapping[int, int]) -> LiveChain:
    """The chain for a replacement of the process that ended while the plugin of this place worked.

    The plugin is left out. If another program killed the process, or the kernel did for want of memory, it is left out
    at its second death. deaths: in this session, this one included, by place.
    """
    if place in chain.left_out or (was_killed and deaths.get(place, 0) < 2):
        return chain
    return msgspec.structs.replace(chain, left_out=[*chain.left_out, place])

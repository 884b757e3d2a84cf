"""The stages in the order in which sound passes through them, and the ring that each of them reads."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class StageSpec:
    """A stage and its input ring."""

    name: str
    slots: int
    """Of the input ring."""
    payload_bytes: int
    """Of one slot."""
    priority: int
    """SCHED_FIFO priority where real time is allowed: it rises towards the sound device. Stages that run models get
    none: they compute for long stretches and would starve the others."""


# The rings after the vocoder hold twice the lookahead, so that no stage ever waits for a listener.
STAGE_SPECS: Final = (
    StageSpec("generator", 64, 4096, 0),  # text
    StageSpec("vocoder", 16, 16 * 3006 * 4, 20),  # acoustic frames; a slot holds 16 of the widest engine
    StageSpec("converter", 64, 4096 * 4, 30),  # PCM at the voice's rate
    StageSpec("output", 2048, 4096 * 4 // 8, 40),  # PCM at 48 kHz, 512 samples a slot
)
NAMES: Final = tuple(spec.name for spec in STAGE_SPECS)

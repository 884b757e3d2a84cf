"""Messages about live sound between the supervisor and the stages of its line; see stage_protocol.py.

A live session has the lane LIVE_LANE and a number, as an utterance. Samples are numbered by the input stage, since the
daemon's start: a session begins at the number that the capture history has then.
"""

from typing import Final, Literal

import msgspec

from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.shared_state import DEVICE_LANES, LANES

LIVE_BLOCK: Final = 512
"""Samples of a block of live sound, 10.7 ms at 48 kHz."""
CHAIN_BUDGET_US: Final = 7500
"""Microseconds that a block may take in all plugins: what the output can wait for it."""
LIVE_LANE: Final = LANES - 1
"""Never given to an utterance."""
LIVE_DEVICE_LANE: Final = DEVICE_LANES
"""Of the ring from the converter of live sound to the output: the one after those of utterances."""


class LiveSource(msgspec.Struct, frozen=True, tag=True):
    """To the input: capture from this source from now on. Answered by an InputReport."""

    session: int
    source: str
    """See workers/live/naming.py; empty: close it."""
    first: int
    """Number of the session's first sample; -1: of the next sample."""
    to_device: bool
    """The listener's clock is the sound device's; else the source's own clock, or the computer's, counts."""


class LiveChain(msgspec.Struct, frozen=True, tag=True):
    """To the converter of live sound: use these plugins from now on. Answered by a ChainReport of this version."""

    session: int
    version: int
    """Higher than that of every earlier chain of the session."""
    first: int
    """Number of the session's first sample; -1: that of the first block which comes."""
    plugins: str
    """As in ``svctl live --through``."""
    sink_format: Literal["f32", "s16"] = "f32"
    """Sample format in a client's ring."""
    left_out: list[int] = []
    """Places of plugins that are not to be used, because a process ended or hung in them."""
    permitted: tuple[str, ...] = ()
    """Files and classes that are no entry points and may be loaded."""


class PluginStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin of the chain."""

    name: str
    """Unique in the chain."""
    reference: str
    """How it was asked for."""
    parameters: dict[str, bool | int | float | str]
    latency: int
    """Samples."""
    p50_us: float
    p99_us: float
    """Microseconds for a block, of the last 1024 blocks."""
    budget_us: float
    """Microseconds that a block of the whole chain may take."""
    problem: str
    """Why the sound passes it by; empty while it is used."""
    number: int
    """In the process; what StageState.current_block has in place of the segment while the plugin works."""


class InputReport(msgspec.Struct, frozen=True, tag=True):
    """From the input: the source, at each change and once a second."""

    session: int
    state: Literal["open", "over", "failed"]
    problem: str = ""
    """Why there is no sound; it may come back."""
    name: str = ""
    """Of the device or file."""
    rate: int = 0
    channels: int = 0
    ppm: float = 0.0
    """By which the source's clock is faster than the sink's."""
    ppm_deviation: float = 0.0
    """Standard deviation over the last minute."""
    level_db: float = -200.0
    """Peak of the last second, relative to full scale."""
    corrections: int = 0
    """Times at which samples were left out or put in, because the clocks had come apart by more than a block."""
    slips: int = 0
    """Times at which the device lost or inserted less than a block without knowing it."""
    overflows: int = 0
    """Times at which the device reported that it had dropped samples."""
    resampled: bool = False
    first: int = 0
    """Number of the session's first sample."""


class ChainReport(msgspec.Struct, frozen=True, tag=True):
    """From the converter of live sound, at each change and once a second."""

    session: int
    version: int
    code: Code | None = None
    problem: str = ""
    """Why the chain could not be changed; the old one stays."""
    latency: int = 0
    """Samples, of all plugins."""
    plugins: list[PluginStatus] = []
    level_db: float = -200.0
    """Peak of the last second after the plugins."""


class PlaybackReport(msgspec.Struct, frozen=True, tag=True):
    """From the output, when converted samples are late or there again, and once a second."""

    session: int
    is_dry: bool
    """The converter is late: the input's own samples are played."""
    times_dry: int
    """How often that began."""
    lost: int
    """Samples left out, because the sound was too late."""
    inserted: int
    """Samples of silence, because the input was late."""
    underruns: int
    """Times at which the device had nothing to play."""
    latency_ms: float
    """From the capture of a sample until it is heard, without the converter's own latency."""


ToLiveStage = LiveSource | LiveChain
FromLiveStage = InputReport | ChainReport | PlaybackReport

"""Live sound from a source, in blocks on the sink's clock."""

import math
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import numpy as np

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live.captured import CaptureFollower
from steadyvoice.workers.live.clocked import ClockedFollower
from steadyvoice.workers.live.sources import SinkClock, Source, Transfer
from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples, fade_out_gain
from steadyvoice.workers.playback.naming import NoDevice

RETRY_NS: Final = 200_000_000
"""Time between two attempts to open a device that was lost."""
_SILENCE_DB: Final = -120.0
_NONE: Final = np.empty(0, np.float32)


class Block(NamedTuple):
    samples: Samples
    """LIVE_BLOCK of them."""
    start: int
    """Index of the first sample."""
    captured_ns: int
    """When the last sample was captured, monotonic nanoseconds."""


class InputStatus(NamedTuple):
    name: str
    rate: int
    """Hertz, of the source itself."""
    channels: int
    problem: str
    """Why there is only silence now; empty: nothing is wrong."""
    resampled: bool
    """Its clock differs from the sink's; False: it is copied."""
    ppm: float
    """How much faster than the sink's clock its clock is."""
    ppm_sd: float
    """Standard deviation of that over the last 60 s."""
    level_db: float
    """Peak of the last second, dBFS."""
    corrections: int
    """Times that frames were dropped, or silence inserted."""
    slips: int
    """Times that less than a block was lost or inserted without the device's knowledge: its clock jumped."""
    overflows: int
    """Times that the device lost frames, as far as it knows."""


class Follower(Protocol):
    """Makes a source's samples keep the sink's pace. The properties are those of ``InputStatus``."""

    @property
    def corrections(self) -> int: ...

    @property
    def slips(self) -> int: ...

    @property
    def ppm(self) -> float: ...

    @property
    def ppm_sd(self) -> float: ...

    @property
    def resampled(self) -> bool: ...

    def step(self, now_ns: int) -> Transfer:
        """The samples to hand on now, and when the last of them was captured. As ``Source.poll``."""
        ...

    def silence(self, now_ns: int) -> Transfer:
        """Instead of ``step`` while the source is lost."""
        ...

    def sleep_s(self, now_ns: int, missing: int, *, begins: bool) -> float:
        """Seconds until ``missing`` more frames, which complete a block, may be there. begins: it is another block."""
        ...


class LiveInput:
    """A source's samples, as many as the sink plays. A source that is lost is silent, and opened again."""

    def __init__(
        self,
        source: Source,
        sink: SinkClock,
        resume: tuple[int, int] | None = None,
        before_open: Callable[[], object] = lambda: None,
    ) -> None:
        """resume: of the process that this one replaces, samples handed on and when the last of them was captured.

        before_open: called before an attempt to open a lost device again, which may take seconds.
        """
        self._source, self._sink, self._before_open = source, sink, before_open
        self._resume = resume if resume and resume[0] else None
        self.index = resume[0] if resume else 0
        """Of the next block's first sample."""
        self.sleep_s = 0.0
        """Seconds until there is more to do."""
        self.is_over = False
        """The source has ended, and all of it was handed on."""
        self.problem = ""
        self._follower: Follower | None = None
        self._retry_ns = 0
        self._pending = _NONE
        """The first samples of the next block."""
        self._peaks: deque[float] = deque(maxlen=SINK_RATE // LIVE_BLOCK)

    def open(self, now_ns: int) -> None:
        """NoDevice, UnusableSource, NotInstalled: as ``Source.open``."""
        self._source.open(self.index)
        zero = self._sink.position(self._resume[1] if self._resume else now_ns) - self.index
        make = CaptureFollower if self._source.has_own_clock else ClockedFollower
        self._follower = make(self._source, self._sink, zero, self.index)

    def step(self, now_ns: int) -> list[Block]:
        """The blocks that are complete at ``now_ns``, monotonic nanoseconds. UnusableSource: the file is damaged."""
        if self._follower is None or self.is_over:
            return []
        blocks = self._cut(self._transfer(self._follower, now_ns))
        self.sleep_s = self._follower.sleep_s(now_ns, LIVE_BLOCK - len(self._pending), begins=bool(blocks))
        return blocks

    def _transfer(self, follower: Follower, now_ns: int) -> Transfer:
        if self.problem and now_ns >= self._retry_ns:
            self._reopen(now_ns)
        if not self.problem:
            try:
                return follower.step(now_ns)
            except NoDevice as error:
                fade = min(len(self._pending), FADE_SAMPLES)
                self._pending[len(self._pending) - fade :] *= fade_out_gain(fade)
                self._lose(error, now_ns)
        return follower.silence(now_ns)

    def _reopen(self, now_ns: int) -> None:
        self._before_open()
        try:
            self._source.open(self.index)
            self.problem = ""
        except NoDevice as error:
            self._lose(error, now_ns)

    def _lose(self, error: NoDevice, now_ns: int) -> None:
        self.problem = str(error)
        self._source.close()
        self._retry_ns = now_ns + RETRY_NS

    def _cut(self, transfer: Transfer) -> list[Block]:
        samples, at_ns = transfer
        if not len(samples) and not self._source.is_over:
            return []
        pending = np.concatenate([self._pending, samples]) if len(self._pending) else samples
        if self._source.is_over:
            self.is_over = True
            pending = np.pad(pending, (0, -len(pending) % LIVE_BLOCK))
        blocks = []
        for start in range(0, len(pending) - LIVE_BLOCK + 1, LIVE_BLOCK):
            block = pending[start : start + LIVE_BLOCK]
            peak = float(np.abs(block).max())
            if not math.isfinite(peak):
                block = np.nan_to_num(block, posinf=0.0, neginf=0.0)
                peak = float(np.abs(block).max())
            after = len(pending) - start - LIVE_BLOCK
            blocks.append(Block(block, self.index, at_ns - after * 1_000_000_000 // SINK_RATE))
            self.index += LIVE_BLOCK
            self._peaks.append(peak)
        self._pending = pending[len(blocks) * LIVE_BLOCK :].copy()
        return blocks

    def status(self) -> InputStatus:
        source, follower = self._source, self._follower
        peak = max(self._peaks, default=0.0)
        return InputStatus(
            source.name,
            source.rate,
            source.channels,
            self.problem,
            follower is not None and follower.resampled,
            follower.ppm if follower else 0.0,
            follower.ppm_sd if follower else 0.0,
            max(_SILENCE_DB, 20 * math.log10(peak)) if peak else _SILENCE_DB,
            follower.corrections if follower else 0,
            follower.slips if follower else 0,
            source.overflows,
        )

    def close(self) -> None:
        self._source.close()

"""Which live samples the sound device gets next: converted ones, those of the input, or silence. Pure.

The input numbers its samples; the converter keeps the numbers. Converted samples that are not there in time are
replaced by the input's own ("dry") ones of the same number, so that a converter that hangs or dies is heard for a few
milliseconds at most. Every change from one to the other is faded over 5 ms.
"""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples, fade_out_gain

MARGIN: Final = LIVE_BLOCK
"""Samples that the device still has, at least, when the input has completed a block: the time for its conversion."""
GUARD: Final = SINK_RATE * 3 // 1000
"""Samples left of MARGIN at which the next ones must come, converted or not: an output process is woken in time."""
MAX_BACKLOG: Final = MARGIN + 3 * LIVE_BLOCK
"""Samples captured and not heard, at most; beyond that, they are brought back to a block and the margin. A device with
a larger buffer than that of 10 ms has so much more: a sound server takes its samples in lumps."""
STARVED_SAMPLES: Final = SINK_RATE
"""After so many samples of silence, the device is no longer kept open for the input."""
SETTLED_SAMPLES: Final = 10 * SINK_RATE
"""Over so many samples the least backlog is taken: what is never used of it only delays the sound."""


class Converted(Protocol):
    """Blocks of the converter, in order."""

    def peek(self) -> tuple[int, Samples] | None:
        """Number of the first sample of the oldest block, and the block; None where there is none."""
        ...

    def release(self) -> None:
        """Give back the oldest block, of which the last sample was used."""
        ...

    def drop(self) -> None:
        """As ``release``, of a block that comes too late."""
        ...


class Dry(Protocol):
    """The input's samples; ``ipc.sample_history.SampleHistory`` is one."""

    @property
    def written(self) -> int: ...

    def read(self, start: int, count: int) -> bytes | None: ...


class LiveSound:
    """One live session on the sound device. All counts are samples at SINK_RATE."""

    def __init__(
        self,
        converted: Converted,
        dry: Dry,
        latency: Callable[[], int],
        start: int,
        buffer: Callable[[], int] = lambda: 0,
    ) -> None:
        """latency: of the converter, by which converted samples are later than the input's. start: the first sample.

        buffer: capacity of the open device.
        """
        self._converted, self._dry, self._latency, self._buffer = converted, dry, latency, buffer
        self.next = start
        """Number of the sample that the device gets next."""
        self.is_dry = False
        """The converter is late: what is heard is not converted."""
        self.times_dry = 0
        """How often that began."""
        self.lost = 0
        self.inserted = 0
        """Samples of silence in place of samples that the input had not captured yet."""
        self._begins = False
        """The margin is due before the next sample."""
        self._silence = 0
        """Samples of silence that are due before the next sample."""
        self._starved = STARVED_SAMPLES
        """Samples of silence inserted since the input's last sample."""
        self._fades_in = False
        """Silence was put in before the next sample."""
        self._last = 0.0
        self._fade: Samples = np.zeros(0, np.float32)
        """Added to the samples to come."""
        self._least_backlog, self._since = 1 << 30, start
        self._has_ended = False

    def is_on(self, left: int) -> bool:
        """Whether the device is to be given live samples; not before the first one, nor long after the last one.

        left: samples that the device still has.
        """
        if self._has_ended:
            return len(self._fade) > 0
        if self._starved < STARVED_SAMPLES:
            return True
        if self._dry.written <= self.next:
            return False
        self._starved, self._begins = 0, True
        self.next = max(self.next, self._dry.written - LIVE_BLOCK)
        return True

    def end(self) -> None:
        """The session has ended: only a fade-out is left of it."""
        if not self._has_ended:
            self._has_ended = True
            self._begin_fade(self._last)

    def due(self, left: int, space: int) -> int:
        """How many samples to take now, at most ``space``; 0: wait. left: samples that the device still has."""
        if self._has_ended:
            return min(space, len(self._fade))
        if self._begins:
            self._begins, self._silence = False, max(0, MARGIN + self._more - left)
        self._drop_backlog(left)
        if self._silence:
            return min(space, self._silence)
        if (ready := self._ready()) or left > self.guard:
            return min(space, ready)
        return min(space, GUARD, self._dry.written - self.next or GUARD)

    @property
    def _more(self) -> int:
        """Samples that the margin has more than MARGIN."""
        return max(0, self._buffer() - LIVE_BLOCK - MARGIN)

    @property
    def guard(self) -> int:
        """Samples left in the device at which the next ones must come."""
        return GUARD + self._more

    def _ready(self) -> int:
        """Samples from ``next`` on that need not be waited for; converted blocks before that are dropped."""
        while (block := self._converted.peek()) is not None:
            index, samples = block
            if index > self.next:  # the converter has left out what is before
                return index - self.next
            if index + len(samples) > self.next:
                return index + len(samples) - self.next
            self._converted.drop()
        return 0

    def take(self, count: int) -> Samples:
        """The next samples; also where ``due`` has not promised so many."""
        parts = []
        while count:
            part = self._part(count)
            fade = min(len(part), len(self._fade))
            if fade:
                part[:fade] += self._fade[:fade]
                self._fade = self._fade[fade:]
            self._last = float(part[-1])
            parts.append(part)
            count -= len(part)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _part(self, count: int) -> Samples:
        """New samples, without the fade; at least one, at most ``count``."""
        if self._has_ended:
            return np.zeros(count, np.float32)
        if self._silence:
            part = np.zeros(min(count, self._silence), np.float32)
            self._silence -= len(part)
            return part
        ready, block = self._ready(), self._converted.peek()
        if ready and block is not None and block[0] <= self.next:
            return self._converted_part(count, *block)
        available = min(ready or count, self._dry.written - self.next, count)
        if available > 0:
            return self._dry_part(available)
        if not self._fades_in:
            self._begin_fade(self._last)
        self._starved, self._fades_in = self._starved + count, True
        self.inserted += count
        self._since = self._dry.written
        return np.zeros(count, np.float32)

    def _converted_part(self, count: int, index: int, samples: Samples) -> Samples:
        part = samples[self.next - index :][:count].copy()
        if self.is_dry:
            self.is_dry = False
            gone = self._last - self._dry_sample(self.next - 1)
            self._begin_fade(gone + self._dry_sample(self.next) - float(part[0]))
        self._advance(len(part))
        if self.next == index + len(samples):
            self._converted.release()
        return part

    def _dry_part(self, count: int) -> Samples:
        part = self._dry_samples(self.next, count)
        if not self.is_dry:
            self.is_dry = True
            self.times_dry += 1
            self._begin_fade(self._last - self._dry_sample(self.next - 1))
        self._advance(count)
        return part

    def _advance(self, count: int) -> None:
        if self._fades_in:
            self._begin_fade(self._last - self._dry_sample(self.next - 1))
        self._starved, self._fades_in = 0, False
        self.next += count

    def _dry_samples(self, start: int, count: int) -> Samples:
        """The input's samples, as late as converted ones; silence where they are not there any more."""
        data = self._dry.read(start - self._latency(), count)
        return np.frombuffer(data, np.float32).copy() if data else np.zeros(count, np.float32)

    def _dry_sample(self, number: int) -> float:
        return float(self._dry_samples(number, 1)[0])

    def _begin_fade(self, step: float) -> None:
        """Add the step to the samples to come, less and less, so that they continue what was heard before them."""
        self._fade = fade_out_gain(FADE_SAMPLES) * np.float32(step)

    def _drop_backlog(self, left: int) -> None:
        """Leave out samples where the sound is later than it has to be: at once if much, else after a while."""
        written = self._dry.written
        backlog = left + self._silence + written - self.next
        self._least_backlog = min(self._least_backlog, backlog)
        usual = MARGIN + self._more + LIVE_BLOCK
        excess = backlog - usual if backlog > MAX_BACKLOG + self._more else 0
        if written - self._since >= SETTLED_SAMPLES:
            excess = max(excess, self._least_backlog - usual)
            self._least_backlog, self._since = backlog, written
        excess = min(excess, written - self.next)
        if excess > 0:
            if self._silence:
                self._fades_in = True
            else:
                self._begin_fade(self._last - self._dry_sample(self.next + excess - 1))
            self.next += excess
            self.lost += excess

"""Pitch and formants moved apart, without weights: pitch-synchronous overlap-add.

F. Charpentier and M. Stella, "Diphone synthesis using an overlap-add technique for speech waveforms", 1986; E. Moulines
and F. Charpentier, "Pitch-synchronous waveform processing techniques", 1990. Voiced sound is cut into grains two
periods wide. Changing their distance changes the pitch and keeps the formants; resampling them changes the formants and
keeps the pitch. Unvoiced sound keeps its place. docs/models.md compares the alternatives that were measured.
"""

from collections import deque
from math import ceil, floor

import numpy as np

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.converters.converter import Converter, Stream
from steadyvoice.workers.converters.shift_periods import HOP, LOWEST, Mark, Periods, SampleBuffer, windows
from steadyvoice.workers.engines.engine import Ahead, Samples

_FRACTIONS = 512  # interpolation positions per sample


class Shift:
    def converters(self) -> list[Converter]:
        return [Converter("shift", "Apache-2.0", latency_ms=25.0, formants=True)]

    def warmup(self) -> None:
        noise = np.random.default_rng(0).standard_normal(4800, np.float32) * np.float32(0.1)
        for rate in (24000, 48000):
            stream = ShiftStream(rate, 3.0, 3.0)
            stream.process(noise)
            stream.process(np.sin(np.arange(rate // 10, dtype=np.float32) * np.float32(800 / rate)))
            stream.finish()

    def open(self, name: str, rate: int, pitch: float, formant: float, ahead: Ahead) -> Stream:
        if name != "shift":
            raise NotInstalled(f"no converter {name!r}; there is 'shift'")
        return ShiftStream(rate, pitch, formant) if pitch or formant else _Identity(rate)


class _Identity:
    """The identity: neither pitch nor formants are moved."""

    def __init__(self, rate: int) -> None:
        self.rate = rate

    def process(self, pcm: Samples) -> Samples:
        return pcm

    def finish(self) -> Samples:
        return np.empty(0, np.float32)


class ShiftStream:
    """One utterance. The output does not depend on how the input is cut.

    Latency is about two periods: 15 ms in a voice of 200 Hz, 19 ms at 100 Hz (medians); at most 45 ms, and 85 ms two
    octaves down.
    """

    def __init__(self, rate: int, pitch: float, formant: float) -> None:
        self.rate = rate
        self._ratio = 2.0 ** (pitch / 12)
        self._speed = 2.0 ** (formant / 12)
        self._gain = max(0.5, self._ratio) ** -0.5  # so that loudness does not depend on the number of grains
        self._taps = _taps(self._speed)
        self._side = self._taps.shape[1] // 2
        self._hop = HOP * rate
        self._periods = Periods(rate)
        self._sound = SampleBuffer(
            self._periods.past + 8 * rate // LOWEST
        )  # the widest distance: two octaves down, resampled by two
        self._marks: deque[Mark] = deque()
        self._at = 0.0  # position of the next grain
        self._gap = self._reach = self._hop  # distance from the previous grain; how far a grain may reach back
        self._after_voiced = False
        self._made = np.zeros(0, np.float32)  # sum of overlapping grains
        self._done = 0  # samples returned so far

    def process(self, pcm: Samples) -> Samples:
        """[n], n >= 0; the array is not kept."""
        self._sound.append(pcm)
        while self._lay(self._sound.end):
            pass
        self._sound.forget(min(self._at, self._periods.needs, self._marks[0].at if self._marks else 0.0))
        return self._output_until(floor(self._at - self._reach))

    def finish(self) -> Samples:
        length = self._sound.end
        self._sound.append(np.zeros(self.rate // 2, np.float32))
        while self._at - self._reach < length and self._lay(self._sound.end):
            pass
        return self._output_until(length)

    def _lay(self, known: int) -> bool:
        """Add the next grain, if enough input has arrived."""
        while (nearest := self._nearest()) is None:
            if self._periods.needs > known:
                return False
            self._marks.append(self._periods.mark(self._sound))
        mark, after = nearest
        if mark.voiced:
            period = after.period if after.voiced else mark.period
            centre, gain, gap = mark.at, self._gain, period / self._ratio
            left = mark.period / self._speed if self._after_voiced else self._gap
            right = period / self._speed
        else:
            centre, gain = self._at, 1.0
            left, right, gap = self._gap, self._hop, self._hop
        left = min(left, self._reach)
        if centre + right * self._speed + self._side + 2 > known:
            return False
        self._add(centre, left, right, gain)
        self._at += gap
        self._reach = min(max(gap, right), self._reach + gap)  # returned samples must not change
        self._gap, self._after_voiced = gap, mark.voiced
        return True

    def _nearest(self) -> tuple[Mark, Mark] | None:
        """The mark nearest to the next grain's position, and the following one; None while these are unknown."""
        marks = self._marks
        while len(marks) > 1:
            if (marks[0].at + marks[1].at) / 2 >= self._at:
                return marks[0], marks[1]
            marks.popleft()
        return None

    def _add(self, centre: float, left: float, right: float, gain: float) -> None:
        """Add the grain around ``centre`` at ``self._at``, under an asymmetric Hann window."""
        begin, end = max(ceil(self._at - left), 0), ceil(self._at + right)
        place = np.arange(begin, end) - self._at
        window = np.cos(place * np.where(place < 0, np.pi / left, np.pi / right))
        place *= self._speed
        place += centre
        first = np.floor(place)
        fraction = np.rint((place - first) * _FRACTIONS).astype(np.intp)
        low = int(first[0]) - self._side + 1
        sound = self._sound.between(low, int(first[-1]) + self._side + 1)
        samples = windows(sound, 2 * self._side)[first.astype(np.intp) - (low + self._side - 1)]
        grain = np.einsum("ij,ij->i", samples, self._taps[fraction])
        window += 1
        window *= gain / 2
        grain *= window.astype(np.float32)
        missing = end - self._done - len(self._made)
        if missing > 0:
            self._made = np.concatenate((self._made, np.zeros(missing, np.float32)))
        self._made[begin - self._done : end - self._done] += grain

    def _output_until(self, until: int) -> Samples:
        out = self._made[: max(0, until - self._done)]
        self._made = self._made[len(out) :]
        self._done += len(out)
        return np.clip(out, -1.0, 1.0)  # grains of a loud voice may exceed the range


def _taps(speed: float) -> Samples:
    """[513, 2 k]: a windowed sinc at every fraction of a sample, cut off where a faster grain would alias."""
    cut = min(1.0, 1 / speed)
    half = 8 * ceil(max(1.0, speed))
    places = np.arange(1 - half, half + 1) - np.arange(_FRACTIONS + 1)[:, None] / _FRACTIONS
    taps = cut * np.sinc(cut * places) * np.cos(np.pi * places / (2 * half + 1)) ** 2
    return np.asarray(taps, np.float32)

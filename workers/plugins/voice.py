"""Built-in plugins from the converters of speech: the pitch and formant shift, and models such as RVC."""

import time
from importlib.metadata import entry_points
from math import ceil
from typing import Final

import numpy as np

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.converters.converter import Stream, converters, usable
from steadyvoice.workers.converters.shift import Shift
from steadyvoice.workers.plugins.aligned import Aligned
from steadyvoice.workers.plugins.background import Background
from steadyvoice.workers.plugins.plugin import Parameter, Samples

_SHIFT_S: Final = 0.045
"""Longest time by which the output of a shift upwards is behind its input; measured over voices, noise and glides."""
_LONGEST_PERIOD_S: Final = 1 / 65
"""Of a voice. Downwards, a period of output takes longer than one of input."""


class Pitch:
    """Moves the pitch and the formants of a voice."""

    pitch = Parameter(0.0, -24, 24, "semitones", "pitch, at constant formants", fixed=True)
    formant = Parameter(0.0, -12, 12, "semitones", "formants, at constant pitch: a smaller speaker", fixed=True)

    def open(self, rate: int, block: int) -> None:
        self._stream = Shift().open("shift", rate, self.pitch, self.formant, lambda: 0.0)
        stretch = max(1.0, 2 ** (-self.pitch / 12), 2 ** (-self.formant / 12)) - 1
        is_moved = bool(self.pitch or self.formant)
        self.latency = ceil((_SHIFT_S + _LONGEST_PERIOD_S * stretch) * rate) if is_moved else 0
        self._aligned = Aligned(self.latency)

    def process(self, block: Samples) -> Samples:
        self._aligned.push(self._stream.process(block.copy()))
        return self._aligned.take(len(block))


class Converted:
    """Converts the voice with a model, such as one of RVC, on a thread of its own."""

    voice = Parameter("", doc="name of the converter; svctl converters lists them", fixed=True)
    pitch = Parameter(0.0, -24, 24, "semitones", "pitch", fixed=True)

    def open(self, rate: int, block: int) -> None:
        """The stream is tried with noise, which warms it up and shows how far it is behind."""
        seconds = _seconds_behind(self._opened(rate), rate)
        self.latency = ceil(seconds * rate)
        self._background = Background(self._opened(rate), self.latency, rate)

    def _opened(self, rate: int) -> Stream:
        names = [point.name for point in entry_points(group="steadyvoice.converters") if point.name != "shift"]
        families = usable(names)  # shift is a plugin, with less latency
        known = converters(families)
        for family, each in known:
            if each.name == self.voice:
                if not each.installed:
                    raise NotInstalled(f"the converter {self.voice!r} is not installed; svctl converters says why")
                return families[family].open(each.name, rate, self.pitch, 0.0, lambda: 0.0)
        has = ", ".join(each.name for _, each in known)
        has = f"there are {has}" if has else "none is installed; svctl converters add adds one"
        raise NotInstalled(f"there is no converter {self.voice!r}; {has}")

    def process(self, block: Samples) -> Samples:
        return self._background.process(block)

    def close(self) -> None:
        self._background.close()


def _seconds_behind(stream: Stream, rate: int) -> float:
    """How late the output of the stream must be, so that it is always there in time."""
    piece = rate // 100
    first = getattr(stream, "min_input_s", 0.0)
    noise = np.random.default_rng(0).standard_normal((ceil((3 * first + 1) * 100), piece), np.float32) * 0.1
    given, returned, behind, slowest = 0.0, 0.0, 0.0, 0.0
    for at, each in enumerate(noise.astype(np.float32)):
        began = time.perf_counter()
        out = stream.process(each)
        took = time.perf_counter() - began
        given += piece / rate
        returned += len(out) / stream.rate
        behind = max(behind, given - returned)
        if at > len(noise) // 2:  # the first ones load and compile
            slowest = max(slowest, took)
    return behind + 1.5 * slowest + 0.03

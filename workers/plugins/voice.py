"""Built-in plugins from the converters of speech: the pitch and formant shift, and models such as RVC."""

import time
from importlib.metadata import entry_points
from math import ceil
from typing import Final

import numpy as np

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.converters.converter import Family, converters, usable
from steadyvoice.workers.converters.shift import Shift
from steadyvoice.workers.plugins.aligned import Aligned
from steadyvoice.workers.plugins.background import AtRate, Background
from steadyvoice.workers.plugins.plugin import Parameter, Samples

_SHIFT_S: Final = 0.045
"""Longest time by which the output of a shift upwards is behind its input; measured over voices, noise and glides."""
_LONGEST_PERIOD_S: Final = 1 / 65
"""Of a voice. Downwards, a period of output takes longer than one of input."""
_TRIAL_S: Final = 5
_MARGIN: Final = 1.5
"""On the longest computation of a model."""
_SCHEDULING_S: Final = 0.03
"""From the arrival of a block until the model's thread runs."""


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
        """A stream is tried with noise, which shows how far its output is behind."""
        family, name = self._found()

        def stream() -> AtRate:
            return AtRate(family.open(name, rate, self.pitch, 0.0, lambda: 0.0), rate)

        self.latency = ceil(_seconds_behind(stream()) * rate)
        self._background = Background(stream(), self.latency)

    def _found(self) -> tuple[Family, str]:
        """The converter and its family, warm. NotInstalled."""
        names = [point.name for point in entry_points(group="steadyvoice.converters") if point.name != "shift"]
        families = usable(names)  # shift is a plugin, with less latency
        known = converters(families)
        for family, each in known:
            if each.name == self.voice:
                if not each.installed:
                    raise NotInstalled(f"the converter {self.voice!r} is not installed; svctl converters says why")
                families[family].warmup()
                return families[family], each.name
        has = ", ".join(each.name for _, each in known)
        has = f"there are {has}" if has else "none is installed; svctl converters add adds one"
        raise NotInstalled(f"there is no converter {self.voice!r}; {has}")

    def process(self, block: Samples) -> Samples:
        return self._background.process(block)

    def close(self) -> None:
        self._background.close()


def _seconds_behind(stream: AtRate) -> float:
    """How late the output of a stream must be, so that it is there in time, although it computes in large chunks."""
    noise = np.random.default_rng(0).standard_normal(_TRIAL_S * stream.rate, np.float32) * np.float32(0.1)
    pieces = noise.reshape(-1, stream.rate // 100)
    returned, behind, slowest = 0.0, 0.0, 0.0
    for at, piece in enumerate(pieces):
        began = time.perf_counter()
        made = stream.process(piece)
        if at > len(pieces) // 2:  # the size of chunks follows what the first ones have cost
            slowest = max(slowest, time.perf_counter() - began)
        returned += len(made) / stream.rate
        behind = max(behind, (at + 1) / 100 - returned)
    return behind + _MARGIN * slowest + _SCHEDULING_S

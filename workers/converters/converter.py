"""The interface of converters: PCM to PCM in another voice, in the converter process, one stream per segment.

A family of converters is found by its entry point in the group ``steadyvoice.converters``. Its module must import
without loading a model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import entry_points
from typing import Protocol

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers import optional, plugin
from steadyvoice.workers.engines.engine import Ahead, Samples


@dataclass(frozen=True)
class Converter:
    name: str
    licence: str
    latency_ms: float
    """Minimum milliseconds of input beyond a sample that the converter needs before it can convert that sample."""
    formants: bool = False
    """It can move formants independently of the pitch."""
    installed: bool = True
    """False: known, but its files are not on this machine."""


class Stream(Protocol):
    """The state of one conversion.

    A stream that needs much input first also has ``min_input_s``: seconds of input before its first sample of output.
    """

    rate: int
    """Hertz of the output."""

    def process(self, pcm: Samples) -> Samples:
        """Take any number of samples; return the output that no later sample can change.

        At most CONVERTER_MAX_BUFFERED_S (ipc/stage_protocol.py) of input may be buffered. Output and input are aligned:
        the algorithm's own delay is removed from the beginning of the output.
        """
        ...

    def finish(self) -> Samples:
        """Return the remaining output, so that output and input have the same length in seconds."""
        ...


class Family(Protocol):
    def preload(self) -> None:
        """As `Engine.preload`."""
        ...

    def converters(self) -> list[Converter]:
        """Cheap: loads no model."""
        ...

    def warmup(self) -> None:
        """Load all installed models and run every shape once, so that the first utterance is as fast as later ones."""
        ...

    def open(self, name: str, rate: int, pitch: float, formant: float, ahead: Ahead) -> Stream:
        """A new stream for PCM of ``rate`` hertz.

        pitch: semitones, -24 to 24, at constant formants. formant: semitones, -12 to 12, at constant pitch: a smaller
        or larger speaker; ignored by families without formants. NotInstalled where the converter is unknown or not
        installed.
        """
        ...


@cache
def load(name: str) -> Family:
    """The family of that entry point, cached per process. NotInstalled; anything that the package raises."""
    for point in entry_points(group="steadyvoice.converters", name=name):
        family: Family = point.load()()
        return family
    raise NotInstalled("no installed package brings it; see converters in the configuration")


def usable(names: Sequence[str]) -> dict[str, Family]:
    """The families of these entry points, in order, without those that cannot be loaded."""
    loaded = {name: optional.attempt(f"converters {name}", partial(load, name)) for name in names}
    return {name: family for name, family in loaded.items() if family is not None}


def converters(families: Mapping[str, Family]) -> list[tuple[str, Converter]]:
    """(family, converter) for each converter. Of several converters with one name only the first counts."""
    bring = {name: each.converters for name, each in families.items()}
    return plugin.distinct("converter", "converters", bring, _fault)


def _fault(converter: Converter) -> str:
    return plugin.fault(
        converter,
        name=plugin.is_name,
        licence=plugin.is_name,
        latency_ms=lambda ms: isinstance(ms, int | float) and 0 <= ms <= 60_000,
        formants=lambda formants: type(formants) is bool,
        installed=lambda installed: type(installed) is bool,
    )


def converter_of(family: str, converter: str) -> str:
    """The converter's name in reports (`optional.left_out`)."""
    return f"converter {converter} of {family}"


def is_usable(family: str, converter: str) -> bool:
    left_out = map(optional.is_left_out, (f"converters {family}", converter_of(family, converter)))
    return not any(left_out)


def check_any(names: Sequence[str]) -> None:
    """NotInstalled where all of these families were left out."""
    reasons = [optional.left_out.get(f"converters {name}") for name in names]
    if reasons and all(reasons):
        raise NotInstalled(f"no converter can be used: {'; '.join(filter(None, reasons))}")

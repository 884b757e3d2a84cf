"""What a converter is: PCM to PCM in another voice, in the converter process, with one state an utterance.

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
    """How much of the sound after a sample must be known before the sample can be converted, at the least."""
    formants: bool = False
    """It can move them apart from the pitch."""
    installed: bool = True
    """False: known, but its files are not on this machine."""


class Stream(Protocol):
    """One utterance's way through a converter.

    One that waits for much has ``takes`` too: seconds that must have come before the first sample goes out.
    """

    rate: int
    """Hertz of what comes out."""

    def process(self, pcm: Samples) -> Samples:
        """Take the next samples, however many; return those that no later one can change. It may keep back
        CONVERTER_HELD_S (ipc/stage_protocol.py).

        Sample 0 out is heard with sample 0 in: what the method delays is taken off its beginning.
        """
        ...

    def finish(self) -> Samples:
        """Return the rest: in all, as many seconds come out as went in."""
        ...


class Family(Protocol):
    def preload(self) -> None:
        """As `Engine.preload`."""
        ...

    def converters(self) -> list[Converter]:
        """Cheap: loads no model."""
        ...

    def warmup(self) -> None:
        """Load what is installed, and run every shape once, so that no utterance pays for a first time."""
        ...

    def open(self, name: str, rate: int, pitch: float, formant: float, ahead: Ahead) -> Stream:
        """A fresh state for PCM of ``rate`` hertz.

        pitch: semitones, -24 to 24; the formants stay where they are. formant: semitones, -12 to 12; moves them, and
        not the pitch: a smaller or a larger speaker. A family that has no such thing takes no notice of it.
        NotInstalled where there is no such converter, or it is not installed.
        """
        ...


@cache
def load(name: str) -> Family:
    """The family of that entry point, one in a process. NotInstalled; what the package raises."""
    for point in entry_points(group="steadyvoice.converters", name=name):
        family: Family = point.load()()
        return family
    raise NotInstalled("no installed package brings it; see converters in the configuration")


def usable(names: Sequence[str]) -> dict[str, Family]:
    """The families of those entry points, in that order, without those that cannot be loaded."""
    loaded = {name: optional.attempt(f"converters {name}", partial(load, name)) for name in names}
    return {name: family for name, family in loaded.items() if family is not None}


def converters(families: Mapping[str, Family]) -> list[tuple[str, Converter]]:
    """What each brings, after the family's name. Of two converters with one name the first counts."""
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
    """Its name in reports (`optional.left_out`)."""
    return f"converter {converter} of {family}"


def is_usable(family: str, converter: str) -> bool:
    left_out = map(optional.is_left_out, (f"converters {family}", converter_of(family, converter)))
    return not any(left_out)

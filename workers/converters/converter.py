"""What a converter is: PCM to PCM in another voice, in the converter process, with one state an utterance.

A family of converters is found by its entry point in the group ``steadyvoice.converters``. Its module must import
without loading a model.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

from steadyvoice.workers.engines.engine import Ahead, Pcm


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

    def process(self, pcm: Pcm) -> Pcm:
        """Take the next samples, however many; return those that no later one can change. It may keep back
        CONVERTER_HELD_S (ipc/mail.py).

        Sample 0 out is heard with sample 0 in: what the method delays is taken off its beginning.
        """
        ...

    def finish(self) -> Pcm:
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
        LookupError where there is no such converter, or it is not installed.
        """
        ...


@cache
def load(name: str) -> Family:
    """The family of that entry point, one in a process. LookupError where none is installed under the name."""
    for point in entry_points(group="steadyvoice.converters", name=name):
        family: Family = point.load()()
        return family
    raise LookupError(f"no converters {name!r} are installed")

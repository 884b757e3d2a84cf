"""What a voice engine is: the two halves that the generator and the vocoder process load, and nothing else.

An engine is found by its entry point in the group ``steadyvoice.engines``. Its module must import without
loading a model: a stage loads only the half it runs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import entry_points
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers import optional, plugin

Frames = NDArray[np.float32]
"""[n, dim], C order: one acoustic frame a row."""
Samples = NDArray[np.float32]
"""[n], mono, nominally in [-1, 1]."""
Ahead = Callable[[], float]
"""Seconds of the utterance that its listener has before him, less than 0 where he waits."""

MOST_FLOATS: Final = 16 * 3006
"""In a frame: a slot of the ring between the halves has no more."""


@dataclass(frozen=True)
class Follower:
    """Who takes what a vocoder makes, in seconds of sound."""

    ahead: Ahead = lambda: 0.0
    takes: Callable[[], float] = lambda: 0.0
    """What a converter must have before it gives anything; 0 where it takes what comes."""


@dataclass(frozen=True)
class Voice:
    name: str
    language: str
    """BCP 47, for example en-US."""
    sample_rate: int
    """Hertz of what the vocoder emits."""
    licence: str
    installed: bool = True
    """False: known, but its files are not on this machine."""


@dataclass(frozen=True)
class Word:
    """Where a word lies in a segment's text and in its frames."""

    start: int
    end: int
    """Characters [start, end) of the text that was given to ``generate``."""
    begins: int
    ends: int
    """Frames [begins, ends), counted from the segment's first."""


@dataclass(frozen=True)
class FrameSpec:
    """The shape of the link between an engine's two halves."""

    kind: str
    """hidden, latent, mel, token or spectrum."""
    dim: int
    samples_per_frame: int
    held: bool = False
    """The vocoder keeps frames back."""


class Generator(Protocol):
    """Text to frames, in the generator process."""

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames | Word]:
        """Yield the frames of one segment of text as they come, the first few at once.

        The same text gives the same frames: what a stage had at hand when it died is made anew.
        rate: speed, 1.0 as trained. more: the sentence goes on in the next segment, so no final pause.
        Words come before the frames that say them, in order and without overlap; an engine that does not know them
        yields none. Yields nothing where the voice has no sound for the text. A consumer may stop at any yield.
        """
        ...

    def warmup(self) -> None:
        """Run every shape once, so that no utterance pays for a first time."""
        ...


class Vocoder(Protocol):
    """Frames to PCM for one segment at a time, in the vocoder process. Chunked equals whole to 1e-4."""

    def push(self, frames: Frames) -> Samples:
        """Take the next frames; return the samples that no later frame can change."""
        ...

    def finish(self) -> Samples:
        """Return the segment's last samples and be ready for the next segment."""
        ...


class Engine(Protocol):
    spec: FrameSpec

    def preload(self) -> None:
        """Import and load what processes of this engine may share; called once, before the stages are forked.

        It leaves no thread, opens no device, and takes nothing where there are no such voices. It may be left out.
        """
        ...

    def voices(self) -> list[Voice]:
        """Cheap: loads no model."""
        ...

    def generator(self) -> Generator: ...

    def vocoder(self, voice: str, follower: Follower) -> Vocoder:
        """A fresh state; called once per utterance. It may keep back VOCODER_HELD_S of sound (ipc/stage_protocol.py).

        NotInstalled where the voice is unknown or not installed.
        """
        ...


@cache
def load(name: str) -> Engine:
    """The engine of that entry point, one in a process. NotInstalled; plugin.BadPlugin; what the package raises."""
    for point in entry_points(group="steadyvoice.engines", name=name):
        engine: Engine = point.load()()
        sizes = (engine.spec.dim, engine.spec.samples_per_frame)
        if not all(type(size) is int and 0 < size <= MOST_FLOATS for size in sizes):
            raise plugin.BadPlugin(f"its spec has dim {sizes[0]!r} and samples_per_frame {sizes[1]!r}")
        return engine
    raise NotInstalled("no installed package brings it; see engines in the configuration")


def usable(names: Sequence[str]) -> dict[str, Engine]:
    """The engines of those entry points, in that order, without those that cannot be loaded."""
    loaded = {name: optional.attempt(f"engine {name}", partial(load, name)) for name in names}
    return {name: engine for name, engine in loaded.items() if engine is not None}


def voices(engines: Mapping[str, Engine]) -> list[tuple[str, Voice]]:
    """What each brings, after the engine's name. Of two voices with one name the first counts."""
    return plugin.distinct("voice", "engine", {name: each.voices for name, each in engines.items()}, _fault)


def _fault(voice: Voice) -> str:
    return plugin.fault(
        voice,
        name=plugin.is_name,
        language=plugin.is_name,
        licence=plugin.is_name,
        sample_rate=lambda rate: type(rate) is int and 8000 <= rate <= 192_000,
        installed=lambda installed: type(installed) is bool,
    )


def voice_of(engine: str, voice: str) -> str:
    """Its name in reports (`optional.left_out`)."""
    return f"voice {voice} of {engine}"


def is_usable(engine: str, voice: str) -> bool:
    return not optional.is_left_out(f"engine {engine}") and not optional.is_left_out(voice_of(engine, voice))


def check_any(names: Sequence[str]) -> None:
    """NotInstalled where all of these engines were left out."""
    reasons = {name: optional.left_out.get(f"engine {name}") for name in names}
    if all(reasons.values()):
        raise NotInstalled(f"no engine can be used: {'; '.join(f'{name}: {why}' for name, why in reasons.items())}")

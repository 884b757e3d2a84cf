"""The interface of voice engines: a generator and a vocoder, which run in a process each, and a flow between them where
the model has one.

An engine is found by its entry point in the group ``steadyvoice.engines``. Its module must import without
loading a model: a stage loads only the part it runs.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import entry_points
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.ipc.stage_protocol import FLOW_MAX_BUFFERED_S, VOCODER_MAX_BUFFERED_S
from steadyvoice.workers import optional, plugin

Frames = NDArray[np.float32]
"""[n, dim], C order: one acoustic frame per row."""
Samples = NDArray[np.float32]
"""[n], mono, nominally in [-1, 1]."""
Ahead = Callable[[], float]
"""Seconds until the listener's buffer is empty; negative during an underrun."""

MOST_FLOATS: Final = 16 * 3006
"""Floats per frame at most: the payload of a slot between the parts."""


@dataclass(frozen=True)
class Downstream:
    """The state of the stages after a flow or a vocoder, from which it may choose the size of its chunks."""

    ahead: Ahead = lambda: 0.0
    min_input_s: Callable[[], float] = lambda: 0.0
    """Seconds of input that the converter needs before its first output; 0: no minimum."""
    check: Callable[[], None] = lambda: None
    """Raises a Signal (ipc/errors.py), which must not be caught, if the utterance is cancelled or the process is to
    end. To be called every 100 ms or so inside a longer computation, which is then abandoned; costs microseconds."""
    planned: Callable[[], int] = lambda: 0
    """Size of the next chunk of the segment, if the segment was begun before a crash and frames depend on the sizes of
    chunks; 0: any size. It may be more than what has been pushed, for which the flow then waits."""
    chose: Callable[[int], None] = lambda size: None
    """To be called with the size of each chunk, in frames of the input, before it is computed, also in ``finish``, if
    frames depend on the sizes. Those of a flow do. A vocoder calls it not: chunked equals whole, whatever the sizes."""
    came_at: Callable[[], float] = time.monotonic
    """When the stage before had made the frames that are pushed now, monotonic seconds: earlier than the push where
    this stage was busy. Frames that were made together have the same time."""


@dataclass(frozen=True)
class Voice:
    """A voice of an engine."""

    name: str
    language: str
    """BCP 47, for example en-US."""
    sample_rate: int
    """Hertz of the vocoder's output."""
    licence: str
    installed: bool = True
    """False: known, but its files are not on this machine."""
    model: str = ""
    """Voices with the same model are warmed up by one of them; empty: each for itself."""
    blends: bool = False
    """It may be blended with others that may: the engine then gets a name such as ``a:0.7+b:0.3`` (ipc/blend.py)."""


@dataclass(frozen=True)
class Word:
    """The place of a spoken word in the text and the frames of its segment."""

    start: int
    end: int
    """Characters [start, end) of the text that was given to ``generate``."""
    begins: int
    ends: int
    """Frames [begins, ends), counted from the segment's first."""


@dataclass(frozen=True)
class FrameSpec:
    """The shape of the frames from one part of an engine to the next."""

    kind: str
    """hidden, latent, mel, token or spectrum."""
    dim: int
    samples_per_frame: int
    buffered: bool = False
    """The part that takes these frames buffers some: a vocoder at most VOCODER_MAX_BUFFERED_S of sound, a flow
    FLOW_MAX_BUFFERED_S (ipc/stage_protocol.py)."""
    lookahead: int = 0
    """Of ``flow_spec``: frames that the vocoder needs after a frame before it returns the frame's samples. The flow's
    ``Downstream.ahead`` does not count their sound."""


class Generator(Protocol):
    """Text to frames, in the generator process.

    Where the model takes phonemes, ``phonemes(text, voice) -> str`` gives those of a text in the model's alphabet.
    """

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames | Word]:
        """Yield the frames of one segment as they are computed, the first few as early as possible.

        rate: speed, 1.0 as trained. more: the sentence continues in the next segment, so there is no final pause.
        Equal arguments give equal frames, because a segment is computed again after a stage has died. A Word precedes
        its frames, in order and without overlap; an engine without word times yields none. Yields nothing where the
        voice cannot say the text. The caller may stop at any yield.
        """
        ...

    def warmup(self) -> None:
        """Run every shape once, so that the first utterance is as fast as later ones."""
        ...


class Vocoder(Protocol):
    """Frames to PCM for one segment at a time, in the vocoder process. Chunked equals whole to 1e-4.

    A vocoder, or a flow, may compute several chunks in one push. Then it may have a method ``chunks`` with the argument
    of ``push``, which yields each when it is made, so that the first does not wait for the others.
    """

    def push(self, frames: Frames) -> Samples:
        """Take the next frames; return the samples that no later frame can change."""
        ...

    def finish(self) -> Samples:
        """Return the segment's last samples, and reset for the next segment."""
        ...


def chunks(processor: "Vocoder | Flow", frames: Frames) -> Iterable[NDArray[np.float32]]:
    """What a push returns, in parts where the processor makes parts."""
    in_parts: Callable[[Frames], Iterable[NDArray[np.float32]]] | None = getattr(processor, "chunks", None)
    return in_parts(frames) if in_parts is not None else (processor.push(frames),)


class Flow(Protocol):
    """Frames to other frames for one segment at a time, such as tokens to mel spectra, in the flow process.

    The same pushes give the same frames, bit by bit, because a segment is computed again after a stage has died.
    """

    def push(self, frames: Frames) -> Frames:
        """Take the next frames, of ``spec``; return those of ``flow_spec`` that no later frame can change.

        A push that computes for longer than 100 ms calls ``Downstream.check`` meanwhile. An exception of it leaves
        this object unused, and all that is shared with other utterances as it was.
        """
        ...

    def finish(self) -> Frames:
        """Return the segment's last frames, and reset for the next segment."""
        ...

    def warmup(self) -> None:
        """Run every shape once, so that the first utterance is as fast as later ones. Called on an object of its own,
        which is then dropped."""
        ...


@runtime_checkable
class WithFlow(Protocol):
    """An engine with a part between generator and vocoder. Optional, beside `Engine`."""

    flow_spec: FrameSpec
    """Of the frames from the flow to the vocoder; ``spec`` is that of the frames from the generator to the flow."""

    def flow(self, voice: str, downstream: Downstream) -> Flow:
        """A new flow, once per utterance. NotInstalled where the voice is unknown or not installed."""
        ...


class Engine(Protocol):
    """An engine with ``has_light_vocoder = True`` has a vocoder that takes a millisecond or less for a chunk: it runs
    before the vocoders of other engines, which take longer for a chunk. One with ``has_light_generator = True``
    computes the first frames of a text in 20 ms or less, on one thread, which then runs before other engines. The
    vocoder of one with ``has_long_chunks = True`` computes for half a second at a stretch, and has no SCHED_FIFO. The
    ``preload`` of one with ``preloads_models = True`` is called only where its models are loaded from the start. One
    with ``loads_on_demand = True`` has voices that are large models: the configured one, or the first, is loaded at the
    start, others by their first utterance. Its generator has a method ``warm(voice)`` in place of ``warmup``."""

    spec: FrameSpec

    def preload(self) -> Callable[[], object] | None:
        """Import and load what all processes of this engine may share. Called once, before the stages are forked.

        It may return a function that waits for work on a thread, which has ended then; other modules load meanwhile.
        Must start no thread and open no device, and should load nothing if no voice is installed. Optional.
        """
        ...

    def voices(self) -> list[Voice]:
        """Cheap: loads no model."""
        ...

    def generator(self) -> Generator: ...

    def vocoder(self, voice: str, downstream: Downstream) -> Vocoder:
        """A new vocoder, once per utterance. It may buffer VOCODER_MAX_BUFFERED_S of sound (ipc/stage_protocol.py).

        NotInstalled where the voice is unknown or not installed.
        """
        ...


@cache
def load(name: str) -> Engine:
    """The engine of that entry point, cached per process. NotInstalled; BadPlugin; anything that the package raises."""
    for point in entry_points(group="steadyvoice.engines", name=name):
        engine: Engine = point.load()()
        _check_sizes("spec", engine.spec)
        _check_sizes("flow_spec", vocoder_spec(engine))
        return engine
    raise NotInstalled("no installed package brings it; see engines in the configuration")


def _check_sizes(name: str, spec: FrameSpec) -> None:
    sizes = (spec.dim, spec.samples_per_frame)
    if not all(type(size) is int and 0 < size <= MOST_FLOATS for size in sizes):
        raise plugin.BadPlugin(f"its {name} has dim {sizes[0]!r} and samples_per_frame {sizes[1]!r}")


def vocoder_spec(engine: Engine) -> FrameSpec:
    """Of the frames that the engine's vocoder takes."""
    return engine.flow_spec if isinstance(engine, WithFlow) else engine.spec


def buffered_s(engine: Engine) -> float:
    """Seconds of sound that the engine's flow and vocoder may buffer."""
    has_flow = isinstance(engine, WithFlow)
    of_flow = FLOW_MAX_BUFFERED_S if has_flow and engine.spec.buffered else 0.0
    return of_flow + (VOCODER_MAX_BUFFERED_S if vocoder_spec(engine).buffered else 0.0)


def loads_on_demand(engine: Engine) -> bool:
    return bool(getattr(engine, "loads_on_demand", False))


def with_flow(engines: Mapping[str, Engine]) -> list[str]:
    """Names of the engines that have a flow."""
    return [name for name, each in engines.items() if isinstance(each, WithFlow)]


def usable(names: Sequence[str]) -> dict[str, Engine]:
    """The engines of these entry points, in order, without those that cannot be loaded."""
    loaded = {name: optional.attempt(f"engine {name}", partial(load, name)) for name in names}
    return {name: engine for name, engine in loaded.items() if engine is not None}


def voices(engines: Mapping[str, Engine]) -> list[tuple[str, Voice]]:
    """(engine, voice) for each voice. Of several voices with one name only the first counts."""
    return plugin.distinct("voice", "engine", {name: each.voices for name, each in engines.items()}, _fault)


def _fault(voice: Voice) -> str:
    return plugin.fault(
        voice,
        name=plugin.is_name,
        language=plugin.is_name,
        licence=plugin.is_name,
        sample_rate=lambda rate: type(rate) is int and 8000 <= rate <= 192_000,
        installed=lambda installed: type(installed) is bool,
        blends=lambda blends: type(blends) is bool,
    )


def voice_of(engine: str, voice: str) -> str:
    """The voice's name in reports (`optional.left_out`)."""
    return f"voice {voice} of {engine}"


def is_usable(engine: str, voice: str) -> bool:
    return not optional.is_left_out(f"engine {engine}") and not optional.is_left_out(voice_of(engine, voice))


def check_any(names: Sequence[str]) -> None:
    """NotInstalled where all of these engines were left out."""
    reasons = {name: optional.left_out.get(f"engine {name}") for name in names}
    if all(reasons.values()):
        raise NotInstalled(f"no engine can be used: {'; '.join(f'{name}: {why}' for name, why in reasons.items())}")

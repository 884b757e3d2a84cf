"""The stages, the rings between them, and the path of an utterance from stage to stage: data, without I/O.

Each engine that is loaded has a line of its own, each family of converters that runs models a process of its own. All
lines meet in the last converter, which is light and always there:

    generator ─▶ [flow ─▶] vocoder ─┬────────────────────────▶ converter ─▶ output
                                    └▶ converter of a family ─┘              ▲
    input ─▶ converter of live sound ────────────────────────────────────────┘
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from steadyvoice.ipc.live_protocol import LIVE_BLOCK, LIVE_DEVICE_LANE
from steadyvoice.ipc.shared_state import DEVICE_LANES, STAGES

LIGHT_FAMILIES: Final = frozenset({"shift"})
"""Families of converters that run no model: the last converter runs them itself."""
MODULES: Final = ("generator", "flow", "vocoder", "model_converter", "converter", "output", "catalogue")
"""Of all stages, in workers/stages."""
LIVE: Final = "live"
LISTEN: Final = "listen"
"""StageSpec.of of the stages of live sound and of listening, which are no models (residency.py)."""
_LIVE_BLOCKS: Final = 512
"""5.5 s: until a converter of live sound that hangs is replaced, which takes 2 s, its client loses nothing."""
_FRAME_FLOATS: Final = 3006
"""Of the widest engine."""
_SLOTS_OF_FLOW: Final = 256
"""Of the ring into a flow, which reads none while it computes a chunk, up to a second. A slot may have one token."""


FIRST_AUDIO_PRIORITY: Final = 15
"""SCHED_FIFO priority of a light generator for an utterance without frames: above vocoders that compute for long."""


@dataclass(frozen=True)
class StageSpec:
    number: int
    """Identity in shared state, in paths and in links; free again when the stage is gone."""
    name: str
    """generator, flow, vocoder, converter, output, input, listen or catalogue."""
    of: str = ""
    """The engine of a generator, flow or vocoder, the family of a converter that runs models; LIVE; LISTEN."""
    priority: int = 0
    """SCHED_FIFO priority where real time is allowed: it rises towards the sound device. Stages that run models get
    none: they compute for long stretches and would starve the others."""

    @property
    def label(self) -> str:
        """For people: the name, with the engine or family."""
        return f"{self.name} {self.of}".rstrip()

    @property
    def module(self) -> str:
        """In workers/stages."""
        if self.of == LIVE:
            return "live_converter" if self.name == "converter" else self.name
        return "model_converter" if self.name == "converter" and self.of else self.name

    @property
    def is_model(self) -> bool:
        return bool(self.of) and not self.priority


@dataclass(frozen=True)
class LinkSpec:
    """A ring."""

    source: int | None
    """Number of the stage that writes; None: the supervisor, which writes text."""
    target: int
    """Number of the stage that reads."""
    slots: int
    payload_bytes: int
    """Of one slot. Memory is used only as far as slots are written."""
    device_lane: int = 0


@dataclass(frozen=True)
class Topology:
    """The stages that exist. A change makes another topology; what stays keeps its numbers."""

    stages: tuple[StageSpec, ...]

    @cached_property
    def by_number(self) -> dict[int, StageSpec]:
        return {stage.number: stage for stage in self.stages}

    @cached_property
    def converter(self) -> StageSpec:
        """The last converter."""
        return self._find("converter")

    @cached_property
    def output(self) -> StageSpec:
        return self._find("output")

    def of(self, model: str) -> list[StageSpec]:
        """The stages of the engine or family."""
        return [stage for stage in self.stages if stage.of == model]

    def with_engine(self, engine: str, *, has_flow: bool = False) -> "Topology":
        flow = (("flow", engine, 0),) if has_flow else ()
        return self._with(("generator", engine, 0), *flow, ("vocoder", engine, 20))

    def with_family(self, family: str) -> "Topology":
        return self._with(("converter", family, 0))

    def with_stages_of(self, model: str, *, is_engine: bool, has_flow: bool) -> "Topology":
        """With those of an engine or a family, of live sound (LIVE), or of listening (LISTEN). ValueError as below."""
        if model == LIVE:
            return self.with_live()
        if model == LISTEN:
            return self._with(("listen", LISTEN, 0))
        return self.with_engine(model, has_flow=has_flow) if is_engine else self.with_family(model)

    def with_live(self) -> "Topology":
        return self._with(("input", LIVE, 35), ("converter", LIVE, 25))

    def _with(self, *rows: tuple[str, str, int]) -> "Topology":
        """ValueError where there are no numbers left."""
        free = [number for number in range(STAGES) if number not in self.by_number]
        if len(free) < len(rows):
            raise ValueError(f"there are {STAGES} stages at most")
        return Topology((*self.stages, *(StageSpec(number, *row) for number, row in zip(free, rows, strict=False))))

    def without(self, model: str) -> "Topology":
        return Topology(tuple(stage for stage in self.stages if stage.of != model))

    @cached_property
    def links(self) -> frozenset[LinkSpec]:
        """The rings after a vocoder hold twice the lookahead, so that no stage ever waits for a listener."""
        if not self.stages:
            return frozenset()
        last, output = self.converter.number, self.output.number
        models = [stage.number for stage in self.stages if stage.name == "converter" and stage.of not in ("", LIVE)]
        links = [LinkSpec(last, output, 1024, 512 * 4, lane) for lane in range(DEVICE_LANES)]  # PCM at 48 kHz
        links += [LinkSpec(model, last, 64, 4096 * 4) for model in models]
        for stage in self.stages:
            if stage.name == "generator":
                links.append(LinkSpec(None, stage.number, 64, 4096))  # text
                *earlier, vocoder = self._line(stage.of)
                links += [
                    LinkSpec(each, flow, _SLOTS_OF_FLOW, 4 * _FRAME_FLOATS * 4) for each, flow in pairwise(earlier)
                ]
                links.append(LinkSpec(earlier[-1], vocoder, 16, 16 * _FRAME_FLOATS * 4))
            elif stage.name == "vocoder":  # PCM at the voice's rate
                links += [LinkSpec(stage.number, target, 64, 4096 * 4) for target in (*models, last)]
            elif stage.name == "input":
                plugins = self._find("converter", LIVE).number
                links.append(LinkSpec(stage.number, plugins, _LIVE_BLOCKS, LIVE_BLOCK * 4))
                links.append(LinkSpec(plugins, output, 64, LIVE_BLOCK * 4, LIVE_DEVICE_LANE))
        return frozenset(links)

    def inputs(self, stage: StageSpec) -> list[LinkSpec]:
        """In a fixed order."""
        return _ordered(link for link in self.links if link.target == stage.number)

    def outputs(self, stage: StageSpec) -> list[LinkSpec]:
        return _ordered(link for link in self.links if link.source == stage.number)

    def path(self, engine: str, family: str, *, to_device: bool) -> tuple[int, ...]:
        """Numbers of the stages of an utterance. KeyError where no stage runs the engine or the family."""
        path = self._line(engine)
        if family and family not in LIGHT_FAMILIES:
            path.append(self._find("converter", family).number)
        path.append(self.converter.number)
        if to_device:
            path.append(self.output.number)
        return tuple(path)

    def _line(self, engine: str) -> list[int]:
        """Numbers of the engine's stages, in the order of the path. KeyError where it has none."""
        flow = [stage for stage in self.of(engine) if stage.name == "flow"]
        return [stage.number for stage in (self._find("generator", engine), *flow, self._find("vocoder", engine))]

    def name_in_path(self, number: int) -> str:
        """Name of the stage in the times of an utterance that passes through it."""
        stage = self.by_number[number]
        return stage.label if stage.name == "converter" else stage.name

    def _find(self, name: str, of: str = "") -> StageSpec:
        for stage in self.stages:
            if (stage.name, stage.of) == (name, of):
                return stage
        raise KeyError(f"no stage {name} {of}".rstrip())


def _ordered(links: Iterable[LinkSpec]) -> list[LinkSpec]:
    return sorted(links, key=lambda link: (-1 if link.source is None else link.source, link.target, link.device_lane))


SHARED: Final = Topology(
    (StageSpec(0, "converter", priority=30), StageSpec(1, "output", priority=40), StageSpec(2, "catalogue"))
)
"""The stages that are there without any model. The catalogue finds out which voices and converters exist, and ends."""

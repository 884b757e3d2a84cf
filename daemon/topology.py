"""The stages, the rings between them, and the path of an utterance from stage to stage: data, without I/O.

Each engine has a line of its own, each family of converters that runs models a process of its own. All lines meet in
the last converter, which is light and always there:

    generator ─▶ vocoder ─┬────────────────────────▶ converter ─▶ output
                          └▶ converter of a family ─┘
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from steadyvoice.ipc.shared_state import DEVICE_LANES

LIGHT_FAMILIES: Final = frozenset({"shift"})
"""Families of converters that run no model: the last converter runs them itself."""


@dataclass(frozen=True)
class StageSpec:
    number: int
    """Identity in shared state, in paths and in links."""
    name: str
    """generator, vocoder, converter or output."""
    of: str = ""
    """The engine of a generator or vocoder, the family of a converter that runs models."""
    priority: int = 0
    """SCHED_FIFO priority where real time is allowed: it rises towards the sound device. Stages that run models get
    none: they compute for long stretches and would starve the others."""

    @property
    def label(self) -> str:
        """For people: the name, and whose stage it is."""
        return f"{self.name} {self.of}".rstrip()

    @property
    def module(self) -> str:
        """In workers/stages."""
        return "model_converter" if self.name == "converter" and self.of else self.name

    @property
    def is_model(self) -> bool:
        return not self.priority


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
    stages: tuple[StageSpec, ...]
    """By number."""
    links: tuple[LinkSpec, ...]

    @cached_property
    def converter(self) -> StageSpec:
        """The last converter."""
        return self._find("converter")

    @cached_property
    def output(self) -> StageSpec:
        return self._find("output")

    def of_name(self, name: str) -> list[StageSpec]:
        return [stage for stage in self.stages if stage.name == name]

    def path(self, engine: str, family: str, *, to_device: bool) -> tuple[int, ...]:
        """Numbers of the stages of an utterance. KeyError where no stage runs the engine."""
        stages = [self._find("generator", engine), self._find("vocoder", engine)]
        if family and family not in LIGHT_FAMILIES:
            stages.append(self._find("converter", family))
        stages.append(self.converter)
        if to_device:
            stages.append(self.output)
        return tuple(stage.number for stage in stages)

    def name_in_path(self, number: int) -> str:
        """Name of the stage in the times of an utterance, of whose path it is a part."""
        stage = self.stages[number]
        return stage.label if stage.name == "converter" else stage.name

    def _find(self, name: str, of: str = "") -> StageSpec:
        for stage in self.stages:
            if (stage.name, stage.of) == (name, of):
                return stage
        raise KeyError(f"no stage {name} {of}".rstrip())


@cache
def of_lines(engines: tuple[str, ...], families: tuple[str, ...]) -> Topology:
    """The topology of these engines and families of converters."""
    heads = [("generator", engine, 0) for engine in engines]
    vocoders = [("vocoder", engine, 20) for engine in engines]
    lines = [stage for line in zip(heads, vocoders, strict=True) for stage in line]
    models = [("converter", family, 0) for family in families if family not in LIGHT_FAMILIES]
    rows = [*lines, *models, ("converter", "", 30), ("output", "", 40)]
    stages = tuple(StageSpec(number, *row) for number, row in enumerate(rows))
    return Topology(stages, tuple(_links(stages)))


def _links(stages: Sequence[StageSpec]) -> list[LinkSpec]:
    """The rings after a vocoder hold twice the lookahead, so that no stage ever waits for a listener."""
    last, output = stages[-2].number, stages[-1].number
    models = [stage.number for stage in stages if stage.name == "converter" and stage.of]
    links = []
    for stage in stages:
        if stage.name == "generator":
            links.append(LinkSpec(None, stage.number, 64, 4096))  # text
            links.append(LinkSpec(stage.number, stage.number + 1, 16, 16 * 3006 * 4))  # 16 frames of the widest engine
        elif stage.name == "vocoder":
            links += [LinkSpec(stage.number, target, 64, 4096 * 4) for target in (*models, last)]  # at the voice's rate
    links += [LinkSpec(model, last, 64, 4096 * 4) for model in models]
    links += [LinkSpec(last, output, 1024, 512 * 4, lane) for lane in range(DEVICE_LANES)]  # PCM at 48 kHz
    return links

"""What the scheduler and the control plane may read of the supervisor."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol, TypeVar

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.models import ModelManager
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.daemon.supervision.readings import Readings
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.supervision.standby import Standbys
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc.stage_protocol import ConverterMeta, Device, VoiceMeta


class Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


class SupervisorState:
    """The stages and what they have reported. Only the supervisor and its slots write."""

    def __init__(self, config: Config) -> None:
        self.config = config
        """The configuration in force."""
        self.slots: Mapping[int, StageSlot] = {}
        """One per stage, by number."""
        self.pipeline: Pipeline | None = None
        """None before the shared memory is created and after it is released."""
        self.standbys: Standbys | None = None
        self.optionals = Optionals()
        self.reported_voices: dict[int, list[VoiceMeta]] = {}
        self.reported_converters: dict[int, list[ConverterMeta]] = {}
        """By the number of the stage that has them."""
        self.device = Device("", 0, 0, 0.0, "not looked for yet")
        self.readings = Readings()
        self.models: ModelManager | None = None
        """None before the stages are started."""
        self.ready = asyncio.Event()
        """Set once every stage has been warm, or has been given up."""

    @property
    def voices(self) -> list[VoiceMeta]:
        return self.optionals.voices(distinct(self.reported_voices))

    @property
    def converters(self) -> list[ConverterMeta]:
        return self.optionals.converters(distinct(self.reported_converters))

    @property
    def stages(self) -> dict[int, StageProcess]:
        """The processes that exist now, by the stage's number."""
        return {number: slot.process for number, slot in self.slots.items() if slot.process is not None}

    @property
    def failed(self) -> dict[StageSpec, str]:
        """Why a stage was given up, by stage; only those that were."""
        return {slot.stage: slot.failed for slot in self.slots.values() if slot.failed}

    @property
    def device_problem(self) -> str:
        """Why nothing can be played; empty while the output works, or is being started."""
        return next((why for stage, why in self.failed.items() if stage.name == "output"), "")

    @property
    def given_up(self) -> str:
        """Why no utterance can be spoken any more; empty while one can. Clients' streams do not need the output."""
        silent = {number for number, voices in self.reported_voices.items() if not any(v.installed for v in voices)}
        return why_nothing_speaks(self.slots.values(), silent)

    @property
    def is_healthy(self) -> bool:
        """No stage that speech needs was given up, and no process has survived SIGKILL: all others are replaced."""
        return not self.given_up and not any(process.is_unkillable for process in self.stages.values())


def distinct(reported: Mapping[int, list[N]]) -> list[N]:
    """The voices or converters of all stages, by number; of several with one name the first counts."""
    known: dict[str, N] = {}
    for number in sorted(reported):
        for each in reported[number]:
            known.setdefault(each.name, each)
    return list(known.values())


def why_nothing_speaks(slots: Iterable[StageSlot], silent: Collection[int]) -> str:
    """Why no utterance can be spoken: the last converter, or every engine's line, has failed; empty if one can be.

    silent: numbers of the generators without an installed voice.
    """
    slots = list(slots)
    failed = {slot.stage: slot.failed for slot in slots if slot.failed}
    for stage, why in failed.items():
        if stage.name == "converter" and not stage.of:
            return why
    generators = {slot.stage.of: slot.stage.number for slot in slots if slot.stage.name == "generator"}
    lost = {stage.of: why for stage, why in failed.items() if stage.of in generators}
    usable = [engine for engine, number in generators.items() if engine not in lost and number not in silent]
    return "" if usable or not lost else next(iter(lost.values()))

"""What the scheduler and the control plane may read of the supervisor."""

import asyncio
from collections.abc import Mapping

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.daemon.supervision.readings import Readings
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.supervision.standby import Standbys
from steadyvoice.ipc.stage_protocol import ConverterMeta, Device, VoiceMeta


class SupervisorState:
    """The stages and what they have reported. Only the supervisor and its slots write."""

    def __init__(self, config: Config) -> None:
        self.config = config
        """The configuration in force."""
        self.slots: Mapping[str, StageSlot] = {}
        """One per stage, in pipeline order."""
        self.pipeline: Pipeline | None = None
        """None before the shared memory is created and after it is released."""
        self.standbys: Standbys | None = None
        self.optionals = Optionals()
        self.reported_voices: list[VoiceMeta] = []
        self.reported_converters: list[ConverterMeta] = []
        self.device = Device("", 0, 0, 0.0, "not looked for yet")
        self.readings = Readings()
        self.ready = asyncio.Event()
        """Set once every stage has been warm, or has been given up."""

    @property
    def voices(self) -> list[VoiceMeta]:
        return self.optionals.voices(self.reported_voices)

    @property
    def converters(self) -> list[ConverterMeta]:
        return self.optionals.converters(self.reported_converters)

    @property
    def stages(self) -> dict[str, StageProcess]:
        """The processes that exist now, by stage."""
        return {name: slot.process for name, slot in self.slots.items() if slot.process is not None}

    @property
    def restarts(self) -> dict[str, int]:
        """Processes that have ended, by stage."""
        return {name: slot.restarts for name, slot in self.slots.items()}

    @property
    def failed(self) -> dict[str, str]:
        """Why a stage was given up, by stage; only those that were."""
        return {name: slot.failed for name, slot in self.slots.items() if slot.failed}

    @property
    def given_up(self) -> str:
        """Why no utterance can be spoken any more; empty while one can. Clients' streams do not need the output."""
        return next((why for name, why in self.failed.items() if name != "output"), "")

    @property
    def is_healthy(self) -> bool:
        """No stage that speech needs was given up, and no process has survived SIGKILL: all others are replaced."""
        return not self.given_up and not any(process.is_unkillable for process in self.stages.values())

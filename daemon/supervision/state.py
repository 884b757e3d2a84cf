"""What the scheduler and the control plane may read of the supervisor."""

import asyncio
from collections.abc import Set as AbstractSet

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.daemon.supervision.profiles import Profiles
from steadyvoice.daemon.supervision.readings import Readings
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.supervision.stage_stats import StageStats
from steadyvoice.daemon.supervision.standby import Standbys
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc.stage_protocol import ConverterMeta, Device, VoiceMeta


class SupervisorState:
    """The stages and what they have reported. Only the supervisor and its slots write."""

    def __init__(self, config: Config) -> None:
        self.config = config
        """The configuration in force."""
        self.slots: dict[int, StageSlot] = {}
        """One per stage, by number."""
        self.pipeline: Pipeline | None = None
        """None before the shared memory is created and after it is released."""
        self.standbys: Standbys | None = None
        self.optionals = Optionals()
        self.voices_known: list[VoiceMeta] = []
        self.converters_known: list[ConverterMeta] = []
        """From the catalogue."""
        self.device = Device("", 0, 0, 0.0, "not looked for yet")
        self.lost: dict[str, str] = {}
        """Why an engine or family of converters cannot be loaded, by its name."""
        self.readings, self.profiles = Readings(), Profiles()
        self.stats = StageStats()
        self.ready = asyncio.Event()
        """Set once every stage has been warm, or has been given up."""

    @property
    def voices(self) -> list[VoiceMeta]:
        return self.optionals.voices(self.voices_known)

    @property
    def engines_with_voices(self) -> AbstractSet[str]:
        """Engines that can speak; all that are configured while the voices are not known."""
        if not self.voices_known:
            return set(self.config.engines)
        return {each.engine for each in self.voices if each.installed}

    @property
    def converters(self) -> list[ConverterMeta]:
        return self.optionals.converters(self.converters_known)

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
        failed = {stage.name: why for stage, why in self.failed.items() if not stage.of}
        if why := failed.get("converter") or failed.get("catalogue"):
            return why
        lost = [why for name, why in self.lost.items() if name in self.config.engines]
        if not lost or not self.voices_known:
            return ""
        return "" if any(voice.installed for voice in self.voices) else lost[0]

    @property
    def is_healthy(self) -> bool:
        """No stage that speech needs was given up, and no process has survived SIGKILL: all others are replaced."""
        return not self.given_up and not any(process.is_unkillable for process in self.stages.values())

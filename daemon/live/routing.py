"""Directs what the stages report to speech or to live sound, by the line that a stage belongs to."""

from collections.abc import Mapping

from steadyvoice.daemon.live.listening import Listening
from steadyvoice.daemon.live.service import LiveService
from steadyvoice.daemon.scheduling.lifecycle import Lifecycle
from steadyvoice.daemon.scheduling.recovery import Recovery
from steadyvoice.daemon.supervision.stage_slot import RECONFIGURED
from steadyvoice.daemon.topology import LISTEN, LIVE, StageSpec
from steadyvoice.daemon.tracing.service import Tracing
from steadyvoice.ipc.live_protocol import ChainReport, InputReport, PlaybackReport
from steadyvoice.ipc.stage_protocol import FromStage


class StageReports:
    """StageEvents and RecoveryHandler for the supervisor."""

    def __init__(
        self, speech: Lifecycle, recovery: Recovery, live: LiveService, listening: Listening, tracing: Tracing
    ) -> None:
        self._speech, self._recovery, self._live, self._listening = speech, recovery, live, listening
        self._tracing = tracing
        self._live_underruns = 0
        """As the output has reported last."""

    @property
    def active(self) -> int:
        return self._speech.active

    def users(self) -> Mapping[str, int]:
        return self._speech.users()

    def ready(self) -> None:
        self._live.stages_started()
        self._speech.ready()
        self._listening.stages_started()

    def on_message(self, stage: StageSpec, message: FromStage) -> None:
        if isinstance(message, InputReport | ChainReport | PlaybackReport):
            self._live.on_report(message)
            if isinstance(message, PlaybackReport):
                if message.underruns > self._live_underruns:
                    self._tracing.underrun(message.session, "")
                self._live_underruns = message.underruns
        elif stage.of == LISTEN:
            self._listening.on_message(message)
        else:
            self._speech.on_message(stage, message)

    def models_changed(self) -> None:
        self._speech.models_changed()

    def pump(self) -> None:
        self._speech.pump()

    def stage_given_up(self, stage: StageSpec, reason: str) -> None:
        self._live.stage_given_up(stage, reason)
        if stage.of == LISTEN:
            self._listening.died()
        self._speech.stage_given_up(stage, reason)

    def died(self, stage: StageSpec, current_block: tuple[int, int, int], reason: str, *, was_killed: bool) -> None:
        if not reason.endswith(RECONFIGURED):
            self._tracing.died(reason)
        self._live.count_faults(stage)
        if stage.of == LIVE:
            self._live.died(stage, current_block, was_killed=was_killed, reason=reason)
        elif stage.of == LISTEN:
            self._listening.died()
        else:
            self._recovery.died(stage, current_block, reason, was_killed=was_killed)

    def replay(self, stage: StageSpec) -> None:
        if stage.of == LIVE:
            self._live.replay(stage)
        elif stage.of != LISTEN:
            self._recovery.replay(stage)

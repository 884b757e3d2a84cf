"""What the supervisor calls when stages report, die or are replaced. Called in the event loop's thread."""

from collections.abc import Mapping
from typing import Protocol

from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc.stage_protocol import FromStage


class StageEvents(Protocol):
    """Implemented by the scheduler."""

    @property
    def active(self) -> int:
        """Number of utterances in the stages."""

    def users(self) -> Mapping[str, int]:
        """Utterances, waiting or in the stages, by engine and by family of converters."""

    def ready(self) -> None:
        """Every stage is warm or was given up."""

    def on_message(self, stage: StageSpec, message: FromStage) -> None:
        """The stage has reported something about an utterance."""

    def models_changed(self) -> None:
        """Models are loaded or unloaded: other utterances may begin."""

    def pump(self) -> None:
        """The text ring has space again."""

    def stage_given_up(self, stage: StageSpec, reason: str) -> None:
        """The stage was given up."""


class RecoveryHandler(Protocol):
    """Implemented by the recovery, which continues utterances after a stage died."""

    def died(self, stage: StageSpec, current_block: tuple[int, int, int], reason: str, *, was_killed: bool) -> None:
        """A process that was ready has died at this block (StageState.current_block).

        was_killed: by another program, or by the kernel for want of memory.
        """

    def replay(self, stage: StageSpec) -> None:
        """A replacement runs: send again what the dead process had not finished."""

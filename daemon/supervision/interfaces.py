"""What the supervisor sees of those who work with its stages."""

from typing import Protocol

from steadyvoice.ipc.stage_protocol import FromStage


class StageEvents(Protocol):
    """Who gives the stages their work."""

    @property
    def active(self) -> int:
        """Utterances that the stages have."""

    def ready(self) -> None:
        """Every stage is warm."""

    def hear(self, message: FromStage) -> None:
        """A stage says something of an utterance."""

    def pump(self) -> None:
        """There is room in the text ring again."""

    def lost(self, stage: str, reason: str) -> None:
        """It is given up."""


class RecoveryHandler(Protocol):
    """Who has speech go on when a stage has died."""

    def died(self, stage: str, current_block: tuple[int, int, int], reason: str) -> None:
        """At this block (see StageState.current_block)."""

    def redo(self, stage: str) -> None:
        """Its successor is there, and has nothing of what it was doing."""

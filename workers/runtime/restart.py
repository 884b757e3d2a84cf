"""Which stages begin an utterance at a BEGIN slot, and which ignore it because they go on with the utterance."""

from steadyvoice.ipc.shared_state import Progress
from steadyvoice.ipc.utterance_spec import RestartPoint


def begins_here(stage: int, restart: RestartPoint | None, progress: Progress | None, has_state: bool) -> bool:
    """Whether the stage begins the utterance of a BEGIN slot.

    restart: None at the utterance's first BEGIN. A later BEGIN replays the utterance from a segment on, because
    ``restart.stage`` lost its state: the stages up to it begin again, the stages after it go on.
    progress: what the stage has published for the utterance. has_state: the process knows the utterance already.
    """
    if restart is None or restart.stage > stage:
        return True
    if restart.stage == stage:
        return progress is None or not progress.finished
    return progress is None and not has_state

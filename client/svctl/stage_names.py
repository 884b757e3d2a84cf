"""Names of stages on the command line: as the status has them, with the engine or family where a name is not unique."""

from collections.abc import Sequence

from steadyvoice.ipc.daemon_status import StageStatus
from steadyvoice.ipc.errors import RequestRefused, one_line


def label(stage: StageStatus) -> str:
    """With its engine, or its family of converters; older daemons report neither."""
    return f"{stage['name']} {stage.get('engine') or stage.get('family') or ''}".rstrip()


def choose(stages: Sequence[StageStatus], wanted: str) -> StageStatus:
    """The stage with this label, or the only one with this name. RequestRefused: there is none, or no process of it.

    wanted: such as ``generator``, ``vocoder soprano`` or ``converter``.
    """
    wanted = " ".join(wanted.split())
    found = [stage for stage in stages if label(stage) == wanted]
    found = found or [stage for stage in stages if stage["name"] == wanted]
    choices = ", ".join(sorted(map(label, found or stages))) or "none yet"
    if len(found) > 1:
        raise RequestRefused("unknown_stage", f"several stages are a {wanted}; name one: {choices}")
    if not found:
        raise RequestRefused("unknown_stage", f"there is no stage {one_line(wanted, 100)!r}; there are: {choices}")
    if not found[0]["pid"]:
        why = f"stage {label(found[0])} has no process at present ({found[0]['state']}); see svctl status"
        raise RequestRefused("stage_failed", why, retryable=True)
    return found[0]

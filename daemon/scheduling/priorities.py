"""Who waits for whom on the sound device, and who makes whom fall silent: speech-dispatcher's priorities.

After the SSIP documentation of speech-dispatcher ("Message Priority Model"):

important     before all others; what plays falls silent for it, unless it is important too; others wait
message       after important and earlier messages; all below falls silent for it
text          after these; earlier text and all below falls silent for it
progress      after these; of those that wait only the newest is kept, and that one is always said
notification  only where there is nothing else to say; the newest
"""

from collections.abc import Sequence
from typing import Final

from steadyvoice.ipc.messages import Priority

ORDER: Final[Sequence[Priority]] = ("important", "message", "text", "progress", "notification")

_FALLS_SILENT: Final[dict[Priority, set[Priority]]] = {
    "important": {"notification"},
    "message": {"text", "notification"},
    "text": {"text", "notification"},
    "progress": {"notification"},
    "notification": {"notification"},
}
"""Whether it plays or waits."""
_IS_INTERRUPTED: Final[dict[Priority, set[Priority]]] = {
    "important": {"message", "text", "progress"},
    "message": {"progress"},
    "text": {"progress"},
    "progress": set(),
    "notification": set(),
}
"""While it plays."""


def silences(new: Priority, old: Priority, playing: bool) -> bool:
    """Whether an utterance falls silent, or is never said, because a new one comes."""
    if playing:
        return old in _FALLS_SILENT[new] | _IS_INTERRUPTED[new]
    return old in _FALLS_SILENT[new] or new == old == "progress"


def is_dropped(new: Priority, others: Sequence[Priority]) -> bool:
    """Whether a new one is not worth saying beside these, which play or wait."""
    return new == "notification" and any(other != "notification" for other in others)

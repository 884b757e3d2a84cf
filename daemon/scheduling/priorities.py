"""Queue priority on the sound device, after speech-dispatcher.

After the SSIP documentation of speech-dispatcher ("Message Priority Model"):

important     first in the queue; interrupts all others except another important one
message       after important and earlier messages; cancels text and notifications, interrupts progress
text          after these; cancels earlier text and notifications, interrupts progress
progress      after these; a waiting one is replaced by the newest, one that plays is not interrupted by it
notification  spoken only if nothing else plays or waits; the newest replaces earlier ones
"""

from collections.abc import Sequence
from typing import Final

from steadyvoice.ipc.requests import Priority

ORDER: Final[Sequence[Priority]] = ("important", "message", "text", "progress", "notification")

_CANCELLED: Final[dict[Priority, set[Priority]]] = {
    "important": {"notification"},
    "message": {"text", "notification"},
    "text": {"text", "notification"},
    "progress": {"notification"},
    "notification": {"notification"},
}
"""Priorities that a new utterance (key) cancels, whether they play or wait."""
_INTERRUPTED: Final[dict[Priority, set[Priority]]] = {
    "important": {"message", "text", "progress"},
    "message": {"progress"},
    "text": {"progress"},
    "progress": set(),
    "notification": set(),
}
"""Priorities that it cancels only while they play."""


def is_preempted(old: Priority, new: Priority, *, playing: bool) -> bool:
    """Whether an utterance is cancelled because a new one arrives."""
    if playing:
        return old in _CANCELLED[new] | _INTERRUPTED[new]
    return old in _CANCELLED[new] or new == old == "progress"


def is_dropped(new: Priority, others: Sequence[Priority]) -> bool:
    """Whether a new utterance is not spoken at all, because these play or wait."""
    return new == "notification" and any(other != "notification" for other in others)

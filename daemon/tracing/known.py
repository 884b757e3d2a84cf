"""What the daemon itself knows of an utterance or live session: when it came, began and ended, and its underruns."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

KEPT: Final = 128
"""Ended utterances that are known."""


@dataclass
class Known:
    """Times are monotonic nanoseconds; 0: not yet."""

    id: int
    kind: Literal["speech", "live"]
    sink: Literal["device", "pcm"]
    stages: list[str]
    """Along its path."""
    received_ns: int
    rate: int
    """Hertz of its samples at the sink."""
    admitted_ns: int = 0
    first_ns: int = 0
    """The sink got the first sample."""
    ended_ns: int = 0
    reason: str = ""
    voice: str = ""
    converter: str = ""
    chars: int = 0
    heard_chars: int = 0
    duration_s: float = 0.0
    traceparent: str = ""
    gaps: list[tuple[int, int, str]] = field(default_factory=list)
    """Underruns: since when, until when, and the stage to blame."""
    ends: dict[str, list[int]] = field(default_factory=dict)
    """``first`` and ``last``: the times of that block (slot.TIMES)."""

    @property
    def is_over(self) -> bool:
        return bool(self.ended_ns)


class Recent:
    """Utterances that have ended, and live sessions, the latest KEPT."""

    def __init__(self) -> None:
        self._known: deque[Known] = deque(maxlen=KEPT)

    def add(self, known: Known) -> None:
        self._known.append(known)

    @property
    def all(self) -> list[Known]:
        return list(self._known)

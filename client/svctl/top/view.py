"""The state of the screen of ``svctl top``, and what a key changes in it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from steadyvoice.client.svctl.top.rows import StageRow

MIN_DELAY_S, MAX_DELAY_S = 0.1, 3600.0
SORTS: Final[dict[str, Callable[[StageRow], Any] | None]] = {
    "pipeline": None,
    "busy": lambda row: -(row.busy or 0.0),
    "hop95": lambda row: -(row.hop95_s or 0.0),
    "longest": lambda row: -row.longest_s,
    "memory": lambda row: -row.rss_bytes,
    "restarts": lambda row: -row.restarts,
}
"""Orders of the stages, by the name that the screen shows; the highest values come first."""
HELP: Final = (
    "q  quit                         k  cancel the chosen utterance",
    "space  stop and go on           t  trace the chosen utterance",
    "d  seconds between readings     up, down  choose an utterance",
    "s  sort the stages              h  this help",
    "",
    "S  Starting, Ready, Busy, Failed; H: held by a debugger",
    "POL  F40: SCHED_FIFO, priority 40       BLK/s BUSY%  of the last two seconds",
    "WAIT HOP95  from the end of a block in the stage before, mean and 95th percentile",
    "LONGEST  of the last blocks             RING  slots in use, of the fullest ring",
    "RST  restarts                           AGE  of the last sign of life",
    "AHEAD  speech that is made, not heard   FIRST  request to first audio",
    "HEARD  characters heard, of those that are known",
)


@dataclass(frozen=True)
class Action:
    kind: Literal["quit", "read", "cancel", "trace"]
    """read: at once. The others: as their keys."""
    id: int = 0
    """Of the utterance."""


@dataclass
class View:
    delay_s: float = 0.5
    sort: str = "pipeline"
    paused: bool = False
    help: bool = False
    chosen: int = 0
    """Id of an utterance; 0: none."""
    typed: str | None = None
    """What was typed of another delay; None: none is asked for."""
    message: str = ""
    """Until the next key."""
    known: Sequence[int] = field(default=())
    """Ids of the utterances on the screen, from above."""

    def show(self, known: Sequence[int]) -> None:
        """Other utterances are on the screen. The choice goes with its utterance."""
        if self.chosen and self.chosen not in known:
            self.chosen = 0
        self.known = known

    def key(self, key: str) -> Action | None:
        """key: a character, or UP, DOWN, ENTER, ESCAPE, BACKSPACE."""
        self.message = ""
        if self.typed is not None:
            return self._type(key)
        if self.help:
            self.help = False
            return None
        match key:
            case "q":
                return Action("quit")
            case "h" | "?":
                self.help = True
            case " ":
                self.paused = not self.paused
                return None if self.paused else Action("read")
            case "d":
                self.typed = ""
            case "s":
                names = list(SORTS)
                self.sort = names[(names.index(self.sort) + 1) % len(names)]
                self.message = f"stages are sorted by {self.sort}"
            case "UP" | "DOWN":
                self._move(-1 if key == "UP" else 1)
            case "k" | "t":
                if not self.chosen:
                    self.message = "choose an utterance with the arrow keys"
                else:
                    return Action("cancel" if key == "k" else "trace", self.chosen)
        return None

    def _move(self, step: int) -> None:
        if not self.known:
            self.message = "nothing is spoken"
        elif not self.chosen:
            self.chosen = self.known[0 if step > 0 else -1]
        else:
            at = self.known.index(self.chosen) + step
            self.chosen = self.known[max(0, min(at, len(self.known) - 1))]

    def _type(self, key: str) -> Action | None:
        assert self.typed is not None
        if key == "ESCAPE":
            self.typed = None
        elif key == "BACKSPACE":
            self.typed = self.typed[:-1]
        elif key == "ENTER":
            typed, self.typed = self.typed, None
            return self._set_delay(typed)
        elif key in "0123456789." and len(self.typed) < 6:
            self.typed += key
        return None

    def _set_delay(self, typed: str) -> Action | None:
        try:
            delay_s = float(typed)
        except ValueError:
            delay_s = 0.0
        if not MIN_DELAY_S <= delay_s <= MAX_DELAY_S:
            self.message = f"{typed or 'nothing'} is not from {MIN_DELAY_S:g} to {MAX_DELAY_S:g} s"
            return None
        self.delay_s = delay_s
        return Action("read")

    def in_order(self, rows: Sequence[StageRow]) -> list[StageRow]:
        key = SORTS[self.sort]
        return list(rows) if key is None else sorted(rows, key=key)

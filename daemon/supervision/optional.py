"""What the stages go on without: engines, voices, converters, folders, caches that cannot be used."""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.stage_protocol import ConverterMeta, LeftOut, VoiceMeta

log = logging.getLogger("svd")

_MOST: Final = 200
_ENOUGH: Final = 4
"""Deaths while loading the same thing. One that no other program caused counts as two."""


class Optionals:
    """Each is reported once in the log, however many processes report it, and listed in the status."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}
        """By what it is (`channel.Loading.what`), in one line each."""
        self.fatal: set[str] = set()
        """Those that ended or hung a process: no process loads them again."""
        self._deaths: Counter[str] = Counter()

    def report(self, message: LeftOut) -> None:
        if message.what not in self.reasons and len(self.reasons) < _MOST:
            self.reasons[message.what] = message.reason
            log.warning("%s is left out: %s", message.what, message.reason)

    def ended(self, what: str, reason: str, engines: Sequence[str], *, hung: bool, killed: bool) -> bool:
        """A process ended while it loaded that; whether another one shall be started as if nothing had failed.

        killed: by another program, or by the kernel that had no memory left. The last engine is never left out.
        """
        others = {f"engine {name}" for name in engines} - {what}
        if what.startswith("engine ") and others <= self.reasons.keys():
            return False
        self._deaths[what] += _ENOUGH if hung else 1 if killed else 2
        if self._deaths[what] >= _ENOUGH:
            self.fatal.add(what)
            self.report(LeftOut(what, reason))
        return True

    def loaded(self, what: str) -> None:
        """By a stage that had been ready: what its predecessors died of was something else."""
        del self._deaths[what]

    def clear(self) -> None:
        """Try all of it again."""
        self.reasons.clear()
        self.fatal.clear()
        self._deaths.clear()

    def why_not(self, what: str) -> str:
        """Why the "voice NAME" or "converter NAME" of any package was left out; empty where it was not."""
        start = f"{one_line(what)} of "
        return next((reason for each, reason in self.reasons.items() if each.startswith(start)), "")

    def voices(self, known: list[VoiceMeta]) -> list[VoiceMeta]:
        """Those voices; what was left out is not installed."""
        return [
            replace(each, installed=each.installed and self._is_usable("engine", each.engine, f"voice {each.name}"))
            for each in known
        ]

    def converters(self, known: list[ConverterMeta]) -> list[ConverterMeta]:
        """Likewise."""
        return [
            replace(
                each, installed=each.installed and self._is_usable("converters", each.family, f"converter {each.name}")
            )
            for each in known
        ]

    def _is_usable(self, kind: str, package: str, what: str) -> bool:
        return self.reasons.keys().isdisjoint((f"{kind} {package}", f"{what} of {package}"))

"""Optional items that cannot be used: engines, voices, converters, folders, caches. Stages run without them."""

import logging
from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.stage_protocol import ConverterMeta, LeftOut, VoiceMeta

log = logging.getLogger("svd")

_MAX_REPORTED: Final = 200
_FATAL_POINTS: Final = 4
"""Points for deaths while the same item was loaded: a hang counts 4, a crash 2, a kill by another program 1."""


class Optionals:
    """Logs each item once, however many processes report it, and keeps it for the status."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}
        """Why an item is left out, in one line, by its name (stage_protocol.Loading.what)."""
        self.fatal: set[str] = set()
        """Items that crashed or hung the processes loading them: no process loads them again."""
        self._points: Counter[str] = Counter()

    def report(self, message: LeftOut) -> None:
        if not message.reason:
            self.reasons.pop(message.what, None)
        elif message.what not in self.reasons and len(self.reasons) < _MAX_REPORTED:
            self.reasons[message.what] = message.reason
            log.warning("%s is left out: %s", message.what, message.reason)

    def ended(self, what: str, reason: str, engines: Iterable[str], *, hung: bool, killed: bool) -> bool:
        """Record that a process ended while it loaded this item; return whether that explains its death, so that it
        is no failed start of the stage. Never for the last engine, without which nothing can be spoken.

        engines: those with a voice. killed: by another program, or by the kernel for want of memory.
        """
        others = {f"engine {name}" for name in engines} - {what}
        if what.startswith("engine ") and others <= self.reasons.keys():
            return False
        self._points[what] += _FATAL_POINTS if hung else 1 if killed else 2
        if self._points[what] >= _FATAL_POINTS:
            self.fatal.add(what)
            self.report(LeftOut(what, reason))
        return True

    def loaded(self, whats: Iterable[str]) -> None:
        """A stage has loaded these items: earlier deaths had another cause."""
        for what in whats:
            del self._points[what]

    def clear(self) -> None:
        """Forget everything: the next processes load all items again."""
        self.reasons.clear()
        self.fatal.clear()
        self._points.clear()

    def why_not(self, what: str, package: str = "") -> str:
        """Why "voice NAME" or "converter NAME" of any package was left out; empty if it was not.

        package: "engine NAME" or "converters NAME" that brings it, which may have been left out as a whole.
        """
        start = f"{one_line(what)} of "
        own = (reason for each, reason in self.reasons.items() if each.startswith(start))
        return next(own, self.reasons.get(package, ""))

    def voices(self, known: list[VoiceMeta]) -> list[VoiceMeta]:
        """The same voices; those left out are marked as not installed."""
        if not self.reasons:
            return known  # the usual case, at every utterance
        return [
            replace(each, installed=each.installed and self._is_usable("engine", each.engine, f"voice {each.name}"))
            for each in known
        ]

    def converters(self, known: list[ConverterMeta]) -> list[ConverterMeta]:
        """The same converters; those left out are marked as not installed."""
        return [
            replace(
                each, installed=each.installed and self._is_usable("converters", each.family, f"converter {each.name}")
            )
            for each in known
        ]

    def _is_usable(self, kind: str, package: str, what: str) -> bool:
        return self.reasons.keys().isdisjoint((f"{kind} {package}", f"{what} of {package}"))

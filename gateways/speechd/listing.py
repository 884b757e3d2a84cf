"""The answer to LIST VOICES: the server waits for it, and discards a module that has no voice."""

from typing import Final

from steadyvoice.gateways.speechd import protocol
from steadyvoice.gateways.speechd.daemon import Daemon

FIRST_S: Final = 10.0
"""svd may be starting."""
LATER_S: Final = 0.5
"""After it, the voices of the last answer are listed."""
_UNKNOWN: Final = [("default", "en")]
"""The list while svd has not said its voices: any name that it does not know gets its default voice."""


class Listing:
    """One LIST VOICES that has not been answered."""

    def __init__(self, words: list[str], now: float, *, is_first: bool) -> None:
        """words: those after LIST VOICES."""
        self.wake_at = now + (FIRST_S if is_first else LATER_S)
        """Monotonic seconds at which an answer is due, whatever svd does."""
        self._words = words
        self._asked = False

    def reply(self, daemon: Daemon, now: float) -> str:
        """The reply, once svd has answered or will not; empty: not yet."""
        if not self._asked and daemon.speaking is not None:
            daemon.ask_for_voices()
            self._asked = True
        if now < self.wake_at and not daemon.failure and (daemon.is_asked or not self._asked):
            return ""
        if daemon.voices is None:
            return protocol.voice_list([] if daemon.failure else _UNKNOWN, self._words)
        return protocol.voice_list([(v.name, v.language) for v in daemon.voices if v.installed], self._words)

"""Looks at a running session, again and again: at a plugin that has hung, and at the end of its source."""

import asyncio
from collections.abc import Callable
from typing import Final

from steadyvoice.daemon.live import containment
from steadyvoice.daemon.live.line import LiveLine
from steadyvoice.daemon.live.session import LiveSession

_INTERVAL_S: Final = 0.025


class Watch:
    """To be used in the event loop's thread."""

    def __init__(self, line: LiveLine, has_ended: Callable[[LiveSession], bool]) -> None:
        """has_ended: the session's source is over, and all of it was played; the session ends then."""
        self._line, self._has_ended = line, has_ended
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._hang = containment.HangWatch()

    def begin(self, session: LiveSession) -> None:
        self.converter_replaced()
        self._timer = self._loop.call_later(_INTERVAL_S, self._look, session)

    def converter_replaced(self) -> None:
        """The converter has another process."""
        self._hang = containment.HangWatch()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, session: LiveSession) -> None:
        self._timer = self._loop.call_later(_INTERVAL_S, self._look, session)
        if (process := self._line.process("converter")) is not None:
            block = self._line.state("converter").current_block
            plugins = session.converter.plugins if session.converter is not None else []
            if self._hang.has_hung(self._loop.time(), block, sum(each.latency for each in plugins)):
                place = containment.place_of(block, plugins)
                process.kill_hung(f"hung in the plugin {plugins[place].name}" if place is not None else "hung")
        if session.input is not None and session.input.state == "over" and self._has_ended(session):
            self.end()

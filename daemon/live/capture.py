"""What the input stage captures: the source of the session, else the microphone, while it is listened to."""

import asyncio
from typing import Final

import msgspec

from steadyvoice.daemon.live.line import LiveLine
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc.live_protocol import InputReport, LiveSource

_RETRY_S: Final = 5.0
"""Until a microphone is tried again."""


class Capture:
    """To be used in the event loop's thread."""

    def __init__(self, supervisor: Supervisor, line: LiveLine) -> None:
        self._supervisor, self._line = supervisor, line
        self._loop = asyncio.get_running_loop()
        self.session: LiveSource | None = None
        """Of the session; None: there is none."""
        self.listens = False
        self._retry: asyncio.TimerHandle | None = None
        self.problem = ""
        """Why the microphone that is listened to gives nothing."""

    def apply(self) -> None:
        """Have the input capture what is wanted now."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        microphone = self._supervisor.config.live.microphone
        if (session := self.session) is not None:
            source = microphone if session.source == "mic" else session.source
            self._line.send("input", msgspec.structs.replace(session, source=source))
        elif self.listens:
            self._line.send("input", LiveSource(0, microphone, -1, to_device=False))

    def on_report(self, report: InputReport) -> None:
        """The input reports about the microphone, without a session."""
        self.problem = report.problem
        if report.state == "failed" and self.listens and self.session is None and self._retry is None:
            self._retry = self._loop.call_later(_RETRY_S, self.apply)

    def began(self, first: int) -> None:
        """The session's source is open: a process that replaces the present one goes on where this one ends."""
        if self.session is not None:
            self.session = msgspec.structs.replace(self.session, first=first)

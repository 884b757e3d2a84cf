"""Waits until a stage of live sound has reported what was asked of it."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from steadyvoice.daemon.live.session import LiveSession
from steadyvoice.ipc.errors import RequestRefused

ANSWER_S: Final = 15.0
"""Longest wait for a stage that opens a device or loads plugins."""
_LOOK_S: Final = 0.1
"""Between two looks whether the client has left."""


class Answers:
    """To be used in the event loop's thread, by one task at a time."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """The session has changed: a stage has reported, or it has to end."""
        self._changed.set()

    async def wait(self, session: LiveSession, is_there: Callable[[], bool], what: str) -> None:
        """Until the answer is there. RequestRefused where the session has to end before that.

        what: cannot be done without it, for the refusal. TimeoutError after ANSWER_S.
        """
        async with asyncio.timeout(ANSWER_S):
            while not is_there():
                if session.problem:
                    raise RequestRefused("stage_failed", f"{what}: {session.problem}")
                if not session.request.detach and session.has_left():
                    raise RequestRefused("stage_failed", f"{what}: the client has disconnected")
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await self._changed.wait()

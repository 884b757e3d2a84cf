"""Memory of the stages, looked up seldom and beside the event loop: the kernel takes milliseconds for each of them."""

import asyncio
from collections.abc import Mapping
from typing import Final

from steadyvoice.daemon.supervision.child_process import memory_bytes

_AGE_S: Final = 10.0


class StageMemory:
    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = {}
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def look(self, pids: Mapping[str, int]) -> dict[str, dict[str, int]]:
        """Bytes by the stage's label and by kind (``memory_bytes``), at most _AGE_S old. pids: by label."""
        loop = asyncio.get_running_loop()
        async with self._looking:
            if loop.time() >= self._until:
                self._known = await loop.run_in_executor(None, _look, dict(pids))
                self._until = loop.time() + _AGE_S
        return self._known


def _look(pids: dict[str, int]) -> dict[str, dict[str, int]]:
    return {label: found for label, pid in pids.items() if (found := memory_bytes(pid))}

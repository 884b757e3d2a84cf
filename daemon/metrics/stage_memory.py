"""Memory of the stages, looked up seldom and beside the event loop: the kernel takes milliseconds for each of them."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from steadyvoice.daemon.supervision.child_process import memory_bytes

_AGE_S: Final = 10.0


class StageMemory:
    def __init__(self) -> None:
        self._known: dict[int, tuple[float, dict[str, int]]] = {}
        """By pid: until when it may be shown, and the bytes."""
        self._looking = asyncio.Lock()

    async def look(self, pids: Mapping[str, int]) -> dict[str, dict[str, int]]:
        """Bytes by the stage's label and by kind (``memory_bytes``), at most _AGE_S old. pids: by label."""
        loop = asyncio.get_running_loop()
        async with self._looking:
            known = {pid: self._known[pid] for pid in pids.values() if pid in self._known}
            old = [pid for pid in pids.values() if pid not in known or known[pid][0] <= loop.time()]
            if old:
                found = await loop.run_in_executor(None, _look, old)
                until = loop.time() + _AGE_S
                known |= {pid: (until, each) for pid, each in found.items()}
            self._known = known
        return {label: known[pid][1] for label, pid in pids.items() if known[pid][1]}


def _look(pids: Iterable[int]) -> dict[int, dict[str, int]]:
    return {pid: memory_bytes(pid) for pid in pids}

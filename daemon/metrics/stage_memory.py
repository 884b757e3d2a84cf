"""Memory of the stages. How much of it is shared or locked is looked up seldom, and only while nothing is spoken.

For that the kernel looks through the memory of the process, which meanwhile waits whenever it asks for memory or gives
some back: for milliseconds, and for as long as ``svd`` gets no processor time, 90 ms on a machine that was busy.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from steadyvoice.daemon.supervision.child_process import memory_bytes

_AGE_S: Final = 10.0


class StageMemory:
    def __init__(self) -> None:
        self._known: dict[int, tuple[float, dict[str, int]]] = {}
        """By pid: until when it need not be looked up again, and the bytes by kind (``memory_bytes``)."""
        self._looking = asyncio.Lock()

    async def look(self, pids: Iterable[int], may_look: Callable[[], bool]) -> dict[int, dict[str, int]]:
        """Bytes by pid and kind; a process that has not been looked up is missing. may_look: nothing is spoken now."""
        loop = asyncio.get_running_loop()
        async with self._looking:
            self._known = {pid: self._known.get(pid, (0.0, {})) for pid in pids}
            for pid, (until, _) in self._known.items():
                if loop.time() >= until and may_look():
                    found = await loop.run_in_executor(None, memory_bytes, pid)
                    self._known[pid] = (loop.time() + _AGE_S, found)
            return {pid: found for pid, (_, found) in self._known.items()}

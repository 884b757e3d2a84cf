"""Memory of stages is looked up while nothing is spoken, and not again at once."""

import asyncio
import os

import pytest

from steadyvoice.daemon.metrics.stage_memory import StageMemory
from steadyvoice.daemon.supervision.child_process import memory_bytes


def test_a_process_is_looked_up_once_while_nothing_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[int] = []

    def count(pid: int) -> dict[str, int]:
        looked_up.append(pid)
        return memory_bytes(pid)

    monkeypatch.setattr("steadyvoice.daemon.metrics.stage_memory.memory_bytes", count)
    own = os.getpid()

    async def scene() -> None:
        memory = StageMemory()
        assert await memory.look([own], lambda: False) == {own: {}}
        first = await memory.look([own], lambda: True)
        assert first[own]["pss"] > 1 << 20
        assert first[own].keys() == {"pss", "locked"}
        assert await memory.look([own], lambda: True) == first
        assert await memory.look([own], lambda: False) == first, "as it was"
        assert await memory.look([], lambda: True) == {}

    asyncio.run(scene())
    assert looked_up == [own]


def test_it_ends_when_something_is_to_be_spoken() -> None:
    answers = iter([True, False])

    async def scene() -> dict[int, dict[str, int]]:
        return await StageMemory().look([os.getpid(), os.getppid()], lambda: next(answers))

    found = asyncio.run(scene())
    assert (bool(found[os.getpid()]), found[os.getppid()]) == (True, {})

"""A model of which a stage is held is not unloaded, however long nothing is spoken with it."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.supervision.models import ModelManager, Owner
from steadyvoice.daemon.supervision.residency import Model


@pytest.mark.parametrize(("held_s", "unloaded"), [(0.0, True), (30.0, False)])
def test_hold(held_s: float, unloaded: bool) -> None:
    async def review() -> bool:
        done: list[str] = []

        async def unload_stages(model: str) -> None:
            done.append(model)

        slot = SimpleNamespace(process=SimpleNamespace(held_s=held_s))
        lines = SimpleNamespace(of=lambda name: [slot])
        owner = SimpleNamespace(config=Config(), lines=lines, users=dict, unload_stages=unload_stages)
        manager = ModelManager(cast(Owner, owner))
        long_ago = asyncio.get_running_loop().time() - 10 * Config().models.ttl_s
        manager._models = {"soprano": Model("soprano", state="resident", since=long_ago, last_used=long_ago)}
        manager.review()
        await manager.close()
        return done == ["soprano"]

    assert asyncio.run(review()) == unloaded

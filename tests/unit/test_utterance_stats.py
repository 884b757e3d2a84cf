"""What UtteranceService counts for metrics."""

import asyncio
from collections.abc import Iterator

import pytest
from support.utterances import World, run

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import Pipeline


@pytest.fixture
def pipeline(request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    made = Pipeline(Config(), f"test-service-{id(request):x}")
    yield made
    made.close()


def test_waits_are_counted(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        stats = world.service.lifecycle.stats
        first, second = (world.speak(number, sink="pcm") for number in (1, 2))
        assert (stats.waited_for_streams, sum(stats.queued["pcm"].counts)) == (1, 1)
        for each in (first, second):
            world.service.finish(each, "cancelled")
        assert (stats.waited_for_streams, sum(stats.queued["pcm"].counts)) == (1, 2)
        world.speak(3, text="x" * 4096 * 200)
        for _ in range(2):
            world.service.lifecycle.pump()
        assert world.service.dispatcher.text_full == {"generator hibari": 1}
        world.read_text()
        for _ in range(2):
            world.service.lifecycle.pump()
        assert world.service.dispatcher.text_full == {"generator hibari": 1}, "the same text waits still"

    run(pipeline, scene)


def test_times_and_reasons_are_counted(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        stats, spoken = world.service.lifecycle.stats, world.speak(1)
        world.play(spoken, 100)
        assert sum(stats.first_audio["device"].counts) == 1
        ending = asyncio.ensure_future(world.service.cancel([spoken]))
        await asyncio.sleep(0)
        assert sum(stats.silent.counts) == 0
        world.report_end(spoken, 100)
        await ending
        assert sum(stats.silent.counts) == sum(stats.heard_silent.counts) == 1
        assert stats.reasons == {"cancelled": 1}
        world.service.finish(world.speak(2), "done")
        assert (stats.reasons["done"], stats.heard_chars) == (1, len("one two"))
        assert sum(stats.silent.counts) == 1

    run(pipeline, scene)

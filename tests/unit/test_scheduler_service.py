"""UtteranceService carries out the Scheduler's decisions on a real Pipeline; the test acts as stages and clients."""

import asyncio
import errno
from collections.abc import Iterator
from typing import Any

import pytest
from support.utterances import STAGES, World, run

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.scheduling import dispatcher as dispatcher_module
from steadyvoice.daemon.scheduling import service as service_module
from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.messages import Mark, Started
from steadyvoice.ipc.ring import Consumer, Producer
from steadyvoice.ipc.stage_protocol import Failed, Word, Words


@pytest.fixture
def pipeline(request: pytest.FixtureRequest) -> Iterator[Pipeline]:
    made = Pipeline(Config(), f"test-service-{id(request):x}")
    yield made
    made.close()


def test_text_goes_to_the_generator_and_the_end_is_published(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        spoken = world.speak(1)
        assert world.live(spoken) == spoken.run
        run, kinds = spoken.run, [s.BEGIN, s.TEXT, s.END]
        slots = world.read_text()
        assert [(slot_run, kind) for slot_run, kind, _ in slots] == [(run, kind) for kind in kinds]
        assert slots[1][2] == b"one two"
        for _ in range(2):
            world.report_end(spoken, 100)
        assert world.client.finished() == [(1, "done", 7)]
        assert world.live(spoken) == 0

    run(pipeline, scene)


def test_text_that_does_not_fit_follows_when_the_generator_has_read(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        text = "x" * 4096 * 200
        world.speak(1, text=text)
        received = b""
        for _ in range(10):
            received += b"".join(payload for _, kind, payload in world.read_text() if kind == s.TEXT)
            world.service.lifecycle.pump()
        assert received == text.encode()

    run(pipeline, scene)


def test_a_cancelled_utterance_that_is_not_audible_finishes_at_once(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        spoken = [world.speak(number) for number in (1, 2, 3)]
        assert await world.service.cancel(spoken) == {1: 0, 2: 0, 3: 0}
        assert sorted(world.client.finished()) == [(1, "cancelled", 0), (2, "cancelled", 0), (3, "cancelled", 0)]
        assert not any(map(world.live, spoken))

    run(pipeline, scene)


def test_a_cancelled_audible_utterance_finishes_after_its_fade_out(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        spoken = world.speak(1)
        world.service.lifecycle.on_message(
            STAGES[0], Words(spoken.run, [Word(0, 3, 0, 100, 0), Word(4, 7, 100, 200, 0)])
        )
        world.play(spoken, 50)
        waiting = asyncio.ensure_future(world.service.cancel([spoken], "skipped"))
        await asyncio.sleep(0)
        assert world.live(spoken) == 0
        assert world.client.finished() == []
        world.report_end(spoken, 120)
        assert await waiting == {1: 3}
        assert world.client.finished() == [(1, "skipped", 3)]
        assert [event.start for event in world.client.events if isinstance(event, Mark)] == [0, 4]

    run(pipeline, scene)


def test_a_cancelled_utterance_finishes_although_the_output_does_not_report_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "CANCEL_TIMEOUT_S", 0.01)

    async def scene(world: World) -> None:
        spoken = world.speak(1)
        world.play(spoken, 50)
        assert await world.service.cancel([spoken]) == {1: 0}
        world.report_end(spoken, 60)
        assert world.client.finished() == [(1, "cancelled", 0)]

    run(pipeline, scene)


def test_a_stream_finishes_when_its_client_has_read_it(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        spoken = world.speak(1, sink="pcm")
        ring = spoken.ring
        assert ring is not None
        assert world.client.events == [Started(1, 48_000, True, "f32")]
        assert world.client.fds == (ring.fd, ring.filled.fd, ring.taken.fd)
        writer, reader = Producer(ring.fd, ring.filled), Consumer(ring.fd, ring.taken)
        assert writer.reserve() is not None
        writer.publish()
        world.report_end(spoken, 1000)
        assert world.client.finished() == []
        assert reader.peek() is not None
        reader.release(1000)
        for _ in range(100):
            await asyncio.sleep(0)
        assert world.client.finished() == [(1, "done", 7)]
        assert spoken.ring is None

    run(pipeline, scene)


def test_without_memory_for_its_ring_a_stream_fails_and_the_next_begins(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = ClientRing

    async def scene(world: World) -> None:
        first, second = world.speak(1, sink="pcm"), world.speak(2, sink="pcm")
        failures = iter([True, False])

        def make_or_fail(*args: Any) -> Any:
            if next(failures):
                raise OSError(errno.ENOMEM, "no memory")
            return make(*args)

        third = world.speak(3, sink="pcm")
        monkeypatch.setattr(dispatcher_module, "ClientRing", make_or_fail)
        assert await world.service.cancel([first]) == {1: 0}
        assert [(number, reason) for number, reason, _ in world.client.finished()] == [(1, "cancelled"), (2, "error")]
        assert second.is_finished
        assert world.live(third) == third.run
        assert [kind for slot_run, kind, _ in world.read_text() if slot_run == third.run] == [s.BEGIN, s.TEXT, s.END]

    run(pipeline, scene)


def test_a_failed_stage_fails_the_utterance_once(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        spoken = world.speak(1)
        for _ in range(2):
            world.service.lifecycle.on_message(STAGES[0], Failed(spoken.run, "stage_failed", "why"))
        assert world.client.finished() == [(1, "error", 0)]
        world.speak(2)
        world.service.lifecycle.stage_given_up(STAGES[1], "gone")
        assert [number for number, _, _ in world.client.finished()] == [1, 2]
        assert world.service.lifecycle.stats.ended == {"failed": 2}

    run(pipeline, scene)


def test_a_client_that_leaves_receives_nothing_more(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        spoken = world.speak(1)
        world.service.events.follow(world.client, on=True)
        world.service.leave(world.client)
        assert spoken.is_finished
        assert world.client.events == []

    run(pipeline, scene)


def test_a_replaced_utterance_gives_its_lane_to_the_new_one(pipeline: Pipeline) -> None:
    async def scene(world: World) -> None:
        old = world.speak(1, sink="pcm")
        new = world.speak(2, sink="pcm", replace=True)
        assert world.client.finished() == [(1, "replaced", 0)]
        assert (world.live(old), world.live(new)) == (0, new.run)

    run(pipeline, scene)

"""A stage with several inputs: which block it takes next, and rings that come and go while it runs."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from steadyvoice.ipc import ring, sample_history, shared_state, stage_metrics
from steadyvoice.ipc import slot as s
from steadyvoice.ipc.notifier import SemaphoreNotifier
from steadyvoice.ipc.ring import Producer
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_channel import StageChannel, SupervisorChannel
from steadyvoice.ipc.stage_protocol import ClientSink, Linked, Unlinked
from steadyvoice.ipc.stage_start import Assignment, Link, Links, StageSettings
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines.engine import Downstream, FrameSpec, Voice
from steadyvoice.workers.runtime.context import Context, Lanes
from steadyvoice.workers.runtime.ring_input import Floats
from steadyvoice.workers.runtime.voice_warmup import warm_voices

SETTINGS = StageSettings([], [], "", 128, 10.0, 5.0, 2.0, 0.4, [0], 0)
FIRST_LINE, SECOND_LINE, OWN, OUTPUT = 3, 5, 7, 9


@dataclass
class Utterance:
    utterance: int


@dataclass
class World:
    """The supervisor and the other stages of a converter."""

    context: Context
    channel: StageChannel
    notifier: SemaphoreNotifier = field(default_factory=SemaphoreNotifier)
    handled: list[int] = field(default_factory=list)
    lanes: Lanes[Utterance] = field(default_factory=Lanes)
    fds: list[int] = field(default_factory=list)

    def ring(self) -> int:
        self.fds.append(ring.create("test", 4, 64))
        return self.fds[-1]

    def link(self, stage: int, fd: int) -> Link:
        return Link(stage, 0, fd, self.notifier.fd)

    def publish(self, fd: int, line: int, *utterances: int) -> None:
        """Blocks of utterances on the lanes of their numbers."""
        producer = Producer(fd, self.notifier)
        for utterance in utterances:
            slot = producer.reserve()
            assert slot is not None
            slot.words[s.UTTERANCE], slot.words[s.LANE], slot.words[s.KIND] = utterance, utterance, s.PCM
            slot.begin_route(line)
            producer.publish()

    def work(self) -> float:
        def handle(slot: Slot, _: Floats, __: int) -> None:
            self.handled.append(slot.words[s.UTTERANCE])

        while not (sleep := self.context.work(handle, self.lanes)):
            pass
        return sleep


@pytest.fixture
def world() -> Iterator[World]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    fds = [shared_state.create(), *map(sample_history.create, ("playback", "capture")), stage_metrics.create()]
    notifier = SemaphoreNotifier()
    channel = SupervisorChannel(theirs.detach())
    assignment = Assignment(
        "converter", OWN, fds[0], fds[1], fds[2], fds[3], fds[2], notifier.fd, Links([], []), SETTINGS
    )
    made = World(Context(assignment, channel), StageChannel(ours), fds=fds)
    yield made
    ours.close()
    channel._socket.close()
    for fd in made.fds:
        os.close(fd)


def linked(world: World, *stages: int) -> list[int]:
    """New rings from these stages."""
    rings = [world.ring() for _ in stages]
    links = Links([world.link(stage, fd) for stage, fd in zip(stages, rings, strict=True)], [])
    world.channel.send(Linked(links), links.descriptors)
    world.work()
    return rings


def test_the_most_urgent_listener_comes_first(world: World) -> None:
    first, second = linked(world, FIRST_LINE, SECOND_LINE)
    shared = world.context.shared
    for utterance, line, underrun_at in ((1, FIRST_LINE, 900), (2, SECOND_LINE, 500), (3, SECOND_LINE, 0)):
        shared.open_lane(utterance, utterance, line)
        shared.set_underrun_at(utterance, underrun_at)
    world.publish(first, FIRST_LINE, 1, 1)
    world.publish(second, SECOND_LINE, 2, 3)
    world.work()
    assert world.handled == [2, 3, 1, 1], "each ring in its order"


def test_cancelled_blocks_and_those_of_a_line_that_was_left_are_dropped(world: World) -> None:
    first, second = linked(world, FIRST_LINE, SECOND_LINE)
    shared = world.context.shared
    shared.open_lane(1, 1, FIRST_LINE)
    shared.open_lane(2, 2, SECOND_LINE)
    world.publish(first, FIRST_LINE, 1, 2, 1)
    world.publish(second, SECOND_LINE, 2)
    shared.set_first_stage(1, SECOND_LINE)  # another line continues the utterance
    world.publish(second, SECOND_LINE, 1)
    world.work()
    assert world.handled == [2, 1]


def test_rings_come_and_go(world: World) -> None:
    [first] = linked(world, FIRST_LINE)
    world.context.shared.open_lane(1, 1, FIRST_LINE)
    world.publish(first, FIRST_LINE, 1)
    world.channel.send(Unlinked(FIRST_LINE))
    world.context.update_links()
    world.work()
    assert (world.handled, world.context.inputs) == ([], [])
    [again] = linked(world, FIRST_LINE)
    world.publish(again, FIRST_LINE, 1)
    world.work()
    assert world.handled == [1]


def test_a_ring_to_a_new_stage_is_found_when_an_utterance_needs_it(world: World) -> None:
    target = world.link(OUTPUT, world.ring())
    links = Links([], [target])
    world.channel.send(Linked(links), links.descriptors)
    spec = UtteranceSpec("engine", "voice", 1.0, 1.0, "device", 24000, 48000, path=(FIRST_LINE, OWN, OUTPUT))
    assert world.context.output(spec) is world.context.outputs[OUTPUT, 0]


def test_other_messages_are_kept(world: World) -> None:
    ring_fd = world.ring()
    world.channel.send(ClientSink(1, 2), [ring_fd])
    linked(world, FIRST_LINE)
    received = world.context.receive()
    assert received is not None
    message, fds = received
    assert message == ClientSink(1, 2)
    for fd in fds:
        os.close(fd)
    assert world.context.receive() is None


class Engine:
    """Three voices, each a model of its own, and one that is not installed."""

    spec = FrameSpec("token", 1, 960)

    def __init__(self, *, loads_on_demand: bool) -> None:
        self.loads_on_demand = loads_on_demand

    def voices(self) -> list[Voice]:
        names = ("amy", "bob", "cid", "dan")
        return [Voice(name, "en-US", 24000, "CC0-1.0", installed=name != "dan") for name in names]

    def preload(self) -> None: ...

    def generator(self) -> Any: ...

    def vocoder(self, voice: str, downstream: Downstream) -> Any: ...


@pytest.mark.parametrize(
    ("loads_on_demand", "configured", "at_start"),
    [
        (False, "bob", ["amy", "bob", "cid"]),
        (True, "bob", ["bob"]),
        (True, "heart", ["amy"]),  # of another engine
        (True, "dan", ["amy"]),
    ],
)
def test_other_large_voices_are_loaded_when_an_utterance_needs_them(
    world: World, loads_on_demand: bool, configured: str, at_start: list[str]
) -> None:
    context, loaded, states = world.context, [], []

    def warm(voice: str) -> None:
        loaded.append(voice)
        states.append(context.stage_state.state)

    context.settings = msgspec.structs.replace(SETTINGS, voice=configured)
    warm_voices(context, "large", Engine(loads_on_demand=loads_on_demand), warm)
    assert loaded == at_start
    for _ in range(2):
        context.ensure_voice("large", "cid")
    assert loaded == [*at_start, *({"cid"} - set(at_start))]
    if loads_on_demand:
        assert states[-1] == "starting", "which may take longer than a block"

"""The order in which the output reads the rings of the sound device's lanes."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from support.playback import OUTPUT, Slots, begin, end, numbered, pcm, utterance_slots

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.shared_state import Progress
from steadyvoice.ipc.slot import Slot
from steadyvoice.workers.playback.device_lanes import DeviceLanes
from steadyvoice.workers.playback.fade import Samples


@dataclass
class Ring:
    ring: Slots
    floats: list[Samples] = field(init=False)

    def __post_init__(self) -> None:
        self.floats = [np.frombuffer(slot.payload, np.float32) for slot in self.ring.slots]


@dataclass
class State:
    """Of utterances on the lanes of their numbers."""

    turns: list[tuple[int, int]]
    over: set[int] = field(default_factory=set)
    cancelled: set[int] = field(default_factory=set)

    def turn(self, device_lane: int) -> tuple[int, int]:
        return self.turns[device_lane]

    def live(self, lane: int) -> int:
        return 0 if lane in self.cancelled else lane

    def progress(self, stage: int, lane: int, utterance: int) -> Progress | None:
        assert stage == OUTPUT
        return Progress(0, 0, utterance in self.over)


def lanes(state: State, *slots: list[Slot]) -> DeviceLanes:
    return DeviceLanes(OUTPUT, [Ring(Slots(each)) for each in slots], state)


def read(source: DeviceLanes, state: State) -> list[int]:
    """The utterances of all slots that can be read, each with its number once; what ends is over."""
    seen: list[int] = []
    while (slot := source.peek()) is not None:
        utterance = slot.words[s.UTTERANCE]
        seen += [utterance] if utterance not in seen else []
        if slot.words[s.KIND] == s.END:
            state.over.add(utterance)
        source.release()
    return seen


@pytest.mark.parametrize(("turns", "order"), [((1, 2), [7, 8]), ((5, 3), [8, 7])])
def test_the_lowest_turn_plays_first_whichever_ring_it_is_in(turns: tuple[int, int], order: list[int]) -> None:
    state = State([(turns[0], 7), (turns[1], 8)])
    source = lanes(state, utterance_slots(7, [numbered(300)]), utterance_slots(8, [numbered(300)]))
    assert read(source, state) == order


def test_the_next_utterance_waits_for_one_that_is_still_to_come() -> None:
    """Such as of a slow engine, while a fast one has already made the next utterance."""
    state = State([(1, 7), (2, 8)])
    slow = Slots(utterance_slots(7, [numbered(300)]), arrived=0)
    source = DeviceLanes(OUTPUT, [Ring(slow), Ring(Slots(utterance_slots(8, [numbered(9)])))], state)
    assert source.peek() is None
    slow.arrived = 2
    assert read(source, state) == [7]
    slow.arrived = len(slow.waiting)
    assert read(source, state) == [7, 8]


def test_a_replacement_passes_over_an_utterance_that_was_played_to_its_end() -> None:
    state = State([(1, 7), (2, 8)], over={7})
    assert read(lanes(state, [], utterance_slots(8, [numbered(9)])), state) == [8]


def test_a_cancelled_utterance_is_passed_over() -> None:
    state = State([(1, 7), (2, 8)], cancelled={7})
    source = lanes(state, [], utterance_slots(8, [numbered(9)]))
    assert read(source, state) == [8]


def test_an_utterance_that_is_cancelled_while_it_is_read_is_read_to_the_end_of_its_slots() -> None:
    """``Playback`` fades it out, and drops the rest."""
    state = State([(1, 7), (2, 8)])
    source = lanes(state, utterance_slots(7, [numbered(300)]), utterance_slots(8, [numbered(9)]))
    source.peek()
    source.release()
    state.cancelled.add(7)
    state.turns[0] = (0, 0)
    assert read(source, state) == [7, 8]


def test_no_utterance() -> None:
    state = State([(0, 0), (0, 0)])
    assert lanes(state, [], []).peek() is None


def test_the_lanes_are_used_in_turns() -> None:
    state = State([(1, 7), (0, 0)])
    first, second = Slots(utterance_slots(7, [numbered(9)])), Slots([])
    source = DeviceLanes(OUTPUT, [Ring(first), Ring(second)], state)
    assert read(source, state) == [7]
    state.turns = [(3, 9), (2, 8)]
    second.waiting, second.arrived = [begin(8), end(8, 0)], 2
    first.waiting, first.arrived = [begin(9), end(9, 0)], 2
    assert read(source, state) == [8, 9]


def test_samples_are_those_of_the_ring_that_is_read() -> None:
    state = State([(2, 7), (1, 8)])
    source = lanes(state, [pcm(7, numbered(5))], [pcm(8, numbered(5, first=100))])
    slot = source.peek()
    assert slot is not None
    assert source.samples(slot)[:5].tolist() == [100, 101, 102, 103, 104]


def test_cancelled_slots_of_the_other_ring_are_dropped() -> None:
    state = State([(1, 7), (0, 0)], cancelled={8})
    other = Slots([*utterance_slots(8, [numbered(9)]), begin(9)])
    source = DeviceLanes(OUTPUT, [Ring(Slots(utterance_slots(7, [numbered(9)]))), Ring(other)], state)
    source.peek()
    source.drop_cancelled()
    assert [slot.words[s.UTTERANCE] for slot in other.waiting] == [9]
    assert read(source, state) == [7]

"""Whatever comes in whatever order: no sample is lost or heard twice, each utterance ends once, and no fade clicks."""

from collections import Counter
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.matrix import examples
from support.playback import Player, utterance_slots

from steadyvoice.workers.playback import current_utterance, playback
from steadyvoice.workers.playback.fade import FADE_SAMPLES, fade_out_gain
from steadyvoice.workers.playback.playback import Begun, BlockStarted, Cancelled, Finished

CODE = 10_000
"""Sample ``n`` of utterance ``u`` has the value u * CODE + n."""
SEGMENTS = st.lists(st.integers(1, 700), min_size=1, max_size=5)
UTTERANCES = st.lists(SEGMENTS, min_size=1, max_size=3)
NUMBERS = st.integers(1, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(1, 12)),
        st.tuples(st.just("fill"), st.integers(1, 256)),
        st.tuples(st.just("space"), st.integers(0, FADE_SAMPLES)),
        st.tuples(st.just("pause"), st.none()),
        st.tuples(st.just("resume"), st.none()),
        st.tuples(st.just("cancel"), NUMBERS),
        st.tuples(st.just("skip"), st.tuples(NUMBERS, st.integers(1, 5))),
        st.tuples(st.just("cancel during a block"), st.tuples(NUMBERS, st.integers(1, 8), st.booleans())),
        st.tuples(st.just("die"), st.none()),
    ),
    max_size=40,
)


class Listener(Player):
    """Applies steps as the device loop does, and keeps what is heard, without silence."""

    def __init__(self, utterances: list[list[int]]) -> None:
        slots = []
        for number, sizes in enumerate(utterances, 1):
            codes = np.arange(sum(sizes), dtype=np.float32) + number * CODE
            slots += utterance_slots(number, np.split(codes, np.cumsum(sizes)[:-1]))
        super().__init__(slots, arrived=0)
        self.space = FADE_SAMPLES
        self.heard: list[float] = []
        self.forgotten: set[int] = set()
        """Utterances that a replacement has not seen a slot of yet: one that is cancelled then has no end of its own,
        and the scheduler ends it."""

    def apply(self, step: str, value: object) -> None:
        match step, value:
            case "arrive", int(count):
                self.slots.arrived = min(self.slots.arrived + count, len(self.slots.waiting))
            case "fill", int(size):
                self.change()
                self.heard += self.fill(size).tolist()
                self.publish()
                if self.playback.current is not None:
                    self.forgotten.discard(self.playback.current.utterance)
            case "space", int(space):
                self.space = space
            case (("pause" | "resume"), _):
                self.lanes.paused = step == "pause"
                self.change()
            case "cancel", int(number):
                self.cancel(number, False)
                self.change()
            case "skip", (int(number), int(sentence)):
                self.lanes.sentences[number] = max(sentence, self.lanes.sentences.get(number, 0))
            case "cancel during a block", (int(number), int(reads), bool(removed)):
                remaining = iter(range(reads))
                self.lanes.on_read = lambda: None if next(remaining, None) is not None else self.cancel(number, removed)
            case "die", _ if self.playback.current is not None and not self.playback.paused:
                self.forgotten.add(self.playback.current.utterance)
                self.playback = self.replacement()

    def cancel(self, number: int, removed: bool) -> None:
        self.lanes.on_read = lambda: None
        self.lanes.cancelled.add(number)
        if removed:
            self.slots.remove(number)

    def change(self) -> None:
        if change := self.playback.pending_change(True):
            faded = self.playback.fade(change, self.block, self.space).tolist()
            if change == "resume":  # with a gain of 1 for each fade-out, a fade-in of the same samples is silent
                assert not any(faded)
            else:
                self.heard += faded
            if change == "cancel":
                self.playback.end_cancelled()
            self.publish()

    def publish(self) -> None:
        if (current := self.playback.current) is not None:
            self.lanes.samples[current.lane] = current.samples, current.skipped_samples

    def finish(self) -> None:
        """All slots arrive, and are played."""
        self.space = FADE_SAMPLES
        self.apply("resume", None)
        self.apply("arrive", len(self.slots.waiting))
        for _ in range(200):
            self.apply("fill", 256)
        assert not self.slots.waiting
        assert self.playback.current is None


def flat_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fades that change no sample: what is heard says which sample it is."""
    ones = partial(np.ones, dtype=np.float32)
    monkeypatch.setattr(playback, "fade_out_gain", ones)
    monkeypatch.setattr(current_utterance, "fade_out_gain", ones)


@given(UTTERANCES, STEPS)
@settings(max_examples=examples(400))
def test_no_sample_is_lost_or_heard_twice_and_each_utterance_ends_once(
    utterances: list[list[int]], steps: list[tuple[str, object]]
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        flat_gain(monkeypatch)
        listener = Listener(utterances)
        for step, value in steps:
            listener.apply(step, value)
        listener.finish()
    codes = np.array(listener.heard, int)
    assert (np.diff(codes) > 0).all(), "a sample is heard twice, or before an earlier one"
    begun = [event.utterance for event in listener.events if isinstance(event, Begun)]
    ends = [event for event in listener.events if isinstance(event, Finished | Cancelled)]
    ended = Counter(event.current.utterance for event in ends)
    assert all(ended[number] == 1 for number in begun if number not in listener.forgotten & listener.lanes.cancelled)
    assert all(ended[number] <= (number in begun) for number in ended)
    assert set(range(1, len(utterances) + 1)) - set(begun) <= listener.lanes.cancelled
    for event in ends:
        current = event.current
        sizes = utterances[current.utterance - 1]
        heard = codes[codes // CODE == current.utterance] % CODE
        assert len(heard) == current.samples - current.skipped_samples
        if isinstance(event, Finished):
            assert current.samples == sum(sizes)
        lost = np.setdiff1d(np.arange(current.samples), heard)
        sentences = np.searchsorted(np.cumsum(sizes), lost, side="right")
        assert (sentences < listener.lanes.sentences.get(current.utterance, 0)).all(), "a sample is lost"
    first = [event.utterance for event in listener.events if isinstance(event, BlockStarted) and event.is_first]
    assert len(first) == len(set(first))


LOUD = 3000
"""Samples of a sentence at full scale. Its first and last 5 ms rise from silence and fall to silence."""


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("fill"), st.integers(1, 256)),
            st.tuples(st.sampled_from(["pause", "resume", "skip"]), st.none()),
        ),
        max_size=60,
    ),
    st.booleans(),
)
def test_no_step_is_larger_than_a_fade_makes(steps: list[tuple[str, int | None]], cancelled: bool) -> None:
    """Of the samples that the device gets, silence included, where it has space for a fade."""
    fall = fade_out_gain(FADE_SAMPLES)
    sentence = np.concatenate([1 - fall, np.ones(LOUD, np.float32), fall])
    player = Player(utterance_slots(1, [sentence] * 20))
    playback_, heard = player.playback, [np.zeros(1, np.float32)]
    for step, size in [*steps, *([("cancel", None), ("fill", 256)] if cancelled else [])]:
        match step, size:
            case (("pause" | "resume"), _):
                player.lanes.paused = step == "pause"
            case "cancel", _:
                player.lanes.cancelled.add(1)
            case "skip", _ if playback_.current is not None:
                player.lanes.sentences[1] = playback_.current.sentence + 1
            case "fill", int():
                heard += [player.fill(size), np.zeros(size if playback_.paused else 0, np.float32)]
        if change := playback_.pending_change(True):
            heard.append(playback_.fade(change, player.block, FADE_SAMPLES).copy())
            if change == "cancel":
                playback_.end_cancelled()
                heard.append(np.zeros(1, np.float32))
    highest = np.abs(np.diff(fall)).max()
    assert np.abs(np.diff(np.concatenate(heard))).max(initial=0) <= 2 * highest, "at most two fades overlap"

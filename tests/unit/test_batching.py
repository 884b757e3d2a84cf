"""When a segment is batched: the decision, and its repetition after a crash."""

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import pytest
import torch
from support.silent_engine import Silent, state

from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.engines.soprano.fitting import batch_from
from steadyvoice.workers.generation.batching import pays
from steadyvoice.workers.generation.pick import Candidate
from steadyvoice.workers.networks.matrix import EXACT, Formats

CLIENT = Candidate(
    to_device=False,
    holds_device=False,
    has_work=True,
    text_wait_s=0.0,
    lead_s=0.5,
    deadline_s=0.5,
    lookahead_s=2.0,
    is_playing=True,
)
DEVICE = CLIENT._replace(to_device=True, holds_device=True)


class Sharing(Silent):
    """Frames that say whether they are batched."""

    def __init__(self, least: int = 3) -> None:
        super().__init__()
        self._least = least

    def batch_from(self) -> int:
        return self._least

    def generate_batched(
        self, text: str, voice: str, rate: float, *, more: bool, joins: Callable[[int], bool]
    ) -> Iterator[engines.Frames | engines.Word]:
        for frame in range(10):
            yield np.full((1, 1), joins(frame), np.float32)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([CLIENT, CLIENT], False),
        ([CLIENT, CLIENT, CLIENT], True),
        ([CLIENT, CLIENT, DEVICE], True),
        # one for the device is computed at a time
        ([CLIENT, DEVICE, DEVICE, DEVICE], False),
        ([CLIENT, CLIENT, DEVICE, DEVICE], True),
        # those that could not be computed now do not count
        ([CLIENT, CLIENT, CLIENT._replace(has_work=False)], False),
        ([CLIENT, CLIENT, CLIENT._replace(lead_s=2.0)], False),
        ([CLIENT, CLIENT, CLIENT._replace(text_wait_s=0.1)], False),
        ([CLIENT, CLIENT, CLIENT._replace(skipped=True)], False),
    ],
)
def test_from_how_many_it_pays(candidates: list[Candidate], expected: bool) -> None:
    assert pays(Sharing(), 0.5, candidates) is expected
    assert not pays(Sharing(), 0.3, candidates), "its first sound comes sooner without a batch"
    assert not pays(Sharing(least=0), 0.5, candidates)
    assert not pays(Silent(), 0.5, candidates)


@pytest.mark.parametrize(
    ("device", "formats", "least"),
    [
        ("cpu", Formats(torch.float16, torch.bfloat16), 3),
        ("cpu", Formats(torch.float16, torch.float32), 5),
        ("cpu", EXACT, 3),
        ("cpu", Formats(torch.float32, torch.bfloat16), 3),
        ("cuda:0", Formats(torch.bfloat16, torch.bfloat16), 0),
    ],
)
def test_the_least_number_of_texts(device: str, formats: Formats, least: int) -> None:
    assert batch_from(device, formats) == least


def frames_of(generator: engines.Generator, restart: RestartPoint | None, count: int) -> list[tuple[int, list[float]]]:
    """For each of the first segments, SegmentStart.batched and the frames. New segments join at frame 5."""
    utterance = state(restart=restart, generator=generator)
    utterance.text.feed(b"One. Two. Three. Four.", 0.0)
    utterance.text.close(0.0)
    made = []
    for _ in range(count):
        segment = utterance.text.take(0.0, 2.0, is_first=False)
        assert segment is not None
        start = utterance.begin_segment(segment, lambda frame: frame >= 5)
        assert utterance.frames is not None
        made.append((start.batched, [float(np.asarray(each).sum()) for each in islice(utterance.frames, 7)]))
        utterance.end_segment()
    return made


def test_segments_change_where_they_did_before() -> None:
    new = (-1, [0.0] * 5 + [1.0] * 2)
    assert frames_of(Sharing(), None, 2) == [new, new]
    restart = RestartPoint(0, batched=[2, -1])
    assert frames_of(Sharing(), restart, 3) == [(2, [0.0] * 2 + [1.0] * 5), (-1, [0.0] * 7), new]


def test_an_utterance_shares_its_model_with_others_of_its_voice() -> None:
    engine = Sharing()
    one, same, other = state(generator=engine), state(generator=engine), state(generator=Sharing())
    assert one.shares_model(one)
    assert one.shares_model(same)
    assert not one.shares_model(other)
    same.style = same.style._replace(voice="another")
    assert not one.shares_model(same)


def test_an_engine_without_that_half_is_asked_for_frames_as_ever() -> None:
    assert frames_of(Silent(), RestartPoint(0, batched=[2]), 1) == [(2, [0.0])]
    assert frames_of(Sharing(least=0), None, 1) == [(-1, [0.0])]

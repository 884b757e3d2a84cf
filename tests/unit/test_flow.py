"""The flow from speech tokens to mel, against upstream and in windows.

tests/fixtures/flow_upstream.npz: every fifth band of what ``flow.inference`` makes of the same weights, tokens and
noise (support/tiny_flow.py). cosine, meanflow: chatterbox 5de7a54 with 10 steps and guidance, with 2 steps. whole,
chunks, ahead: CosyVoice ace7c47 with ``streaming`` off, on, and on with ``finalize`` off for 16 tokens, its chunk of 25
tokens set to 8; Matcha-TTS, which it imports, is the copy in chatterbox.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from support.tiny_flow import PROMPT, TOKENS, tiny_flow, tiny_reference, tiny_shape
from torch.overrides import TorchFunctionMode

from steadyvoice.workers.chunk_size import Cost
from steadyvoice.workers.engines import mel_models
from steadyvoice.workers.engines.chatterbox import flow as chatterbox
from steadyvoice.workers.engines.cosyvoice import flow as cosyvoice
from steadyvoice.workers.engines.engine import Downstream, Frames
from steadyvoice.workers.networks import captured
from steadyvoice.workers.networks.flow import Check, Flow, FlowModel, FlowVoice, MelStream
from steadyvoice.workers.networks.solver import COSINE, MEANFLOW
from steadyvoice.workers.runtime.chunk_record import Chunks

FIXTURE = np.load(Path(__file__).parents[1] / "fixtures" / "flow_upstream.npz")
CHUNK = 8
pytestmark = pytest.mark.usefixtures("one_processor")


def rows(tokens: list[int]) -> Frames:
    return np.array(tokens, np.float32)[:, None]


def model(*, meanflow: bool = False) -> FlowModel:
    return FlowModel(tiny_flow(meanflow=meanflow), MEANFLOW if meanflow else COSINE)


def whole(model: FlowModel, prompt: int = PROMPT, tokens: int = TOKENS) -> NDArray[np.float32]:
    """All at once, as upstream."""
    reference, text = tiny_reference(prompt, tokens)
    stream = FlowVoice(model, reference, ()).stream(None)
    stream.append(rows(text))
    made: NDArray[np.float32] = stream.window(prompt + tokens, 0).numpy()[2 * prompt :]
    return made


def difference(got: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Relative to the size of what is expected."""
    assert got.shape == expected.shape
    return float(np.linalg.norm(got - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize(("case", "meanflow"), [("cosine", False), ("meanflow", True), ("whole", False)])
def test_it_equals_upstream(case: str, meanflow: bool) -> None:
    np.testing.assert_allclose(whole(model(meanflow=meanflow))[:, ::5], FIXTURE[case], atol=2e-5)


def test_chunks_equal_upstream() -> None:
    reference, text = tiny_reference()
    voice = cosyvoice.voice(model(), reference, CHUNK)
    session = cosyvoice.FlowSession(voice, chunk=CHUNK, kept=None)
    for sizes in ([1] * TOKENS, [TOKENS], [7, 3, 19, 4]):  # no state is kept between segments
        parts = [session.push(rows(part.tolist())) for part in np.split(np.array(text), np.cumsum(sizes)[:-1])]
        parts.append(session.finish())
        np.testing.assert_allclose(np.concatenate(parts)[:, ::5], FIXTURE["chunks"], atol=2e-5)
    np.testing.assert_allclose(session.push(rows(text[:16]))[:, ::5], FIXTURE["ahead"], atol=2e-5)


def test_chunks_that_forget_differ_only_after_what_they_keep() -> None:
    reference, text = tiny_reference(PROMPT, 60)
    voice = cosyvoice.voice(model(), reference, CHUNK)
    made = []
    for kept in (None, 16):
        session = cosyvoice.FlowSession(voice, chunk=CHUNK, kept=kept)
        made.append(np.concatenate((session.push(rows(text)), session.finish())))
    exact = 2 * (5 + 2 * CHUNK)  # the prompt leaves 5 tokens of its second chunk
    np.testing.assert_allclose(made[1][:exact], made[0][:exact], atol=2e-5)
    assert 1e-3 < difference(made[1], made[0]) < 0.1


@pytest.fixture
def hop(monkeypatch: pytest.MonkeyPatch) -> int:
    """One size of windows, whatever they cost here."""
    monkeypatch.setattr(chatterbox, "HOPS", (12,))
    return 12


def session_of(*, meanflow: bool, prompt: int = 75) -> chatterbox.FlowSession:
    flow = chatterbox.ChatterboxFlow(tiny_flow(meanflow=meanflow))
    return chatterbox.FlowSession(flow, flow.voice(tiny_reference(prompt)[0]), Downstream())


@pytest.mark.parametrize(("meanflow", "most"), [(True, 0.04), (False, 0.18)])
@pytest.mark.usefixtures("hop")
def test_windows_are_near_the_whole(meanflow: bool, most: float) -> None:
    expected = whole(model(meanflow=meanflow), 75, 120)
    session, text = session_of(meanflow=meanflow), tiny_reference(75, 120)[1]
    got = np.concatenate((session.push(rows(text)), session.finish()))
    assert difference(got, expected) < most


@pytest.mark.parametrize("count", [0, 1, 3, 14, 15, 16, 30, 31, 73])
def test_a_segment_has_two_frames_for_each_token(hop: int, count: int) -> None:
    session, text = session_of(meanflow=True), tiny_reference(75, count)[1]
    together = [session.push(rows(text)), session.finish()]
    assert len(together[0]) == max(0, 2 * hop * ((count - 3) // hop) - chatterbox.BLEND)
    singly = [session.push(rows([token])) for token in text] + [session.finish()]
    assert sum(map(len, singly)) == 2 * count
    np.testing.assert_allclose(np.concatenate(singly), np.concatenate(together), atol=1e-5)


class Sizes(TorchFunctionMode):
    """Numbers in the arguments of each operation."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.append(sum(each.numel() for each in args if type(each) is torch.Tensor))
        return func(*args, **kwargs or {})


@pytest.mark.usefixtures("hop")
def test_every_window_costs_the_same() -> None:
    """Tensors and memory: the same from the sixth window on, when all is kept that is to be kept; less before it."""
    session, work, memory = session_of(meanflow=True), [], []
    for number, part in enumerate(windows(60)):
        with Sizes() if number in (0, 1, 5, 6, 59) else nullcontext() as sizes:
            assert len(session.push(part))
        work += [sizes.seen] if sizes else []
        memory.append(sum(tensor.nbytes for tensor in session._stream.state.tensors()))
    assert work[2] == work[3] == work[4]
    assert len(set(memory[4:])) == 1
    assert all(before <= after for values in (list(map(sum, work)), memory) for before, after in pairwise(values))
    assert sum(work[1]) > 0.8 * sum(work[-1])


def windows(count: int) -> Iterator[Frames]:
    dice = np.random.RandomState(1)
    yield rows(dice.randint(0, 40, 15).tolist())
    for _ in range(count - 1):
        yield rows(dice.randint(0, 40, 12).tolist())


def test_captured_windows_make_the_same(hop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but CUDA's graph itself: the shapes, and what is copied."""

    def capture(work: Callable[[], list[torch.Tensor]]) -> tuple[list[torch.Tensor], Callable[[], object]]:
        made = work()
        return made, lambda: torch._foreach_copy_(made, work())

    monkeypatch.setattr(captured, "capture", capture)
    flow = chatterbox.ChatterboxFlow(tiny_flow(meanflow=True))
    reference, text = tiny_reference(75, 90)
    voice = flow.voice(reference)
    plain = chatterbox.FlowSession(flow, voice, Downstream())
    expected = np.concatenate((plain.push(rows(text)), plain.finish()))
    voice.capture([chatterbox.RERUN + hop], chatterbox.RERUN, chatterbox.KEPT)
    sessions = [chatterbox.FlowSession(flow, voice, Downstream()) for _ in range(2)]
    parts = [[session.push(rows(text[i : i + 30])) for session in sessions] for i in (0, 30, 60)]
    parts.append([session.finish() for session in sessions])
    for made in zip(*parts, strict=True):
        np.testing.assert_allclose(np.concatenate(made), expected, atol=2e-5)


@pytest.mark.parametrize(("meanflow", "steps"), [(True, 2), (False, 10)])
def test_it_can_be_cancelled_between_two_steps(meanflow: bool, steps: int) -> None:
    class Cancelled(Exception):
        pass

    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == steps + 2:
            raise Cancelled

    flow = chatterbox.ChatterboxFlow(tiny_flow(meanflow=meanflow))
    reference, text = tiny_reference(PROMPT, 200)
    session = chatterbox.FlowSession(flow, flow.voice(reference), Downstream(), check)
    with pytest.raises(Cancelled):
        session.push(rows(text))
    assert asked == steps + 2


def test_a_window_that_was_given_up_leaves_no_trace() -> None:
    reference, text = tiny_reference(PROMPT, 40)
    voice = chatterbox.ChatterboxFlow(tiny_flow(meanflow=True)).voice(reference)
    streams = [voice.stream(20) for _ in range(2)]
    for stream in streams:
        stream.append(rows(text))

    def refuse() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        streams[0].window(15, 12, refuse)
    for _ in range(2):
        first, second = (stream.window(15, 12) for stream in streams)
        assert torch.equal(first, second)


@pytest.mark.parametrize(
    ("slope", "ahead", "hops"),
    [
        (0.3, 60.0, [12, 50, 50, 50]),  # much to be heard: long windows cost less per second
        (0.3, 0.6, [12, 25, 25, 25, 25, 25, 25]),  # .1 + .3 s, with its margin, is ready in time; for 50 it is not
        (0.6, 0.0, [25, 18, 18, 18, 18, 18, 18, 18]),  # 12 tokens play for less long than the next window takes
        (2.0, 0.0, [50, 50, 50]),  # never in time
    ],
)
def test_hops_follow_cost_and_listener(
    slope: float, ahead: float, hops: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = chatterbox.ChatterboxFlow(tiny_flow(meanflow=True))
    for size in (0.48, 2.0):
        flow.cost.learn(size, 0.1 + slope * size)
    monkeypatch.setattr(Cost, "learn", lambda *_: None)
    seen = []
    window = MelStream.window

    def spy(stream: MelStream, count: int, settled: int, check: Check) -> torch.Tensor:
        seen.append(count - chatterbox.RERUN)
        return window(stream, count, settled, check)

    reference, text = tiny_reference(PROMPT, 12 + 3 * 50 + 3)
    voice = flow.voice(reference)
    monkeypatch.setattr(MelStream, "window", spy)
    chatterbox.FlowSession(flow, voice, Downstream(lambda: ahead)).push(rows(text))
    assert seen == hops


def test_a_token_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no speech tokens from 3 to 40"):
        session_of(meanflow=True).push(rows([3, 40]))


def test_bf16_is_near() -> None:
    exact, near = (FlowModel(tiny_flow(meanflow=True), MEANFLOW, each) for each in (torch.float32, torch.bfloat16))
    assert difference(whole(near), whole(exact)) < 0.01


def test_random_weights_make_a_bounded_mel() -> None:
    torch.manual_seed(3)
    made = whole(FlowModel(Flow(tiny_shape()), COSINE))
    assert np.abs(made).max() < 30


def test_a_published_file_is_loaded_by_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatterbox, "FlowShape", lambda estimator: tiny_shape(meanflow=estimator.meanflow))
    weights = {f"flow.{name}": tensor for name, tensor in tiny_flow(meanflow=True).state_dict().items()}
    flow = chatterbox.load(weights | {"tokenizer.x": torch.zeros(1)}, "cpu", torch.float32)
    assert np.array_equal(whole(flow.model), whole(model(meanflow=True)))
    voice, _ = tiny_reference()
    tensors = {"prompt_token": torch.tensor([voice.tokens]), "prompt_feat": voice.mel[None]}
    tensors["embedding"] = voice.speaker[None]
    read = mel_models.reference(Path("conds.pt"), tensors, "prompt_token", "prompt_feat", "embedding")
    assert read.tokens == voice.tokens
    assert torch.equal(flow.voice(read).speaker, flow.voice(voice).speaker)
    del weights["flow.encoder.after_norm.bias"]
    with pytest.raises(RuntimeError, match=r"Missing key.*encoder\.after_norm\.bias"):
        chatterbox.load(weights, "cpu", torch.float32)


@pytest.mark.parametrize("crash", [0, 2, 5])
def test_planned_hops_give_the_same_frames(crash: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a crash: the first windows have the sizes that they had before, the others any."""
    monkeypatch.setattr(Cost, "learn", lambda *_: None)
    flow = chatterbox.ChatterboxFlow(tiny_flow(meanflow=True))
    reference, text = tiny_reference(75, 120)
    voice, plan, reported = flow.voice(reference), [12, 50, 25, 12, 21], []

    def said(given: list[int]) -> NDArray[np.float32]:
        chunks = Chunks(0, given, lambda segment, number, size: reported.append((number, size)))
        session = chatterbox.FlowSession(flow, voice, Downstream(planned=chunks.planned, chose=chunks.chose))
        return np.concatenate([*(session.push(rows([token])) for token in text), session.finish()])

    expected = said(plan)
    assert reported == []
    again = said(plan[:crash])
    same = 2 * sum(plan[:crash]) - (chatterbox.BLEND if 0 < crash < len(plan) else 0)
    assert len(again) == len(expected) == 2 * len(text)
    np.testing.assert_array_equal(again[:same], expected[:same])
    assert [number for number, _ in reported] == list(range(crash, crash + len(reported)))
    assert sum(plan[:crash]) + sum(size for _, size in reported) == len(text)

"""The language models for speech, against numbers that their authors' code computed with the same weights.

resemble-ai/chatterbox at 5de7a54 (``T3.inference``, ``T3.inference_turbo``), FunAudioLLM/CosyVoice at ace7c47
(``Qwen2LM.inference``), idiap/coqui-ai-TTS at 7cde79e (``GPT.generate`` and its second pass for latents), each with
transformers 4.57.6 (CosyVoice: 4.51.3, which it pins) and torch 2.13.0. The tokens were given, and the chances kept
from which upstream would have drawn. Largest errors: T3's logits 1.0e-5 of 7.7, its chances 1.6e-7; XTTS-v2's latents
5.5e-6 of 4.0, its chances 5.2e-7; of CosyVoice2, every token the same.
"""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from support.speech_models import COSY, FAST, GUIDED, XTTS, Given, tiny_weights

from steadyvoice.workers.engines.chatterbox.t3 import BOS, T3, Conditions, T3Shape
from steadyvoice.workers.engines.chatterbox.variants import FULL, NANO, TURBO
from steadyvoice.workers.engines.cosyvoice import lm as cosyvoice
from steadyvoice.workers.engines.xtts import gpt as xtts
from steadyvoice.workers.networks.matrix import EXACT, Formats
from steadyvoice.workers.networks.sampling import History, PenaltyFirst, PenaltyLast, RepetitionAware
from steadyvoice.workers.networks.session import Session, prefill

pytestmark = pytest.mark.usefixtures("one_processor")

FIXTURES = Path(__file__).parents[1] / "fixtures"
TEXT = [255, 7, 100, 12, 7, 33, 0]
PROMPT = [5, 4000, 17, 6560, 5]
TOKENS = [10, 6000, 10, 77, 6561, 10, 2222, 6000, 5]
HALF = Formats(torch.float16, torch.bfloat16, torch.float32)


def upstream(name: str) -> dict[str, NDArray[np.float32]]:
    with np.load(FIXTURES / name) as arrays:
        return dict(arrays)


def tiny(shape: T3Shape, formats: Formats = EXACT) -> T3:
    return T3(shape, tiny_weights(shape.tensors), formats, 60)


def conditions() -> Conditions:
    speaker = np.random.RandomState(3).standard_normal(16).astype(np.float32)
    return Conditions(torch.from_numpy(speaker), torch.tensor(PROMPT), 0.7)


def given(model: T3, sampler: PenaltyFirst | PenaltyLast) -> Given:
    """T3 says the tokens; returns what it would have said."""
    asked = Given(TOKENS, sampler)
    session = Session(model, asked, (BOS,), forgets=not model.shape.is_guided)
    steps = session.steps(prefill(model, model.voice_rows(conditions())), model.text_rows(TEXT), len(TOKENS))
    assert [step.token for step in steps] == TOKENS
    return asked


SAMPLERS = [("guided", GUIDED, FULL.sampler), ("fast", FAST, NANO.sampler)]


@pytest.mark.parametrize(("name", "shape", "sampler"), SAMPLERS, ids=["guided", "fast"])
def test_t3_equals_chatterbox(name: str, shape: T3Shape, sampler: PenaltyFirst | PenaltyLast) -> None:
    expected, model = upstream("chatterbox_t3.npz"), tiny(shape)
    np.testing.assert_allclose(model.voice_rows(conditions())[0], expected[f"{name}_rows"], atol=3e-5)
    asked = given(model, sampler)
    kept = sorted({*range(0, shape.speech_vocab, 61), *TOKENS})
    np.testing.assert_allclose(torch.stack(asked.logits)[:, kept], expected[f"{name}_logits"], atol=3e-5)
    chances = torch.stack(asked.chances)
    np.testing.assert_allclose(chances[:, kept], expected[f"{name}_chances"], atol=1e-6)
    np.testing.assert_array_equal((chances > 0).sum(1), expected[f"{name}_kept"])


WITH_PROMPT = """
    14 22 39 12 33 15 16 30 18 56 37 56 5 51 47 4 22 29 12 59 1 39 25 60 36 42 2 15 22 29 47 40 8 21 53 22 55 51 33
    19"""
WITHOUT = "59 1 47 30 15 57 44 39 19 53 25 35 59 16 47 15 7 30 57 2"


@pytest.mark.parametrize(
    ("ids", "voice", "expected"),
    [
        ([1, 2, 3, 4, 5, 6], cosyvoice.CosyVoice([7, 8, 30], [5, 60, 17, 5, 9]), WITH_PROMPT),
        ([3], cosyvoice.CosyVoice([], []), WITHOUT),
    ],
)
def test_cosyvoice2_equals_its_authors(ids: list[int], voice: cosyvoice.CosyVoice, expected: str) -> None:
    """Token by token: upstream drew with the same uniform numbers."""
    model = cosyvoice.CosyLM(COSY, tiny_weights(COSY.tensors), EXACT, 140)
    session, prefix = cosyvoice.new_session(model), cosyvoice.voice_prefix(model, voice)
    said = list(cosyvoice.speech_tokens(model, session, prefix, voice, ids))
    assert said == [int(token) for token in expected.split()]


def test_xtts_equals_coqui() -> None:
    expected = upstream("xtts_gpt.npz")
    weights = tiny_weights(XTTS.tensors | XTTS.cloning)
    encoded = np.random.RandomState(3).standard_normal((1, 9, 32)).astype(np.float32)
    voice = xtts.voice_latents(weights, torch.from_numpy(encoded[0]))
    np.testing.assert_allclose(voice[0], expected["voice"], atol=3e-5)
    model = xtts.XttsGpt(XTTS, weights, EXACT)
    codes = [3, 17, 3, 60, 17, 9, 69]
    asked = Given(codes, PenaltyFirst(penalty=10.0, temperature=0.75, top_k=50, top_p=0.85))
    session = Session(model, asked, (1, 68))
    latents = list(xtts.speech_latents(model, session, prefill(model, model.voice_rows(voice)), [5, 9, 30, 9], 20))
    np.testing.assert_allclose(torch.stack(latents), expected["latents"], atol=3e-5)
    np.testing.assert_allclose(torch.stack(asked.logits), expected["logits"], atol=3e-5)
    np.testing.assert_allclose(torch.stack(asked.chances), expected["chances"], atol=1e-6)


@pytest.mark.parametrize(("shape", "sampler"), [each[1:] for each in SAMPLERS], ids=["guided", "fast"])
def test_half_precision_is_near(shape: T3Shape, sampler: PenaltyFirst | PenaltyLast) -> None:
    expected = torch.stack(given(tiny(shape), sampler).logits)
    got = torch.stack(given(tiny(shape, HALF), sampler).logits)
    assert 0 < (got - expected).abs().max() < 0.04 * expected.abs().max()


class Replayed:
    """A graph and an event of CUDA, of which a replay runs at once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replay(self) -> None:
        self._session._latent = self._session._advance()

    def record(self) -> None: ...

    def synchronize(self) -> None: ...


@pytest.mark.parametrize(("shape", "sampler"), [each[1:] for each in SAMPLERS], ids=["guided", "fast"])
def test_the_steps_of_a_graph_equal_those_of_a_cpu(
    shape: T3Shape, sampler: PenaltyFirst | PenaltyLast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Static shapes: position and count are tensors, and attention covers the whole cache. A step runs ahead."""
    model = tiny(shape)
    voice, rows = prefill(model, model.voice_rows(conditions())), model.text_rows(TEXT)
    expected = list(Session(model, sampler).steps(voice, rows, 12))
    session = Session(model, sampler)
    session._graph = Replayed(session)
    monkeypatch.setattr(torch.cuda, "Event", lambda *, blocking: session._graph)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor)
    got = [(step.token, step.latent.clone()) for step in session.steps(voice, rows, 12)]
    assert [token for token, _ in got] == [step.token for step in expected]
    for (_, latent), step in zip(got, expected, strict=True):
        np.testing.assert_allclose(latent, step.latent, atol=3e-5)


def test_a_session_is_used_again() -> None:
    """A closed iterator leaves nothing: the next text has the tokens that it has in a new session."""
    model = tiny(FAST)
    voice = prefill(model, model.voice_rows(conditions()))

    def said(session: Session, ids: list[int], most: int) -> list[int]:
        return [step.token for step in session.steps(voice, model.text_rows(ids), most)]

    used = Session(model, NANO.sampler, (BOS,), forgets=True)
    expected = said(Session(model, NANO.sampler, (BOS,), forgets=True), TEXT, 20)
    for count in (1, 7, 20):
        broken = used.steps(voice, model.text_rows(TEXT[::-1]), 20)
        assert len(list(islice(broken, count))) == count
        broken.close()  # type: ignore[attr-defined]
        assert said(used, TEXT, 20) == expected


def test_a_prefix_equals_its_rows() -> None:
    model = tiny(FAST)
    voice, text = model.voice_rows(conditions()), model.text_rows(TEXT)
    cache = model.layers.cache(1)
    whole = model.layers.forward(torch.cat((voice, text), 1), 0, cache)[:, voice.shape[1] :]
    cache = model.layers.cache(1)
    prefix = prefill(model, voice)
    cache[:, :, :, :, : prefix.length] = prefix.cache
    np.testing.assert_allclose(model.layers.forward(text, prefix.length, cache), whole, atol=3e-5)


def test_positions_are_not_exceeded() -> None:
    model = tiny(FAST)
    voice = prefill(model, model.voice_rows(conditions()))
    session = Session(model, NANO.sampler)
    with pytest.raises(ValueError, match="14 rows and 47 tokens do not fit into 60 positions"):
        next(session.steps(voice, model.text_rows(TEXT), 47))


def test_what_is_no_number_is_an_error() -> None:
    weights = tiny_weights(FAST.tensors)
    weights["speech_head.bias"][3] = float("nan")
    model = T3(FAST, weights, EXACT, 60)
    session = Session(model, NANO.sampler)
    with pytest.raises(ArithmeticError, match="no number"):
        next(session.steps(prefill(model, model.voice_rows(conditions())), model.text_rows(TEXT), 20))


def test_the_published_sizes() -> None:
    """Parameters that speaking needs, in millions, and those of the whole files."""

    def millions(shapes: dict[str, tuple[int, ...]]) -> int:
        return round(sum(torch.Size(shape).numel() for shape in shapes.values()) / 1e6)

    t3 = [variant.shape for variant in (FULL, TURBO, NANO)]
    assert [millions(shape.tensors) for shape in t3] == [532, 376, 140]
    assert [millions(shape.tensors | shape.unused) for shape in t3] == [532, 479, 217]
    assert millions(cosyvoice.SHAPE.tensors) == 506
    assert millions(xtts.SHAPE.tensors) == 388


def test_a_sampler_draws_only_what_is_left() -> None:
    """Of two tokens with equal chances and others without one, at the borders of the uniform numbers."""
    logits = torch.full((9,), -50.0)
    logits[[2, 7]] = 3.0
    model = PenaltyFirst(penalty=1.0, temperature=1.0, top_k=4, top_p=0.9)
    history = History(9, torch.device("cpu"))
    history.begin((), 0)
    drawn = [int(model.pick(logits, history, torch.tensor([dice, 0.5]))) for dice in (0.0, 0.49, 0.51, 1 - 2**-24)]
    assert sorted(set(drawn)) == [2, 7]
    assert drawn[0] == drawn[1] != drawn[2] == drawn[3]


def test_a_repeated_token_is_drawn_again() -> None:
    logits = torch.tensor([0.0, 9.0, 1.0, 8.0])
    sampler, history = RepetitionAware(stop=3), History(4, torch.device("cpu"))
    history.begin((), least=2)
    dice = torch.tensor([0.1, 0.99])
    assert int(sampler.pick(logits, history, dice)) == 1
    history.add(torch.tensor([1]))
    assert int(sampler.pick(logits, history, dice)) == 2  # 1 again; and the stop is not allowed yet
    history.add(torch.tensor([0]))
    assert int(sampler.pick(logits, history, dice)) == 3
    for _ in range(10):
        history.add(torch.tensor([0]))
    assert int(sampler.pick(logits, history, dice)) == 1

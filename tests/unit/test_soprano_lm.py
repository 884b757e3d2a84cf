"""Soprano's language model, against numbers that transformers computed with the same weights (docs/models.md)."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from steadyvoice.workers.engines.soprano.lm import Config, LanguageModel, Session
from steadyvoice.workers.networks.matrix import EXACT, Formats

FIXTURE = Path(__file__).parents[1] / "fixtures" / "soprano_lm.json"
TINY = Config(
    vocab=32,
    hidden=24,
    layers=3,
    heads=4,
    kv_heads=2,
    head_dim=8,
    ffn=20,
    positions=64,
    theta=10000.0,
    eps=1e-6,
    stop=3,
)
IDS = [3, 1, 9, 30, 17, 9, 22, 2, 14, 31, 14, 5, 0, 27]
PROMPT = 6


def tiny_weights() -> dict[str, torch.Tensor]:
    dice = np.random.RandomState(5)
    weights = {}
    for name, shape in TINY.shapes.items():
        drawn = dice.standard_normal(shape).astype(np.float32)
        weights[name] = torch.from_numpy(1 + 0.3 * drawn if len(shape) == 1 else 0.3 * drawn)
    return weights


def model(formats: Formats = EXACT) -> LanguageModel:
    return LanguageModel(TINY, tiny_weights(), "cpu", formats, 20)


def spoken(session: Session, ids: list[int], prompt: int) -> NDArray[np.float32]:
    """[n, hidden + vocab]: result of the prompt, then of each following token."""
    rows = [session.begin(ids[:prompt]), *map(session.step, ids[prompt:])]
    return np.stack([torch.cat(row).numpy() for row in rows])


def test_it_equals_transformers() -> None:
    expected = json.loads(FIXTURE.read_text())
    got = spoken(Session(model()), IDS, PROMPT)
    np.testing.assert_allclose(got[:, : TINY.hidden], expected["hidden"], atol=1e-4)
    np.testing.assert_allclose(got[:, TINY.hidden :], expected["logits"], atol=1e-4)


@pytest.mark.parametrize("prompt", [1, 2, 5, 13])
def test_stepping_equals_a_longer_prompt(prompt: int) -> None:
    session = Session(model())
    whole = [torch.cat(session.begin(IDS[:n])).numpy() for n in range(prompt, len(IDS) + 1)]
    np.testing.assert_allclose(spoken(session, IDS, prompt), whole, atol=1e-5)


@torch.inference_mode()
def test_static_shapes_equal_growing_ones() -> None:
    net = model()
    expected = spoken(Session(net), IDS, PROMPT)
    cache = net.cache()
    rows = [net.forward(torch.tensor(IDS[:PROMPT]), 0, cache)]
    rows += [net.forward(torch.tensor([IDS[at]]), torch.tensor([at]), cache) for at in range(PROMPT, len(IDS))]
    np.testing.assert_allclose([torch.cat(row).numpy() for row in rows], expected, atol=1e-5)


def test_begin_resets_a_session() -> None:
    session = Session(model())
    first = spoken(session, IDS, PROMPT)
    spoken(session, IDS[::-1], 9)
    np.testing.assert_array_equal(spoken(session, IDS, PROMPT), first)


def test_sessions_share_only_the_weights() -> None:
    net = model()
    expected = spoken(Session(net), IDS, PROMPT)
    one, other = Session(net), Session(net)
    one.begin(IDS[:PROMPT])
    other.begin(IDS[:3])
    for i, token in enumerate(IDS[PROMPT:], 1):
        np.testing.assert_array_equal(torch.cat(one.step(token)).numpy(), expected[i])
        other.step(7)


def test_half_precision_is_near() -> None:
    expected = spoken(Session(model()), IDS, PROMPT)
    got = spoken(Session(model(Formats(torch.float16, torch.bfloat16))), IDS, PROMPT)
    assert 0 < np.abs(got - expected).max() < 0.02 * np.abs(expected).max()


def test_the_cache_is_not_exceeded() -> None:
    session = Session(model())
    with pytest.raises(ValueError, match="prompt of 20 tokens does not fit into 20 positions"):
        session.begin([4] * 20)
    session.begin([4] * 19)
    session.step(4)
    with pytest.raises(ValueError, match="all 20 positions are taken"):
        session.step(4)

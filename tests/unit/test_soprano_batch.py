"""Frames of several texts that are computed together: each text's are the same, whatever is computed beside it."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, islice

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from steadyvoice.workers.engines.engine import Frames
from steadyvoice.workers.engines.soprano.checkpoint import Prompt
from steadyvoice.workers.engines.soprano.lm import BATCH, Config, LanguageModel
from steadyvoice.workers.engines.soprano.random_checkpoint import CONFIG, tokenizer_json
from steadyvoice.workers.engines.soprano.speaking import ROWS, Speaker
from steadyvoice.workers.engines.soprano.speech import Sampling
from steadyvoice.workers.networks.matrix import EXACT, Formats

pytestmark = pytest.mark.usefixtures("one_processor")

ONE_LAYER = replace(CONFIG, vocab=2048, layers=1)
"""The published matrices: their sizes decide how a product is computed."""
SMALL = replace(CONFIG, vocab=400, layers=2, head_dim=8, ffn=12)
HALF = Formats(torch.float16, torch.bfloat16)
SINGLE = Formats(torch.float16, torch.float32)
TEXTS = [f"And number {i} is {'a little ' * i}longer." for i in range(2 * BATCH)]


def speaker(config: Config, formats: Formats = HALF) -> Speaker:
    dice = torch.Generator().manual_seed(0)
    weights = {}
    for name, shape in config.shapes.items():
        drawn = torch.randn(shape, generator=dice)
        weights[name] = 1 + 0.1 * drawn if len(shape) == 1 else drawn / 24
    weights["lm_head.weight"][config.stop] = 0
    tokens = Tokenizer.from_str(tokenizer_json(config.vocab))
    return Speaker(LanguageModel(config, weights, "cpu", formats, ROWS), tokens, Prompt([3, 1], [2]), Sampling())


def always() -> bool:
    return True


def never() -> bool:
    return False


def from_frame(number: int) -> Callable[[], bool]:
    """Asked before each frame after the first, from this frame on: true."""
    frames = count(1)
    return lambda: next(frames) >= number


def joined(frames: list[Frames]) -> Frames:
    return np.concatenate(frames)


def beside(speaker: Speaker, text: str, most: int, seed: int, joins: Callable[[], bool], frames: int = 512) -> Frames:
    """The frames of a text while up to ``most`` others join, are left waiting, and leave."""
    dice = random.Random(seed)
    others: list[Iterator[Frames]] = []
    said = []
    for frame in islice(speaker.speak(text, joins), frames):
        said.append(frame)
        if len(others) < most:
            others.append(speaker.speak(dice.choice(TEXTS), from_frame(dice.randrange(1, 9))))
        for other in dice.sample(others, dice.randrange(len(others) + 1)):
            if next(other, None) is None or dice.random() < 0.1:
                others.remove(other)
    return joined(said)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Texts of each step."""
    counts: list[int] = []
    forward = LanguageModel.forward_batch

    def counted(
        model: LanguageModel, tokens: list[int], places: list[int], caches: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        counts.append(len(tokens))
        return forward(model, tokens, places, caches)

    monkeypatch.setattr(LanguageModel, "forward_batch", counted)
    return counts


@pytest.mark.parametrize("formats", [EXACT, HALF, SINGLE], ids=str)
def test_the_frames_do_not_depend_on_other_texts(formats: Formats) -> None:
    voice = speaker(SMALL, formats)
    for first in (1, 7):
        expected = joined(list(voice.speak(TEXTS[1], from_frame(first))))
        assert len(expected) > 20
        for seed, most in enumerate([0, 1, 5, 2 * BATCH]):
            np.testing.assert_array_equal(beside(voice, TEXTS[1], most, seed, from_frame(first)), expected)


@pytest.mark.parametrize("formats", [HALF, SINGLE], ids=str)
def test_nor_with_matrices_of_the_published_sizes(formats: Formats) -> None:
    voice = speaker(ONE_LAYER, formats)
    expected = joined(list(islice(voice.speak(TEXTS[1], always), 12)))
    for seed, most in enumerate([1, 2 * BATCH]):
        np.testing.assert_array_equal(beside(voice, TEXTS[1], most, seed, always, 12), expected)


def test_frames_differ_from_those_computed_alone_by_rounding() -> None:
    voice = speaker(SMALL)
    alone, later = (joined(list(islice(voice.speak(TEXTS[1], joins), 8))) for joins in (never, from_frame(7)))
    np.testing.assert_array_equal(later[:7], alone[:7])
    assert 0 < np.abs(later[7] - alone[7]).max() < 0.02 * np.abs(alone[7]).max()


def test_texts_in_turns_share_the_steps(steps: list[int]) -> None:
    voice = speaker(SMALL)
    texts = [voice.speak(TEXTS[0], always) for _ in range(BATCH + 2)]
    for text in [*texts, *texts]:
        next(text)
    begun = len(steps)
    for text in 10 * texts:
        next(text)
    assert max(steps) == BATCH
    assert len(steps) - begun <= 20


def test_a_text_that_nobody_reads_is_computed_a_few_frames_ahead(steps: list[int]) -> None:
    voice = speaker(SMALL)
    unread = voice.speak(TEXTS[1], always)
    said = [next(unread), next(unread)]
    assert len(list(voice.speak(TEXTS[0], always))) > 30
    assert 2 <= steps.count(2) <= 18
    np.testing.assert_array_equal(joined([*said, *unread]), joined(list(voice.speak(TEXTS[1], always))))


def test_a_closed_text_is_left_out_at_once(steps: list[int]) -> None:
    voice = speaker(SMALL)
    texts = [voice.speak(text, always) for text in TEXTS[:3]]
    said = [[next(text), next(text)] for text in texts]
    del texts[1:]
    steps.clear()
    said[0] += texts[0]
    assert set(steps) == {1}
    np.testing.assert_array_equal(joined(said[0]), joined(list(voice.speak(TEXTS[0], always))))


def test_an_error_ends_only_its_own_text() -> None:
    """The broken text computes the step, and is in that of another."""
    voice = speaker(SMALL)
    expected = [joined(list(voice.speak(text, always))) for text in TEXTS[:2]]
    texts = [voice.speak(text, always) for text in (*TEXTS[:2], TEXTS[2], TEXTS[3])]
    said = [[next(text), next(text)] for text in texts]
    for session in [row.session for row in voice._batch._rows][2:]:
        session._cache[0, 1, 0, 0] = torch.nan
    for broken in texts[2:]:
        with pytest.raises(ArithmeticError):
            list(broken)
    for got, text, whole in zip(said, texts, expected, strict=False):
        np.testing.assert_array_equal(joined([*got, *text]), whole)

"""Kokoro decoded in windows, with its real weights: beside the same clauses decoded whole, and whether seams show."""

from itertools import combinations

import numpy as np
import pytest
import soxr
from support.kokoro import VOICES, decoded, generated
from support.recogniser import Recogniser, errors, words

from steadyvoice.workers.engines.kokoro import Kokoro, vocoder
from steadyvoice.workers.engines.kokoro.source import RATE

pytestmark = pytest.mark.long  # downloads 120 MB, and computes a minute of speech

SENTENCES = (
    "The ferry leaves at noon, and the next one does not sail before evening.",
    "My grandmother kept her letters in a wooden box under the stairs.",
    "Could you tell me where the nearest post office is, please?",
    "Heavy clouds gathered over the valley while the farmers brought in the hay.",
    "She opened the window, listened for a moment, and closed it again.",
    "Nobody expected the small team to win the final match of the season.",
    "The museum shows paintings, old maps, and a collection of glass birds.",
    "If the bread is still warm, cut it slowly with a sharp knife.",
    "A young doctor explained the results to the worried parents.",
    "We crossed the bridge on foot because the road was closed for repairs.",
    "What a strange idea, to build a garden on the roof of a ship!",
    "The teacher wrote a long word on the board and asked us to spell it.",
    "Most of the passengers were asleep when the train reached the border.",
    "He has repaired watches in the same narrow shop since his youth.",
    "After the storm, the beach was covered with shells and broken branches.",
    "Please leave your shoes at the door and hang your coat on the hook.",
    "The judge read the decision in a quiet voice that filled the room.",
    "Every spring the river carries brown water from the mountains to the sea.",
    "They argued about the price of the horse until the market had emptied.",
    "I will call you as soon as the package arrives from the factory.",
)
AUDIBLE = 1e-3
"""A step of -60 dB of full scale."""


def test_the_recogniser_hears_as_much_as_of_whole_clauses(
    kokoro: Kokoro, recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEADYVOICE_KOKORO", "whole")
    ways = {"windows": kokoro, "whole": Kokoro()}
    wrong = dict.fromkeys(ways, 0)
    for way, engine in ways.items():
        generator = engine.generator()
        for text in SENTENCES[::5]:  # all of them take minutes: docs/models.md
            _, frames = generated(generator, text)
            heard = recogniser.words(soxr.resample(decoded(engine, frames, 20), RATE, 16000))
            wrong[way] += errors(words(text), heard)
    assert wrong["windows"] <= wrong["whole"]


@pytest.mark.parametrize("voice", VOICES)
def test_seams_make_no_step(kokoro: Kokoro, monkeypatch: pytest.MonkeyPatch, voice: str) -> None:
    """Where one way has a seam, another one has none; so a step there would be a difference between them."""
    _, frames = generated(kokoro.generator(), SENTENCES[0], voice)
    ways = []
    for size in (12, 20, 35):
        monkeypatch.setattr(vocoder, "_SIZES", (size,))
        ways.append(decoded(kokoro, frames, len(frames), voice))
    for one, other in combinations(ways, 2):
        assert np.abs(np.diff(one - other)).max() < AUDIBLE / 10

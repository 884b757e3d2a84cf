"""A recogniser hears hard sentences as well as the same sentences written out in words."""

import numpy as np
import pytest
import soxr
from support.clients import NULL
from support.daemon import Daemon
from support.reading import words
from support.recogniser import Recogniser, errors

from steadyvoice.client import Client

CONFIGURATION = NULL
SENTENCES = [
    "Please take .5 mg of it twice a day.",
    "It will be \u22125 °C tonight and 25℃ tomorrow.",
    "We paid $3.2bn for the house in 1987.",
    "The meeting is on May 5, 2024 at 7:30 p.m.",
    "About 10 000 people came to the fair.",
    "Add ⅓ of the flour and 1 1/2 cups of milk.",
    "The area of the floor is 20 m² in all.",
    "Dr. Lee lives at No. 5 in our street.",
    "Write to info@example.org if you have questions.",
    "Sales grew 5-10% in the last quarter.",
    "World War II ended in 1945.",
    "What is 10 - 3?",
    "Henry VIII had six wives.",
    "We want ~~old~~ **new** shoes.",
    "Tom &amp; Jerry went to the park.",
    "The tickets cost $10-$20 each.",
    "She ran 100 m in 12.5 s.",
    "You should install Python 3.10 today.",
    "The soup was great, 10/10 would order again.",
    "He arrived on the 22nd of December.",
]


@pytest.mark.long
def test_hard_sentences(daemon: Daemon, recogniser: Recogniser) -> None:
    def wrong(client: Client, text: str, wanted: str) -> int:
        stream = client.stream(text)
        samples = np.concatenate(list(stream))
        heard = recogniser.text(np.pad(soxr.resample(samples, stream.sample_rate, 16000), (0, 8000)))
        return errors(wanted.split(), words(heard).split())

    with daemon.client() as client:
        readings = [client.read(text).words for text in SENTENCES]
        as_written = [wrong(client, text, words(said)) for text, said in zip(SENTENCES, readings, strict=True)]
        as_words = [wrong(client, said, words(said)) for said in readings]
    assert sum(as_written) <= sum(as_words)
    assert sum(as_words) < sum(len(said.split()) for said in readings) / 5

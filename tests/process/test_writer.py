"""Text that arrives in tokens with pauses, as a language model writes it, is spoken completely."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon, configured
from support.matrix import quick

from steadyvoice.client import Utterance

TEXT = (
    "Sure! Here's what I'd do: first, boil 1.5 litres of water. Dr. Hale says it takes about 4 minutes, "
    "i.e. less than you'd think… Then add the café's own blend - roughly 30 g - and wait.\n\nDone? "
    "Good; pour it slowly, in circles, and enjoy."
)


@pytest.fixture(scope="module", params=["10", "0.05"], ids=["patient", "impatient"])
def daemon(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    """Patient: the timeout of an incomplete sentence is longer than all pauses of the writer; impatient: shorter."""
    with configured(
        tmp_path_factory.mktemp("user"),
        cache,
        f'audio.device = "null"\nincomplete_sentence_timeout_s = {request.param}\n',
    ) as daemon:
        daemon.env["PATIENT"] = str(request.param == "10")
        yield daemon


def tokens(text: str, seed: int) -> Iterator[tuple[str, float]]:
    """Tokens of one to eight characters, each with the pause before it in seconds: mostly 0, at most 0.2."""
    chance, at = random.Random(seed), 0
    while at < len(text):
        size = chance.randrange(1, 9)
        yield text[at : at + size], chance.choice([0, 0, 0, 0.002, 0.01, 0.2 * (chance.random() < 0.3)])
        at += size


def write(utterance: Utterance, text: str, seed: int) -> None:
    with utterance:
        for token, pause in tokens(text, seed):
            time.sleep(pause)
            utterance.append(token)


@pytest.mark.parametrize("seed", quick(1, range(3)))
def test_a_stream_has_the_whole_text(daemon: Daemon, seed: int) -> None:
    with daemon.client() as client:
        stream = client.open_stream()
        write(stream, TEXT, seed)
        heard = np.concatenate(list(stream))
        assert stream.finished is not None
        assert (stream.finished.reason, stream.finished.heard_chars) == ("done", len(TEXT))
        whole = np.concatenate(list(client.stream(TEXT)))
    if daemon.env["PATIENT"] == "True":
        np.testing.assert_array_equal(heard, whole)
    else:
        assert len(heard) > 0.8 * len(whole)


def test_the_device_plays_the_whole_text(daemon: Daemon) -> None:
    text = TEXT[:48]
    with daemon.client() as client:
        utterance = client.open(rate=2.0)
        write(utterance, text, 5)
        finished = utterance.wait()
        assert (finished.reason, finished.heard_chars) == ("done", len(text))
        whole = client.stream(text, rate=2.0)
        assert finished.duration_s > 0.8 * sum(map(len, whole)) / whole.sample_rate


def test_concurrent_writers_on_one_connection(daemon: Daemon) -> None:
    """Eight utterances receive their tokens in turn; each is complete."""
    with daemon.client() as client:
        streams = [client.open_stream() for _ in range(8)]
        for token, _ in tokens(TEXT, 7):
            for stream in streams:
                stream.append(token)
        for stream in streams:
            stream.finish()
        heard = [np.concatenate(list(stream)) for stream in streams]
        assert {stream.finished.heard_chars for stream in streams if stream.finished} == {len(TEXT)}
        if daemon.env["PATIENT"] == "True":
            whole = np.concatenate(list(client.stream(TEXT)))
            for each in heard:
                np.testing.assert_array_equal(each, whole)

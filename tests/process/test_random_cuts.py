"""The samples of a text that is appended in pieces: those of the whole text, from the daemon and the real voice."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clients import NULL
from support.daemon import Daemon
from support.matrix import examples
from support.random_texts import KINDS

from steadyvoice.client import Client

CONFIGURATION = NULL + "incomplete_sentence_timeout_s = 10\n"  # so that a busy machine cuts no sentence
BEGIN = "Go on. Then "
"""The first sentence is complete in the first piece: its first clause is not spoken early."""


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_cuts_change_no_sample(daemon: Daemon, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(list(KINDS)).flatmap(KINDS.__getitem__))
    first = f"<speak>{BEGIN}" if text.startswith("<speak>") else BEGIN
    text = text.removeprefix("<speak>")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=1, max_size=8)))
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(first + text)))
        np.testing.assert_array_equal(appended(client, first, text, cuts), whole)


def appended(client: Client, first: str, text: str, cuts: list[int]) -> np.ndarray:
    stream = client.open_stream()
    stream.append(first)
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        stream.append(text[start:end])
    stream.finish()
    return np.concatenate(list(stream))

"""``mark`` events and ``heard_chars``: by the device's clock, or for a client stream by the samples that were read."""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from support.daemon import Daemon, configured, eventually
from support.matrix import quick
from support.unvalidated_client import UnvalidatedClient

from steadyvoice.client import Mark, Utterance
from steadyvoice.ipc import null_device_log

TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill. Nobody said a word "
    "until we reached the bridge. Then she laughed."
)
WORDS = [(match.start(), match.end()) for match in re.finditer(r"[A-Za-z]+", TALE)]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "play.log"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, log: Path) -> Iterator[Daemon]:
    with configured(tmp_path_factory.mktemp("user"), cache, f'audio.device = "null:{log}"\n') as daemon:
        yield daemon


@pytest.fixture(scope="module")
def spoken_utterance(daemon: Daemon) -> Utterance:
    """TALE, played to its end on the device."""
    with daemon.client() as client:
        utterance = client.speak(TALE, rate=2.0)
        utterance.wait()
    return utterance


def spoken(marks: list[Mark]) -> list[tuple[int, int]]:
    """The marked words without adjacent punctuation."""
    found = [re.search(r"[A-Za-z]+", TALE[mark.start : mark.end]) for mark in marks]
    return [(m.start + word.start(), m.start + word.end()) for m, word in zip(marks, found, strict=True) if word]


def test_every_word_is_marked_once_and_in_order(spoken_utterance: Utterance) -> None:
    finished = spoken_utterance.finished
    assert finished is not None
    assert finished.reason == "done"
    assert finished.heard_chars == len(TALE)
    assert spoken(spoken_utterance.marks) == WORDS
    times = [mark.at_s for mark in spoken_utterance.marks]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] < finished.duration_s


def test_a_stream_has_the_same_marks_as_the_device(daemon: Daemon, spoken_utterance: Utterance) -> None:
    with daemon.client() as client:
        stream = client.stream(TALE, rate=2.0)
        for _ in stream:
            assert stream.finished is None
    assert [(m.start, m.end) for m in stream.marks] == [(m.start, m.end) for m in spoken_utterance.marks]
    assert [m.at_s for m in stream.marks] == pytest.approx([m.at_s for m in spoken_utterance.marks], abs=1e-3)


def test_a_stream_has_marks_only_for_samples_that_were_read(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(TALE)
        taken = 0
        for block in stream:
            taken += len(block)
            if taken > 2 * stream.sample_rate:
                break
        finished = stream.cancel()
    assert finished.duration_s == pytest.approx(taken / stream.sample_rate, abs=1e-4)
    assert all(mark.at_s <= finished.duration_s for mark in stream.marks)
    assert finished.heard_chars in [mark.end for mark in stream.marks[-2:]]


@pytest.mark.parametrize(("reported_s", "heard_s"), [(1.0, 1.0), (0.0, 0.0), (100.0, 2.0)])
def test_a_stream_that_is_passed_on_was_heard_as_far_as_reported(
    daemon: Daemon, reported_s: float, heard_s: float
) -> None:
    """The client has taken two seconds, which is the most that its listener can have heard."""
    with daemon.client() as client:
        stream = client.stream(TALE, format="s16")
        taken = 0
        while taken < 2 * stream.sample_rate:
            taken += len(stream.read()) // 2
        stream.report_position(int(reported_s * stream.sample_rate))
        finished = stream.cancel()
    assert finished.duration_s == pytest.approx(taken / stream.sample_rate, abs=1e-4)
    begun = [mark.end for mark in stream.marks if mark.at_s < heard_s]
    assert finished.heard_chars in [0, *begun][-2:]


def test_a_position_is_refused_for_the_device_and_for_an_unknown_utterance(daemon: Daemon) -> None:
    with UnvalidatedClient(daemon.socket, json=True) as peer:
        spoken = peer.ask(type="speak", text=TALE)["id"]
        assert peer.ask(type="position", id=spoken, samples=1)["code"] == "bad_message"
        assert peer.ask(type="position", id=spoken + 1, samples=1)["code"] == "unknown_utterance"


@pytest.mark.parametrize("seed", quick(2, range(10)))
def test_a_cancelled_utterance_was_heard_to_the_word_on_the_device(daemon: Daemon, log: Path, seed: int) -> None:
    """``heard_chars`` ends with the last word that had begun on the device, or with the word before it."""
    with daemon.client() as client:
        stream = client.stream(TALE, rate=2.0)
        for _ in stream:
            assert stream.finished is None
        log.write_bytes(b"")
        utterance = client.speak(TALE, rate=2.0)
        until = Random(seed).uniform(0.1, 3)
        eventually(lambda: sum(block.sounding for block in null_device_log.read(log)) > until * null_device_log.RATE)
        finished = utterance.cancel()
    begun = sum(mark.at_s < finished.duration_s for mark in stream.marks)
    assert finished.heard_chars in ([0, *(mark.end for mark in stream.marks)][max(0, begun - 1) : begun + 1])
    assert len(utterance.marks) == begun

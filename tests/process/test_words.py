"""``heard_chars``: the words that were heard, from the generator's word times."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, eventually

from steadyvoice.ipc import null_device_log
from steadyvoice.workers.engines.engine import Word
from steadyvoice.workers.engines.hibari import Hibari
from steadyvoice.workers.engines.hibari.dsp import HOP, RATE
from steadyvoice.workers.generation.segmenter import Segmenter

TALE = (
    "When the rain finally stopped,\n we walked home through the  quiet streets, past the old mill, and nobody said a "
    "word until we reached the bridge. Then Dr. Smith laughed: 42 times!\u200b It was the first time in weeks 🎉 \n\n"
    "- and I did not know why. "
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of the null device: the blocks that it received."""
    return tmp_path_factory.mktemp("played") / "log"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, log: Path) -> Iterator[Daemon]:
    with configured(
        tmp_path_factory.mktemp("user"), cache, f'engines = ["hibari", "paced"]\naudio.device = "null:{log}"\n'
    ) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def word_ends() -> list[tuple[int, int]]:
    """The end of each word, in characters of TALE and in samples at 24 kHz, computed by the engine alone."""
    generator, segmenter, frames, ends = Hibari().generator(), Segmenter(), 0, []
    segmenter.feed(TALE)
    segmenter.close()
    for segment in iter(segmenter.next, None):
        before = frames
        for part in generator.generate(segment.text, "heart", 1.0, more=segment.more):
            if isinstance(part, Word):
                _, end = segment.raw(part.start, part.end)
                ends.append((end, (before + part.ends) * HOP))
            else:
                frames += len(part)
    return ends


def heard_chars(ends: list[tuple[int, int]], samples: float) -> int:
    return max((chars for chars, end in ends if end <= samples), default=0)


def test_word_ends_match_the_text(word_ends: list[tuple[int, int]]) -> None:
    words = [TALE[:chars].split()[-1] for chars, _ in word_ends]
    assert words == [word.strip(",.:!\u200b") if word != "Dr." else word for word in TALE.split() if word not in "🎉-"]


@pytest.mark.parametrize("seconds", [0.4, 0.8, 3.0, 5.5, 9.0])
def test_a_cancelled_stream_reports_the_words_in_the_samples_that_were_read(
    daemon: Daemon, word_ends: list[tuple[int, int]], seconds: float
) -> None:
    with daemon.client() as client:
        stream = client.stream(TALE)
        taken = 0
        for block in stream:
            taken += len(block)
            if taken >= seconds * RATE:
                break
        finished = stream.cancel()
    assert finished.heard_chars == heard_chars(word_ends, taken)
    assert 0 < finished.heard_chars < len(TALE)


def test_a_cancelled_utterance_reports_the_words_that_the_device_played(
    daemon: Daemon, word_ends: list[tuple[int, int]], log: Path
) -> None:
    """The device's sample rate is twice the voice's."""
    with daemon.client() as client:
        speech = client.speak(TALE)
        eventually(lambda: sum(block.sounding for block in null_device_log.read(log)) > 2 * 48000)
        finished = speech.cancel()
    assert finished.reason == "cancelled"
    near = 1e-4 * RATE  # the precision of duration_s
    possible = {heard_chars(word_ends, finished.duration_s * RATE + off) for off in (-near, near)}
    assert finished.heard_chars in possible
    assert 0 < finished.heard_chars < len(TALE)


@pytest.mark.parametrize(("voice", "text"), [("paced", "0/0/50 0/0/50.\n\n0/0/100 "), ("heart", "It is over... 🎉 ")])
def test_a_finished_utterance_was_heard_completely(daemon: Daemon, voice: str, text: str) -> None:
    with daemon.client() as client:
        assert client.speak(text, voice=voice).wait().heard_chars == len(text)


def test_an_engine_without_word_times_reports_whole_segments(daemon: Daemon) -> None:
    text = "0/0/100 0/0/100.\n\n0/0/200\n\n0/0/9000"
    with daemon.client() as client:
        stream = client.stream(text, voice="paced")
        ends = [(text.index(".") + 1, 2 * RATE), (text.index("200") + 3, 4 * RATE)]
        taken = 0
        for block in stream:
            taken += len(block)
            if taken >= 2.5 * RATE:
                break
        finished = stream.cancel()
    assert finished.heard_chars == heard_chars(ends, taken)

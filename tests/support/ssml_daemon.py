"""What the tests of SSML share: a daemon with a second engine, and what is heard of a document."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from steadyvoice.client import Finished, Mark
from support.daemon import Daemon, configured, first_on_path
from support.plugins import install

RATE = 24_000
VOICES = """
class Plugin(Plugin):
    \"\"\"Two voices, which differ in both halves of the engine, and no word times.\"\"\"
    def voices(self):
        return [Voice("low", "en-US", 24000, "CC0-1.0"), Voice("high", "de-DE", 24000, "CC0-1.0"),
                Voice("fast", "fr-FR", 48000, "CC0-1.0")]
    def generate(self, text, voice, rate, *, more):
        yield np.full((len(text.split()), 1), 0.25 if voice == "low" else 0.5, np.float32)
    def vocoder(self, voice, follower):
        vocoder = Plugin()
        vocoder.sign = 1 if voice == "low" else -1
        return vocoder
    def push(self, frames):
        return np.repeat(frames[:, 0] * self.sign, 2400)
"""


@contextmanager
def ssml_daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    """With the embedded voice, and those of an engine that has no word times."""
    home = tmp_path_factory.mktemp("user")
    install(place := tmp_path_factory.mktemp("packages"), "engines", "two", VOICES)
    settings = 'engines = ["hibari", "two"]\naudio.device = "null"\n'
    with configured(home, cache, settings, PYTHONPATH=first_on_path(place)) as daemon:
        yield daemon


class Heard:
    def __init__(self, pcm: NDArray[np.float32], marks: Sequence[Mark], finished: Finished) -> None:
        self.pcm, self.finished = pcm, finished
        self.words = [(mark.start, mark.end, mark.at_s) for mark in marks if not mark.name]
        self.marks = {mark.name: mark.at_s for mark in marks if mark.name}


def hear(daemon: Daemon, text: str, **options: object) -> Heard:
    with daemon.client() as client:
        stream = client.stream(text, **options)  # type: ignore[arg-type]
        pcm = np.concatenate([np.zeros(0, np.float32), *stream])
    assert stream.finished is not None
    return Heard(pcm, stream.marks, stream.finished)


def same(one: NDArray[np.float32], other: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(one, other)

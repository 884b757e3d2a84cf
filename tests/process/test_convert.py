"""A voice sent through a converter: the same words at the same times, in another pitch; and through one's files."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from support.daemon import Daemon

from steadyvoice.workers.converters.rvc.f0 import SwiftF0

pytestmark = pytest.mark.realtime

TALE = (
    "When the rain finally stopped, we walked home. Nobody said a word until we reached the bridge. Then she laughed."
)
RATE = 24_000
CONFIGURATION = 'audio.device = "null"\n'

Samples = NDArray[np.float32]


def pitch(samples: Samples) -> Samples:
    """Hertz, every 10 ms; 0 where there is no voice."""
    at_16k = soxr.resample(samples, RATE, 16_000)
    return SwiftF0()(at_16k[: len(at_16k) // 160 * 160])


def test_another_pitch_and_the_same_words(daemon: Daemon) -> None:
    with daemon.client() as client:
        plain = client.stream(TALE)
        as_it_is = np.concatenate(list(plain))
        for semitones in (-5.0, 4.0):
            shifted = client.stream(TALE, pitch=semitones)
            moved = np.concatenate(list(shifted))
            assert len(moved) == len(as_it_is)
            assert shifted.marks == [type(m)(shifted.id, m.start, m.end, m.at_s) for m in plain.marks]
            before, after = pitch(as_it_is), pitch(moved)
            voiced = (before > 0) & (after > 0)
            assert voiced.mean() > 0.3
            ratio = np.median(after[voiced] / before[voiced])
            assert 12 * np.log2(ratio) == pytest.approx(semitones, abs=0.2)


def test_moved_by_nothing_it_is_the_same(daemon: Daemon) -> None:
    with daemon.client() as client:
        plain = np.concatenate(list(client.stream(TALE)))
        np.testing.assert_array_equal(np.concatenate(list(client.stream(TALE, converter="shift"))), plain)


def test_loudness_stays_where_it_was(daemon: Daemon) -> None:
    """What a converter holds back comes out in its place: no word earlier or later by more than a hundredth."""
    with daemon.client() as client:
        plain, moved = (np.concatenate(list(client.stream(TALE, **how))) for how in ({}, {"formant": 3.0}))
    size = RATE // 100
    loudness = [np.sqrt((s[: len(s) // size * size].reshape(-1, size) ** 2).mean(1)) for s in (plain, moved)]
    likeness = [np.corrcoef(loudness[0][4:-4], np.roll(loudness[1], lag)[4:-4])[0, 1] for lag in range(-4, 5)]
    assert abs(int(np.argmax(likeness)) - 4) <= 1
    assert max(likeness) > 0.9


def test_from_the_command_line(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "deep.wav"
    done = daemon.svctl("speak", "--pitch", "-4", "Hello there.", "-o", str(file))
    assert done.returncode == 0, done.stderr
    with wave.open(str(file)) as heard:
        assert heard.getnframes() > RATE / 2
    names = [each["name"] for each in json.loads(daemon.svctl("converters", "--json").stdout)]
    assert names == ["shift"]


def test_on_the_device_and_cancelled_to_the_word(daemon: Daemon) -> None:
    sentence = TALE.partition(" Nobody")[0]
    with daemon.client() as client:
        plain = client.speak(sentence, rate=2.0).wait()
        utterance = client.speak(sentence, rate=2.0, pitch=3.0, formant=-2.0)
        moved = utterance.wait()
        assert (moved.reason, moved.duration_s) == ("done", plain.duration_s)
        cut = client.speak(sentence, rate=2.0, pitch=3.0)
        while len(cut.marks) < 5:
            client.receive()
        finished = cut.cancel()
        assert finished.heard_chars in [mark.end for mark in utterance.marks[3:7]]

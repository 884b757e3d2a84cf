"""Voice conversion by the converter ``shift``: another pitch, with the same words at the same times."""

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
    """Pitch in hertz, every 10 ms; 0 where the sound is unvoiced."""
    at_16k = soxr.resample(samples, RATE, 16_000)
    return SwiftF0()(at_16k[: len(at_16k) // 160 * 160])


def test_pitch_changes_and_words_keep_their_times(daemon: Daemon) -> None:
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


def test_conversion_by_zero_semitones_changes_no_sample(daemon: Daemon) -> None:
    with daemon.client() as client:
        plain = np.concatenate(list(client.stream(TALE)))
        np.testing.assert_array_equal(np.concatenate(list(client.stream(TALE, converter="shift"))), plain)


def test_a_converter_shifts_no_sound_in_time(daemon: Daemon) -> None:
    """The loudness over time stays the same within 10 ms, although the converter buffers samples."""
    with daemon.client() as client:
        plain, moved = (np.concatenate(list(client.stream(TALE, formant=formant))) for formant in (0.0, 3.0))
    size = RATE // 100
    loudness = [np.sqrt((s[: len(s) // size * size].reshape(-1, size) ** 2).mean(1)) for s in (plain, moved)]
    likeness = [np.corrcoef(loudness[0][4:-4], np.roll(loudness[1], lag)[4:-4])[0, 1] for lag in range(-4, 5)]
    assert abs(int(np.argmax(likeness)) - 4) <= 1
    assert max(likeness) > 0.9


def test_pitch_option_of_svctl_speak(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "deep.wav"
    done = daemon.svctl("speak", "--pitch", "-4", "Hello there.", "-o", str(file))
    assert done.returncode == 0, done.stderr
    with wave.open(str(file)) as heard:
        assert heard.getnframes() > RATE / 2
    names = [each["name"] for each in json.loads(daemon.svctl("converters", "--json").stdout)]
    assert names == ["shift"]


def test_converted_speech_on_the_device_counts_the_heard_words(daemon: Daemon) -> None:
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

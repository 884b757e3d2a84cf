"""A real voice of Piper (joe, CC0) in a real daemon: heard by a recogniser, and after kills."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from support.daemon import Daemon, alive, configured, eventually
from support.gateway import real_client
from support.recogniser import Recogniser, errors, words
from support.store import Home

from steadyvoice.client import RequestRefused, UtteranceFailed
from steadyvoice.workers.engines.engine import Downstream, Word
from steadyvoice.workers.engines.piper import Piper
from steadyvoice.workers.engines.piper.published import HOP
from steadyvoice.workers.text.front_end import spoken

NAME = "en_US-joe-medium"
RATE = 22050
TEXT = "When the rain finally stopped, we walked home through the quiet streets, past the old mill."
LONG = f"{TEXT} Then she laughed, for the first time in weeks. Nobody said a word until we reached the bridge."
NEAR_S = 0.05
CONFIGURATION = 'engines = ["hibari", "piper"]\nmodels.preload = ["piper"]\naudio.device = "null"\n'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A store with the voice, added from its published files."""
    home = Home(tmp_path_factory.mktemp("joe"), cache)
    done = home.does("voices", "add", real_client("joe"))
    assert (done["name"], done["what"]) == (NAME, "Piper, en-US, 22050 Hz")
    return home.data


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path, data: Path) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("user")
    with configured(home, cache, CONFIGURATION, STEADYVOICE_DATA=str(data)) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def piper(data: Path, cache: Path) -> Iterator[Piper]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEADYVOICE_DATA", str(data))
        patch.setenv("STEADYVOICE_CACHE", str(cache / "steadyvoice"))
        yield Piper()


def programs(generator: int) -> list[int]:
    """The processes of espeak-ng that the generator waits for."""
    return [int(pid) for pid in Path(f"/proc/{generator}/task/{generator}/children").read_text().split()]


def sounds(pcm: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Intervals of sound in seconds; gaps of less than 50 ms do not count."""
    step = RATE // 1000
    level = np.sqrt(np.convolve(pcm**2, np.ones(5 * step) / (5 * step), "same"))[::step]
    loud = np.flatnonzero(level > 0.03 * level.max())
    breaks = np.flatnonzero(np.diff(loud) > 50)
    first, last = loud[np.append(0, breaks + 1)], loud[np.append(breaks, -1)]
    return [*zip(first * step / RATE, last * step / RATE, strict=True)]


def stream(daemon: Daemon, text: str, voice: str = NAME) -> NDArray[np.float32]:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(text, voice=voice)))


def test_it_says_the_text(daemon: Daemon, recogniser: Recogniser) -> None:
    with daemon.client() as client:
        (joe,) = [voice for voice in client.voices() if voice.name == NAME]
        assert (joe.language, joe.licence, joe.sample_rate, joe.installed) == ("en-US", "CC0", RATE, True)
    pcm = stream(daemon, LONG)
    heard = recogniser.words(np.asarray(soxr.resample(pcm, RATE, 16000), np.float32))
    assert errors(words(LONG), heard) <= 1


def test_words_are_heard_in_time(daemon: Daemon) -> None:
    with daemon.client() as client:
        opened = client.stream(TEXT, voice=NAME)
        taken = 0
        for block in opened:
            taken += len(block)
            if taken >= 2 * RATE:
                break
        finished = opened.cancel()
    assert TEXT[: finished.heard_chars].split()[-1] in ("finally", "stopped", "we", "walked", "home")


def test_a_replaced_stage_continues_with_the_same_samples(daemon: Daemon) -> None:
    expected = stream(daemon, LONG)
    for stage in ("generator", "vocoder"):
        with daemon.client() as client:
            blocks = iter(opened := client.stream(LONG, voice=NAME))
            taken = [next(blocks)]
            os.kill(daemon.pids("piper")[stage], signal.SIGKILL)
            taken += blocks
            assert opened.finished is not None
        assert len(np.concatenate(taken)) == len(expected)
        np.testing.assert_allclose(np.concatenate(taken), expected, atol=2e-6)


def test_a_killed_program_is_replaced(daemon: Daemon) -> None:
    expected = stream(daemon, TEXT)
    generator = daemon.pids("piper")["generator"]
    (program,) = programs(generator)
    os.kill(program, signal.SIGKILL)
    np.testing.assert_allclose(stream(daemon, TEXT), expected, atol=2e-6)
    (another,) = programs(generator)
    assert another != program
    assert daemon.pids("piper")["generator"] == generator


def test_a_program_that_hangs_fails_one_utterance(daemon: Daemon) -> None:
    stream(daemon, TEXT)
    generator = daemon.pids("piper")["generator"]
    (program,) = programs(generator)
    os.kill(program, signal.SIGSTOP)
    why = r"espeak-ng has not answered after 1\.4 s and was killed"
    with daemon.client() as client, pytest.raises(UtteranceFailed, match=why):
        client.speak(TEXT, voice=NAME).wait()
    assert not alive(program)
    assert len(stream(daemon, TEXT)) > RATE
    assert daemon.pids("piper")["generator"] == generator


def test_the_program_ends_with_the_daemon(make_daemon: Callable[..., Daemon], data: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIGURATION)
    daemon = make_daemon("--config", str(tmp_path / "config.toml"), STEADYVOICE_DATA=str(data)).ready()
    left = programs(daemon.pids("piper")["generator"])
    assert len(left) == 1
    assert daemon.stop() == 0
    eventually(lambda: not any(map(alive, left)))


def test_without_the_program(make_daemon: Callable[..., Daemon], data: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIGURATION)
    (tmp_path / "none").mkdir()
    env = {"STEADYVOICE_DATA": str(data), "PATH": str(tmp_path / "none")}
    daemon = make_daemon("--config", str(tmp_path / "config.toml"), **env).ready()
    (reason,) = [each["reason"] for each in daemon.status()["left_out"] if NAME in each["what"]]
    assert reason.startswith("the program espeak-ng, which makes phonemes of texts, is not installed")
    with daemon.client() as client:
        assert {voice.name: voice.installed for voice in client.voices()}[NAME] is False
        with pytest.raises(RequestRefused, match=NAME):
            client.speak("Hello.", voice=NAME)
        assert sum(map(len, client.stream("Hello there."))) > 12000


@pytest.mark.parametrize("text", ["Yes.", TEXT])
def test_chunked_is_the_whole(piper: Piper, text: str) -> None:
    parts = piper.generator().generate(spoken(text, "en-US"), NAME, 1.0, more=False)
    frames = np.concatenate([part for part in parts if not isinstance(part, Word)])
    vocoder = piper.vocoder(NAME, Downstream())
    (decoder,) = piper._decoders.values()
    expected = decoder(frames, 0)
    assert np.abs(expected).max() > 0.1
    for size in (1, 7, 21):
        vocoder = piper.vocoder(NAME, Downstream())
        pcm = [vocoder.push(frames[at : at + size]) for at in range(0, len(frames), size)]
        np.testing.assert_allclose(np.concatenate([*pcm, vocoder.finish()]), expected, atol=2e-6)


@pytest.mark.parametrize("text", ["No, no, no, no, no.", "Yes, maybe, never, always, only, now, again."])
def test_words_after_a_pause(piper: Piper, text: str) -> None:
    """Each begins with its sound."""
    parts = list(piper.generator().generate(spoken(text, "en-US"), NAME, 1.0, more=False))
    begins = [part.begins * HOP / RATE for part in parts if isinstance(part, Word)]
    piper.vocoder(NAME, Downstream())
    (decoder,) = piper._decoders.values()
    pcm = decoder(np.concatenate([part for part in parts if not isinstance(part, Word)]), 0)
    found = [begin for begin, _ in sounds(pcm)]
    assert len(found) > 3
    assert max(min(abs(begin - at) for begin in begins) for at in found) < NEAR_S

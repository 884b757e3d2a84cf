"""Text in another language is spoken by the voice that is configured for it, also after a stage was killed."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import BIN, Daemon, eventually, first_on_path, user_env
from support.plugins import install
from support.ssml_daemon import VOICES, hear, same

WITHOUT = 'engines = ["two"]\nvoice = "low"\naudio.device = "null"\n'
WITH = f'{WITHOUT}languages = {{ de = "auto", fr = "fast" }}\n'
GERMAN = "Wir haben gestern nicht mehr als das gefunden, was wir suchten."
SHORT = "Ja, gut."
TEXT = f"He said this. {GERMAN} {SHORT} Then he left. {GERMAN}"
LOW, HIGH = [0.25] * 3, [-0.5]
"""What the two voices of the engine say for each word."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("user")
    install(place := tmp_path_factory.mktemp("packages"), "engines", "two", VOICES)
    (home / "config.toml").write_text(WITH)
    env = user_env(home, cache, PYTHONPATH=first_on_path(place))
    daemon = Daemon(env, ["--config", str(home / "config.toml")], ["setsid", BIN / "svd"]).start().ready()
    yield daemon
    assert daemon.stop() == 0, daemon.log


def test_a_segment_at_a_time(daemon: Daemon) -> None:
    heard = hear(daemon, TEXT)
    german = HIGH * len(GERMAN.split())
    same(heard.pcm[::2400], np.array([*LOW, *german, *HIGH * 2, *LOW, *german], np.float32))
    assert heard.finished.unread_languages == []
    assert heard.finished.heard_chars == len(TEXT)
    with daemon.client() as client:
        assert [each.language for each in client.read(TEXT).segments] == ["en-US", *["de-DE"] * 2, "en-US", "de-DE"]


@pytest.mark.parametrize("stage", ["generator", "vocoder"])
@pytest.mark.parametrize("share", [0.2, 0.6])
def test_a_replay_has_the_same_voices(daemon: Daemon, stage: str, share: float) -> None:
    expected = hear(daemon, TEXT)
    with daemon.client() as client:
        stream, heard, pid = client.stream(TEXT), [np.zeros(0, np.float32)], daemon.pids()[stage]
        for block in stream:
            heard.append(block)
            if pid and sum(map(len, heard)) >= share * len(expected.pcm):
                os.kill(pid, signal.SIGKILL)
                pid = 0
    same(np.concatenate(heard), expected.pcm)
    assert [(mark.start, mark.end, mark.at_s) for mark in stream.marks] == expected.words
    eventually(lambda: all(each["state"] == "ready" for each in daemon.status()["stages"]))


def test_a_voice_that_can_never_be_used_is_in_the_log(daemon: Daemon) -> None:
    assert daemon.log.count("the voice 'fast' for 'fr' in [languages] is left out: two has no voice of another") == 1


def test_a_reload_changes_what_is_spoken(daemon: Daemon) -> None:
    """The last test: German has no voice after it."""
    Path(daemon.args[1]).write_text(WITHOUT)
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: hear(daemon, TEXT).finished.unread_languages == ["de"])
    same(
        hear(daemon, TEXT).pcm[::2400],
        hear(daemon, "He said this. German text. Then he left. German text.").pcm[::2400],
    )

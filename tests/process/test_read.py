"""``read``: how a text would be read, through the socket and svctl, beside speech, and when the generator dies."""

import json
import os
import signal
import subprocess
import threading

import pytest
from support.clients import LONG, NULL
from support.daemon import Daemon, eventually
from support.svctl import SVCTL

from steadyvoice.client import RequestRefused

CONFIGURATION = NULL
TEXT = "Take .5 mg at 7:30 pm. See [the guide](/install/) on 3/4/2025."


def test_words_and_their_characters(daemon: Daemon) -> None:
    with daemon.client() as client:
        reading = client.read(TEXT)
    assert reading.words == (
        "Take point five milligrams at seven thirty P M. See the guide on March fourth, twenty twenty five."
    )
    assert reading.phonemes.startswith("t\u02c8Ak p\u02c8Ynt f\u02c8Iv")
    first, second = reading.segments
    assert (TEXT[first.start : first.end], first.language) == ("Take .5 mg at 7:30 pm.", "en-US")
    assert [(word.word, TEXT[word.start : word.end]) for word in second.origins[:4]] == [
        ("See", "See"), ("the", "the"), ("guide", "guide"), ("on", "on"),
    ]  # fmt: skip


def test_refusals(daemon: Daemon) -> None:
    with daemon.client() as client:
        with pytest.raises(RequestRefused, match="there is no voice 'nobody'"):
            client.read("Hello.", voice="nobody")
        with pytest.raises(RequestRefused, match="10001 characters") as refused:
            client.read("a" * 10_001)
        assert refused.value.code == "text_too_long"
        with pytest.raises(RequestRefused, match="nothing to say") as refused:
            client.read("***")
        assert refused.value.code == "text_empty"
        assert len(client.read("a b " * 2500).segments) > 10


def test_reading_while_speaking_changes_no_sample(daemon: Daemon) -> None:
    with daemon.client() as client, daemon.client() as another:
        alone = b"".join(block.tobytes() for block in client.stream(LONG))
        heard: list[bytes] = []
        listener = threading.Thread(target=lambda: heard.extend(block.tobytes() for block in client.stream(LONG)))
        listener.start()
        for _ in range(20):
            assert another.read(TEXT).words
        listener.join()
    assert b"".join(heard) == alone


def test_a_generator_that_dies_meanwhile(daemon: Daemon) -> None:
    before = daemon.pids()["generator"]
    with daemon.client() as client:
        os.kill(before, signal.SIGSTOP)
        killer = threading.Timer(0.1, os.kill, (before, signal.SIGKILL))
        killer.start()
        with pytest.raises(RequestRefused, match="the generator ended while it read the text") as refused:
            client.read(TEXT)
        killer.join()
        assert refused.value.code == "stage_failed"
        eventually(lambda: daemon.pids()["generator"] not in (0, before))
        assert client.read("Yes.").words == "Yes."


def svctl(daemon: Daemon, *words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run([SVCTL, *words], env=daemon.env, input=text, capture_output=True, text=True, timeout=60)


def test_svctl(daemon: Daemon) -> None:
    done = svctl(daemon, "read", "It's", "7:30 pm.", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert found["words"] == "It's seven thirty P M."
    assert set(found) == {"words", "phonemes", "segments"}
    assert {"text", "words", "phonemes", "start", "end"} <= set(found["segments"][0])
    shown = svctl(daemon, "read", "-", text="Add ⅓ cup.").stdout
    assert shown.splitlines()[:3] == ["0-10 en-US", "  text      Add ⅓ cup.", "  words     Add one third cup."]


def test_svctl_says_that_there_is_nothing(daemon: Daemon) -> None:
    done = svctl(daemon, "read", "***")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "svctl: there is nothing to say in this text; give some words\n"

"""``read``: how a text would be read, through the socket and svctl, beside speech, and when the generator dies."""

import json
import os
import re
import shlex
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from support.clients import LONG, NULL
from support.daemon import Daemon, eventually
from support.svctl import SVCTL

from steadyvoice.client import RequestRefused

CONFIGURATION = NULL
LEXICON_DOC = Path(__file__).parents[2] / "docs" / "lexicon.md"
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


def test_pronunciations(daemon: Daemon) -> None:
    with daemon.client() as client:
        assert client.read("Ask nginx.", lexicon={"nginx": "engine x"}).words == "Ask engine x."
        assert client.read("Ask nginx.").words == "Ask nginx."
        longest = {f"{number:04}" + "\U0001f600" * 20: "\U0001f600" * 20 + "a" for number in range(109)}
        assert len(client.read("\U0001f600" * 10_000, lexicon=longest).segments) > 10
        for lexicon, why in (
            ({"x": "/y"}, "'x' in the lexicon: a pronunciation in IPA begins and ends with /"),
            ({f"{number:04}": "x" * 100 for number in range(200)}, "the lexicon has 21403 bytes and may have 20000"),
        ):
            with pytest.raises(RequestRefused, match=why) as refused:
                client.read("Hello.", lexicon=lexicon)
            assert (refused.value.code, refused.value.field) == ("out_of_range", "lexicon")


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


def test_svctl_with_pronunciations(daemon: Daemon) -> None:
    (line,) = re.findall(r"^svctl (read --lexicon .*)$", LEXICON_DOC.read_text(), re.M)
    (segment,) = json.loads(svctl(daemon, *shlex.split(line), "--json").stdout)["segments"]
    assert segment["words"] == "engine x sends a GIF."
    assert segment["phonemes"].endswith("\u02a4\u026af.")
    assert json.loads(svctl(daemon, "read", "nginx", "--json").stdout)["words"] == "nginx"
    done = svctl(daemon, "read", "--lexicon", "nginx", "nginx")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'nginx' has no =" in done.stderr


def test_a_document_with_a_language_that_no_voice_reads(daemon: Daemon) -> None:
    text = "<speak>He said <lang xml:lang='fr-FR'>bonjour.</lang> <lang xml:lang='en-GB'>Hello.</lang></speak>"
    with daemon.client() as client:
        reading = client.read(text)
        stream = client.stream(text)
        samples = sum(map(len, stream))
        finished = stream.wait()
        plain = "<speak>He said <lang xml:lang='en-US'>French text.</lang> <lang xml:lang='en-GB'>Hello.</lang></speak>"
        assert samples == sum(map(len, client.stream(plain)))
    assert reading.words == "He said French text. Hello."
    assert [segment.language[:2] for segment in reading.segments] == ["en", "fr", "en"]
    assert (finished.unread_languages, finished.ssml) == (["fr"], "")


def test_svctl_says_that_there_is_nothing(daemon: Daemon) -> None:
    done = svctl(daemon, "read", "***")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "svctl: there is nothing to say in this text; give some words\n"

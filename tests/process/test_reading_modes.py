"""Punctuation, spelling, capitals, characters and keys: spoken and read by a daemon, also after a crash."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.clients import NULL
from support.daemon import Daemon, eventually
from support.svctl import SVCTL

from steadyvoice.client import RequestRefused

CONFIGURATION = NULL
DOC = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("**Hi** <b>(there)</b>", {}, "Hi (there)"),
        ("a * here", {"punctuation": "some"}, "A star here"),
        ("f(x)", {"punctuation": "most"}, "F left paren X right paren"),
        ("**Hi**.", {"punctuation": "all"}, "star star Hi star star dot."),
        ("...", {"punctuation": "all"}, "dot dot dot."),
        ("a-1", {"spelling": True}, "A dash one"),
        ("a **b**", {"spelling": True}, "A space star star B star star"),
        ("Hi NASA", {"capitals": "spell"}, "capital Hi all caps NASA"),
        ("Hi NASA", {"capitals": "icon"}, "Hi NASA"),
        (" ", {"say": "character"}, "space"),
        ("\n", {"say": "character"}, "new line"),
        ("\b", {"say": "character"}, "backspace"),
        ("B", {"say": "character", "capitals": "spell"}, "capital B"),
        ("shift_a", {"say": "key"}, "shift A"),
        ("_", {"say": "key"}, "underscore"),
        ("<speak>Yes, <break/>*no*.</speak>", {"punctuation": "all"}, "Yes comma, star no star dot."),
        ("<speak><say-as interpret-as='digits'>12</say-as></speak>", {"spelling": True}, "one two"),
    ],
)
def test_reading(daemon: Daemon, text: str, options: dict[str, Any], words: str) -> None:
    with daemon.client() as client:
        reading = client.read(text, **options)
        assert reading.words == words
        assert all(0 <= word.start < word.end <= len(text) for each in reading.segments for word in each.origins)


@pytest.mark.parametrize(
    ("text", "options", "plain"),
    [
        ("?", {"punctuation": "all"}, "question"),
        ("b1", {"spelling": True}, "B one"),
        ("Go on", {"capitals": "spell"}, "capital Go on"),
        ("\t", {"say": "character"}, "tab"),
        ("control_c", {"say": "key"}, "control C"),
        ("<speak>Wait, no.</speak>", {"punctuation": "all"}, "Wait comma, no dot."),
    ],
)
def test_speaking_is_that_of_the_words(daemon: Daemon, text: str, options: dict[str, Any], plain: str) -> None:
    with daemon.client() as client:
        stream = client.stream(text, **options)
        samples = np.concatenate(list(stream))
        np.testing.assert_array_equal(samples, np.concatenate(list(client.stream(plain))))
        assert stream.finished is not None
        assert (stream.finished.reason, stream.finished.heard_chars) == ("done", len(text))


def test_a_text_in_pieces(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.open_stream(punctuation="all")
        stream.append("Wait")
        stream.append(", no.")
        stream.finish()
        samples = np.concatenate(list(stream))
        np.testing.assert_array_equal(samples, np.concatenate(list(client.stream("Wait comma, no dot."))))


@pytest.mark.parametrize("text", ["f(x) = 3.14; " * 12, f"<speak>{'f(x) = 3.14; ' * 12}</speak>"])
def test_a_replayed_text_is_read_alike(daemon: Daemon, text: str) -> None:
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(text, punctuation="all")))
        stream = client.stream(text, punctuation="all")
        blocks = iter(stream)
        heard = [next(blocks)]
        before = daemon.pids()["generator"]
        os.kill(before, signal.SIGKILL)
        eventually(lambda: daemon.pids()["generator"] not in (0, before))
        heard += blocks
    np.testing.assert_array_equal(np.concatenate(heard), whole)


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        ({"text": " ", "punctuation": "all"}, "text_empty", "nothing to say"),
        ({"text": "...", "capitals": "spell"}, "text_empty", "nothing to say"),
        ({"text": "", "say": "key"}, "text_empty", "nothing to say"),
        ({"text": "a" * 33, "say": "character"}, "text_too_long", "33 characters and may have 32"),
        ({"text": "a" * 65, "say": "key"}, "text_too_long", "65 characters and may have 64"),
        ({"text": "a", "say": "key", "ssml": True}, "bad_message", "ssml is for say text"),
    ],
)
def test_refusals(daemon: Daemon, options: dict[str, Any], code: str, why: str) -> None:
    with daemon.client() as client, pytest.raises(RequestRefused, match=why) as refused:
        client.speak(**options)
    assert refused.value.code == code


def test_a_character_is_sent_at_once(daemon: Daemon) -> None:
    with daemon.client() as client, pytest.raises(RequestRefused, match="open is for say text"):
        client.open(say="character")


def test_documented_examples(daemon: Daemon) -> None:
    """Those with a reading mode."""
    said = {}
    for line in re.findall(r"^```json\n(.*?)\n```$", DOC, re.M | re.S):
        request = json.loads(line)
        modes = {name: request[name] for name in ("punctuation", "spelling", "capitals", "say") if name in request}
        if modes:
            with daemon.client() as client:
                said[request["text"]] = client.read(request["text"], **modes).words
    assert said == {
        "if (x[3] != 4.5) {": "if left paren X left bracket three right bracket exclaim equals four dot five "
        "right paren left brace",
        "B": "capital B",
        "control_c": "control C",
        "Ann_1": "capital A, N N underscore one",
    }


def test_svctl(daemon: Daemon) -> None:
    def svctl(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([SVCTL, *words], env=daemon.env, capture_output=True, text=True, timeout=60)

    assert json.loads(svctl("read", "--json", "--punctuation", "all", "a.b").stdout)["words"] == "A dot B"
    assert json.loads(svctl("read", "--json", "--spell", "ab").stdout)["words"] == "A B"
    assert svctl("read", "--punctuation", "much", "a").returncode == 2
    assert svctl("speak", "--punctuation", "all", "--", "?!").returncode == 0
    assert svctl("speak", "--spell", "a_b").returncode == 0

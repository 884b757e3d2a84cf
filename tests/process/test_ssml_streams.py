"""SSML that arrives in pieces, after a stage was killed, on the device, and through svctl."""

import json
import os
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon, eventually
from support.matrix import quick
from support.ssml_daemon import RATE, Heard, hear, same, ssml_daemon

FOX = "The quick brown fox jumps over the lazy dog."
DOCS = Path(__file__).parents[2] / "docs" / "ssml.md"

TALE = (
    "<speak>One two <mark name='a'/>three four <prosody rate='fast' volume='soft'>five six.</prosody>"
    "<break time='400ms'/><mark name='b'/>Nobody in the village &amp; the town knows <sub alias='when'>W</sub> it was "
    "built, <break time='1300ms'/> and <mark name='c'/>nobody asks. <s>Seven</s> <prosody pitch='-3st'>eight "
    "<mark name='d'/>nine ten.</prosody><break time='2s'/><mark name='e'/></speak>"
)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with ssml_daemon(tmp_path_factory, cache) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def tale(daemon: Daemon) -> Heard:
    return hear(daemon, TALE)


@pytest.mark.parametrize("size", [1, 13])
def test_a_document_that_arrives_in_pieces(daemon: Daemon, tale: Heard, size: int) -> None:
    with daemon.client() as client, client.open_stream() as stream:
        for at in range(0, len(TALE), size):
            stream.append(TALE[at : at + size])
        stream.finish()
        pcm = np.concatenate(list(stream))
    same(pcm, tale.pcm)
    assert {mark.name: mark.at_s for mark in stream.marks if mark.name} == tale.marks


@pytest.mark.parametrize("stage", ["generator", "vocoder", "converter"])
@pytest.mark.parametrize("share", quick(3, [0.0, 0.5, 0.97, 0.2, 0.35, 0.65, 0.8]))
def test_a_stage_killed_anywhere(daemon: Daemon, tale: Heard, stage: str, share: float) -> None:
    """No sample and no mark is lost, repeated or changed."""
    with daemon.client() as client:
        stream, heard, pid = client.stream(TALE), [np.zeros(0, np.float32)], daemon.pids()[stage]
        for block in stream:
            heard.append(block)
            if pid and sum(map(len, heard)) >= share * len(tale.pcm):
                os.kill(pid, signal.SIGKILL)
                pid = 0
    same(np.concatenate(heard), tale.pcm)
    names = [(mark.start, mark.end, mark.at_s, mark.name) for mark in stream.marks]
    assert names == sorted(set(names), key=names.index)
    assert {mark.name: mark.at_s for mark in stream.marks if mark.name} == tale.marks
    assert [(mark.start, mark.end, mark.at_s) for mark in stream.marks if not mark.name] == tale.words
    eventually(lambda: all(each["state"] == "ready" for each in daemon.status()["stages"]))


@pytest.mark.realtime
def test_on_the_device(daemon: Daemon, tale: Heard) -> None:
    with daemon.client() as client:
        utterance = client.speak(TALE)
        finished = utterance.wait()
    assert (finished.reason, finished.heard_chars) == ("done", len(TALE))
    assert finished.duration_s == pytest.approx(tale.finished.duration_s, abs=0.01)
    marks = {mark.name: mark.at_s for mark in utterance.marks if mark.name}
    assert marks == pytest.approx(tale.marks, abs=0.01)
    assert set(finished.late) <= {"output"}  # no stage that makes samples


def test_a_long_pause_delays_nobody(daemon: Daemon) -> None:
    """It is generated as it is heard."""
    with daemon.client() as client:
        waiting = client.stream("<speak>" + "<break time='10s'/>" * 20 + "Hello.</speak>")
        assert len(next(iter(waiting)))
        assert len(hear(daemon, "Hello there.").pcm)
        waiting.cancel()


def test_a_skipped_sentence_takes_its_pauses_along(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak("<speak>One <break time='10s'/> two. Three.</speak>")
        while utterance.started is None:
            client.receive()
        client.skip("sentence")
        finished = utterance.wait()
    assert finished.reason == "done"
    assert finished.duration_s < 5


def test_svctl(daemon: Daemon) -> None:
    text = "One <break time='1s'/><mark name='m'/> two."
    done = daemon.svctl("speak", "--ssml", "--json", text)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["name"] for event in events if "name" in event] == ["m"]
    assert events[-1]["duration_s"] > 1.3
    done = daemon.svctl("speak", "--ssml", "-", input=text)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("more", [[], ["-o", "speech.wav"]])
def test_svctl_says_what_was_not_obeyed(daemon: Daemon, tmp_path: Path, more: list[str]) -> None:
    done = daemon.svctl("speak", "<speak>this & that</speak>", *more, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.startswith("svctl: not valid SSML, spoken without its tags from character 12 on: ")


def test_the_example_of_the_documentation(daemon: Daemon) -> None:
    (line,) = re.findall(r"^```sh\nsvctl (.*)\n```$", DOCS.read_text(), re.M)
    done = daemon.svctl(*shlex.split(line), "--json")
    assert json.loads(done.stdout.splitlines()[-1])["reason"] == "done"
    assert "ssml" not in json.loads(done.stdout.splitlines()[-1])


def test_many_pauses_of_a_document_that_is_still_written(daemon: Daemon) -> None:
    """All of it is heard, although nothing follows yet."""
    with daemon.client() as client, client.open_stream() as stream:
        stream.append("<speak>" + "<break time='1ms'/>" * 1500)
        taken, blocks = 0, iter(stream)
        while taken < 1500 * 24:
            taken += len(next(blocks))
        stream.append("</speak>")
        stream.finish()
        assert sum(map(len, blocks)) == 0


def test_signs_that_are_said_by_name(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream("<speak>One, <break time='1s'/>two.</speak>", punctuation="all")
        named = np.concatenate(list(stream))
        stream = client.stream("One comma two dot", punctuation="none")
        plain = np.concatenate(list(stream))
    assert len(named) > len(plain) + 0.8 * RATE


def test_a_long_document_is_not_divided(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "long.ssml").write_text("<speak><p>" + "<!-- comment -->" * 8_000 + "Hello.</p></speak>")
    done = daemon.svctl("speak", "--ssml", "-f", "long.ssml", "-o", "speech.wav", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")

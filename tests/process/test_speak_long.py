"""``svctl speak`` with texts longer than one utterance may be, and while playback is paused."""

import itertools
import json
import os
import signal
import subprocess
import wave
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, eventually
from support.matrix import quick
from support.svctl import SVCTL, events

CONFIGURATION = 'audio.device = "null"\nlimits.text_chars = 60\n'
SENTENCE = "One two three four. "
"""20 characters: three of them exceed the length of a part."""

pytestmark = pytest.mark.usefixtures("silent")


def seconds(file: Path) -> float:
    with wave.open(str(file), "rb") as sound:
        return sound.getnframes() / sound.getframerate()


@pytest.mark.parametrize("way", quick(2, ["file", "pipe", "words"]))
def test_a_long_text_is_spoken_in_parts(daemon: Daemon, tmp_path: Path, way: str) -> None:
    text = SENTENCE * 12
    (tmp_path / "book.txt").write_text(text)
    given: dict[str, list[str | Path]] = {"file": ["-f", tmp_path / "book.txt"], "pipe": ["-"], "words": [text]}
    done = daemon.svctl("speak", *given[way], "-o", tmp_path / "x.wav", input=text if way == "pipe" else None)
    assert (done.returncode, done.stderr) == (0, "")
    one = daemon.svctl("speak", SENTENCE, "-o", tmp_path / "one.wav")
    assert one.returncode == 0
    assert seconds(tmp_path / "x.wav") == pytest.approx(12 * seconds(tmp_path / "one.wav"), rel=0.2)


def test_the_parts_follow_one_another_on_the_device(daemon: Daemon) -> None:
    done = daemon.svctl("speak", "--json", "--rate", "2", "-", input=SENTENCE * 6)
    assert (done.returncode, done.stderr) == (0, "")
    seen = [(event["type"], event["id"]) for event in events(done.stdout) if event["type"] != "mark"]
    numbers = list(dict.fromkeys(number for _, number in seen))
    assert len(numbers) >= 3
    for number, following in itertools.pairwise(numbers):
        assert seen.index(("started", number)) < seen.index(("queued", following)), "no more than two wait at a time"
        assert seen.index(("queued", following)) < seen.index(("finished", number)), "no gap between two parts"


def test_stop_ends_all_parts_and_reports_the_position(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text(SENTENCE * 40)
    command: list[str | Path] = [SVCTL, "speak", "--json", "-f", tmp_path / "book.txt"]
    with subprocess.Popen(command, env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as speak:
        assert speak.stdout is not None
        while json.loads(speak.stdout.readline())["type"] != "finished":
            pass
        assert daemon.svctl("stop").returncode == 0
        _, said = speak.communicate(timeout=60)
    assert speak.returncode == 1
    assert said.startswith("svctl: cancelled by another program")
    assert said.count("\n") == 1


def test_ctrl_c_cancels_queued_parts_too(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text(SENTENCE * 40)
    command: list[str | Path] = [SVCTL, "speak", "--json", "-f", tmp_path / "book.txt"]
    with subprocess.Popen(command, env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as speak:
        eventually(lambda: daemon.status()["utterances"]["active"] == 2)
        os.kill(speak.pid, signal.SIGINT)
        output, said = speak.communicate(timeout=60)
    assert (speak.returncode, said) == (130, "")
    assert {event["reason"] for event in events(output) if event["type"] == "finished"} == {"cancelled"}


def test_an_endless_text_is_spoken_as_it_arrives(daemon: Daemon) -> None:
    command: list[str | Path] = [SVCTL, "speak", "--json", "--rate", "2", "-"]
    with subprocess.Popen(command, env=daemon.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as speak:
        assert speak.stdin is not None
        assert speak.stdout is not None
        finished = 0
        while finished < 3:
            speak.stdin.write(SENTENCE.encode())
            speak.stdin.flush()
            finished += json.loads(speak.stdout.readline())["type"] == "finished"
        speak.terminate()
    assert speak.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("options", quick(1, [["-f", "/dev/stdin"], [], ["--json"]]))
def test_a_pause_is_reported(daemon: Daemon, options: list[str]) -> None:
    words = [] if "-f" in options else ["Hello there."]
    command: list[str | Path] = [SVCTL, "speak", *options, *words]
    assert daemon.svctl("pause").returncode == 0
    with subprocess.Popen(
        command, env=daemon.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as speak:
        assert speak.stdin is not None
        assert speak.stderr is not None
        speak.stdin.write("Hello there.")
        speak.stdin.close()
        said = speak.stderr.readline()
        assert daemon.svctl("resume").returncode == 0
        assert speak.wait(60) == 0
    assert said == "svctl: playback is paused; svctl resume continues\n"


def test_a_file_is_written_while_the_device_is_paused(daemon: Daemon, tmp_path: Path) -> None:
    assert daemon.svctl("pause").returncode == 0
    done = daemon.svctl("speak", "Hello.", "-o", tmp_path / "x.wav")
    assert daemon.svctl("resume").returncode == 0
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("priority", quick(1, ["progress", "important", "message", "text", "notification"]))
def test_no_part_preempts_the_previous_one(daemon: Daemon, priority: str) -> None:
    """Otherwise a later text of this priority would pre-empt it or be dropped."""
    done = daemon.svctl("speak", "--json", "--rate", "2", "--priority", priority, "-", input=SENTENCE * 4)
    assert (done.returncode, done.stderr) == (0, "")
    ends = [event["reason"] for event in events(done.stdout) if event["type"] == "finished"]
    assert len(ends) >= 2
    assert set(ends) == {"done"}


@pytest.mark.parametrize(("command", "says"), [("stop", "cancelled by another"), ("skip", "skipped by another")])
def test_detached_parts_end_together(daemon: Daemon, tmp_path: Path, command: str, says: str) -> None:
    (tmp_path / "book.txt").write_text(SENTENCE * 40)
    options: list[str | Path] = [SVCTL, "speak", "--detach", "-f", tmp_path / "book.txt"]
    with subprocess.Popen(options, env=daemon.env, stderr=subprocess.PIPE, text=True) as speak:
        eventually(lambda: daemon.status()["utterances"]["active"] == 2)
        assert daemon.svctl(command).returncode == 0
        _, said = speak.communicate(timeout=60)
    assert speak.returncode == 1
    stays, ended = said.splitlines()
    assert stays == "svctl: long text: svctl keeps running until the daemon has all of it"
    assert ended.startswith(f"svctl: {says}")
    assert daemon.status()["utterances"]["queued"] == daemon.status()["utterances"]["active"] == 0


def test_detached_speech_reports_a_pause_too(daemon: Daemon) -> None:
    assert daemon.svctl("pause").returncode == 0
    done = daemon.svctl("speak", "--detach", "Hello.")
    assert daemon.svctl("resume").returncode == 0
    assert (done.returncode, done.stderr) == (0, "svctl: playback is paused; svctl resume continues\n")


@pytest.mark.parametrize(
    "text", ["- - - " * 2000 + "Hello.", "Hello. " + "- - - " * 2000 + "Hello.", "Hello. " + "\0" * 300_000 + "Hello."]
)
@pytest.mark.parametrize("way", ["file", "pipe"])
def test_a_long_run_without_words_does_not_end_the_text(daemon: Daemon, tmp_path: Path, text: str, way: str) -> None:
    (tmp_path / "x").write_text(text)
    if way == "file" and "\0" in text:
        return  # it would be refused as binary
    given: list[str | Path] = ["-"] if way == "pipe" else ["-f", tmp_path / "x"]
    done = daemon.svctl("speak", *given, "-o", "/dev/null", "--json", input=text if way == "pipe" else None)
    assert (done.returncode, done.stderr) == (0, "")
    assert sum(event["type"] == "mark" for event in events(done.stdout)) == text.count("Hello")


@pytest.mark.parametrize("words", [["-f", "/dev/zero"], ["-f", "/dev/urandom"]])
def test_an_endless_device_without_text_is_refused(daemon: Daemon, words: list[str]) -> None:
    done = daemon.svctl("speak", "-o", "/dev/null", *words)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done
    assert words[1] in done.stderr


def test_parts_with_a_limit_of_one_utterance_a_client(tmp_path: Path, cache: Path) -> None:
    """The next part is sent when the previous one has ended."""
    with configured(tmp_path, cache, CONFIGURATION + "limits.utterances = 1\n") as daemon:
        done = daemon.svctl("speak", "--json", "--rate", "2", "-", input=SENTENCE * 4)
    assert (done.returncode, done.stderr) == (0, "")
    assert [e["reason"] for e in events(done.stdout) if e["type"] == "finished"].count("done") >= 2

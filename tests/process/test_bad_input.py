"""Bad input: one line with the fault and the fix, the right exit status, and a daemon that still serves."""

import os
import subprocess
from pathlib import Path

import pytest
from support.daemon import BIN, Daemon, user_env

REFUSED, USAGE, UNREACHABLE = 1, 2, 3


def one_line(done: "subprocess.CompletedProcess[str]", status: int, *says: str) -> None:
    assert done.returncode == status, done
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    for text in says:
        assert text in lines[0]


@pytest.fixture(autouse=True)
def _still_serving(daemon: Daemon) -> object:
    yield
    done = daemon.svctl("speak", "Still here.", "-o", "-", text=False)
    assert done.returncode == 0
    assert len(done.stdout) > 24000
    status = daemon.status()
    assert status["ready"]
    assert all(stage["restarts"] == 0 for stage in status["stages"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing to say"),
        ("   \n\t ", "nothing to say"),
        ("?!... --- ,;", "nothing to say"),
        ("\x00\x01\x1b", "nothing to say"),
        ("\u02c0", "heart"),
        ("x" * 1_000_000, "1000000 characters"),
    ],
)
def test_text_that_cannot_be_spoken(daemon: Daemon, text: str, says: str) -> None:
    if "\x00" in text or len(text) > 100_000:  # not possible as an argument
        with daemon.client() as client, pytest.raises(Exception, match=says):
            client.stream(text).wait()
    else:
        one_line(daemon.svctl("speak", "-o", os.devnull, "--", text), REFUSED, says)


@pytest.mark.parametrize(
    "text", ["Hello 😀 there", "He\x07llo\x1b[0m there", "Café, naïve: Привет!", "a" * 3000, "9" * 60, "[¹] Foot⁴note."]
)
def test_odd_text_is_spoken(daemon: Daemon, text: str) -> None:
    assert daemon.svctl("speak", "-o", os.devnull, "--", text).returncode == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--voice", "nobody"], ["'nobody'", "heart"]),
        (["--voice", "emma"], ["not on this machine", "heart"]),
        (["--rate", "5"], ["rate 5", "0.5", "2"]),
        (["--volume", "-1"], ["volume -1"]),
        (["--pitch", "30"], ["pitch 30", "-24", "24"]),
        (["--formant", "-13"], ["formant -13", "-12", "12"]),
        (["--converter", "nobody"], ["'nobody'", "shift"]),
    ],
)
def test_options_out_of_range(daemon: Daemon, options: list[str], says: list[str]) -> None:
    one_line(daemon.svctl("speak", "Hello.", "-o", os.devnull, *options), REFUSED, *says)


def test_text_from_an_endless_pipe(daemon: Daemon) -> None:
    """The text is spoken in parts. Both programs end when the reader of the samples ends."""
    script = f"yes 'and so on' | '{BIN}/svctl' speak - -o - | head -c 1000000 | wc -c"
    done = subprocess.run(["bash", "-c", script], env=daemon.env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "1000000", "")


def test_closed_standard_streams(daemon: Daemon) -> None:
    """A closed stdin (``<&-``) counts as an empty one; a closed stdout (``>&-``) is not an error."""
    for script, status, says in (
        ("svctl speak -o /dev/null <&-", REFUSED, "nothing to say"),
        ("svctl speak -o /dev/null < /dev/null", REFUSED, "nothing to say"),
        ("svctl speak Hello. -o /dev/null >&-", 0, ""),
        ("svctl status >&-", 0, ""),
    ):
        command = ["bash", "-c", f"'{BIN}'/{script}"]
        done = subprocess.run(command, env=daemon.env, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done
        assert says in done.stderr
        assert len(done.stderr.splitlines()) == bool(says)


def test_invalid_command_lines(daemon: Daemon) -> None:
    assert daemon.svctl("speak", "--loud", "Hello.").returncode == USAGE
    assert daemon.svctl("speak", "Hello.", "-f", "file").returncode == USAGE
    assert daemon.svctl("speak", "Hello.", "--rate", "nan").returncode == USAGE
    assert daemon.svctl("speak", "Hello.", "--sample-rate", "8000").returncode == USAGE
    assert daemon.svctl("speak", "Hello.", "--json", "-o", "-").returncode == USAGE
    assert daemon.svctl("sing").returncode == USAGE
    assert daemon.svctl("stop", "first").returncode == USAGE


def test_files_that_cannot_be_read_or_written(daemon: Daemon, tmp_path: Path) -> None:
    one_line(daemon.svctl("speak", "-f", tmp_path / "none.txt"), REFUSED, "none.txt", "No such file")
    one_line(daemon.svctl("speak", "-f", tmp_path), REFUSED, "directory")
    one_line(
        daemon.svctl("speak", "Hi.", "-o", tmp_path / "no" / "such.wav"), REFUSED, "such.wav", "there is no folder"
    )
    one_line(daemon.svctl("speak", "-f", "/dev/zero"), REFUSED, "no letters or digits")
    one_line(daemon.svctl("speak", "Hi.", "-o", "/dev/full"), REFUSED, "No space left")


def test_a_refused_text_does_not_change_the_output_file(daemon: Daemon, tmp_path: Path) -> None:
    kept = tmp_path / "kept.wav"
    kept.write_bytes(b"precious")
    one_line(daemon.svctl("speak", "\u02c0", "-o", kept, "--force"), REFUSED, "heart")
    assert kept.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["kept.wav"]


def test_a_file_that_is_not_utf8_is_spoken(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("Caf\xe9 au lait.".encode("latin-1"))
    assert daemon.svctl("speak", "-f", tmp_path / "latin.txt", "-o", os.devnull).returncode == 0


def test_a_closed_pipe_on_stdout(daemon: Daemon) -> None:
    command = f"'{BIN}/svctl' speak '{'A long sentence. ' * 40}' -o - | head -c 100 > /dev/null"
    script = f"set -o pipefail; {command}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], env=daemon.env, capture_output=True, text=True)
    assert done.stdout.strip() == str(REFUSED)
    assert done.stderr == ""


def test_unknown_utterance(daemon: Daemon) -> None:
    one_line(daemon.svctl("stop", "123456"), REFUSED, "no utterance 123456")


def test_no_sound_device(daemon: Daemon) -> None:
    one_line(daemon.svctl("speak", "Hello."), REFUSED, "no sound device", "-o FILE.wav")


def test_no_daemon(tmp_path: Path, cache: Path) -> None:
    env = user_env(tmp_path / "user", cache)
    done = subprocess.run([BIN / "svctl", "status"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (UNREACHABLE, "")
    assert done.stdout.startswith("no daemon is running")
    done = subprocess.run([BIN / "svctl", "--no-autostart", "speak", "Hi."], env=env, capture_output=True, text=True)
    one_line(done, UNREACHABLE, "no daemon is running")

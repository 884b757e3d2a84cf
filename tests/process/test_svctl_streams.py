"""Every command of ``svctl``, and ``svd``, with unusual streams, limits and Python settings."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.daemon import BIN, Daemon, user_env
from support.matrix import only, quick
from support.svctl import SVCTL

CONFIGURATION = 'audio.device = "null"\n'

COMMANDS: list[list[str]] = [
    ["speak", "Hello.", "-o", "x.wav", "--force"], ["speak", "Hello.", "-o", "-"], ["speak", "--json", "Hi."],
    ["speak", "-h"], ["stop"], ["stop", "--json"], ["stop", "99"], ["pause"], ["resume"], ["skip"], ["status"],
    ["status", "--json"], ["voices"], ["voices", "--json"], ["converters"], ["voices", "remove", "none"],
    ["converters", "add", "none"], ["doctor", "--json"], ["completion", "fish"], ["bench", "-h"], ["-h"], ["--version"],
]  # fmt: skip
WRITE = [words for words in COMMANDS if "x.wav" not in words and words[0] not in ("pause", "resume", "skip")
         and words not in (["stop"], ["stop", "99"]) and words[-1] != "none"]  # fmt: skip
"""Commands that print on standard output."""


def run(
    daemon: Daemon, words: list[str], script: str, tmp_path: Path, **env: str
) -> "subprocess.CompletedProcess[str]":
    """Run the command as ``"$@"`` of a shell. Waits until the device is idle."""
    command: list[str | Path] = ["bash", "-c", script, "-", SVCTL, "--no-autostart", *words]
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "errors": "replace"}
    return subprocess.run(command, env=daemon.env | env, cwd=tmp_path, timeout=100, **streams)


def at_most_one_line(done: "subprocess.CompletedProcess[str]") -> None:
    assert len(done.stderr.splitlines()) <= 1, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", quick(4, WRITE), ids=" ".join)
def test_full_standard_output(daemon: Daemon, tmp_path: Path, words: list[str]) -> None:
    done = run(daemon, words, '"$@" >/dev/full', tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("svctl: cannot write standard output: No space left on device")
    at_most_one_line(done)


@pytest.mark.parametrize("words", only(lambda words: words in [*COMMANDS[:2], ["status"]], COMMANDS), ids=" ".join)
def test_other_streams_closed_or_full(daemon: Daemon, tmp_path: Path, words: list[str]) -> None:
    """A command has the same effect if its output cannot be written."""
    usual = run(daemon, words, '"$@"', tmp_path).returncode
    for script in ('"$@" 2>/dev/full', '"$@" 2>&-', '"$@" <&-', '"$@" >&-', '"$@" <&- >&- 2>&-'):
        done = run(daemon, words, script, tmp_path)
        assert done.returncode == usual, (script, done.stderr)
        at_most_one_line(done)


@pytest.mark.parametrize("words", quick(4, WRITE), ids=" ".join)
def test_a_reader_that_closes_at_once(daemon: Daemon, tmp_path: Path, words: list[str]) -> None:
    done = run(daemon, words, '"$@" | true', tmp_path)
    assert done.stderr == ""


SETTINGS: list[dict[str, str]] = [
    {"PYTHONWARNINGS": "error"},
    {"PYTHONDEVMODE": "1"},
    {"PYTHONOPTIMIZE": "2"},
    {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONDONTWRITEBYTECODE": "1"},
    {"PYTHONHASHSEED": "7"},
    {"PYTHONSTARTUP": "/etc/hostname"},
    {"PYTHONUNBUFFERED": "1"},
    {"PYTHONFAULTHANDLER": "1"},
    {"TERM": ""},
]


@pytest.mark.parametrize("settings", only(lambda one: "PYTHONDEVMODE" in one, SETTINGS), ids=" ".join)
def test_settings_of_python(daemon: Daemon, tmp_path: Path, settings: dict[str, str]) -> None:
    for words in COMMANDS:
        done = run(daemon, words, '"$@"', tmp_path, **settings)
        assert done.returncode in (0, 1), (words, done.stderr)
        for sign in ("Warning", "Traceback", "Exception"):
            assert sign not in done.stderr, (words, done.stderr)


@pytest.mark.parametrize(
    "settings", quick(1, [SETTINGS[1], SETTINGS[0], SETTINGS[4]]), ids=["devmode", "error", "ascii"]
)
def test_starting_and_stopping_prints_no_python_message(
    tmp_path: Path, own_cache: Path, settings: dict[str, str]
) -> None:
    env = user_env(tmp_path / "user", own_cache) | settings
    (tmp_path / "user" / ".config" / "steadyvoice").mkdir(parents=True)
    (tmp_path / "user" / ".config" / "steadyvoice" / "config.toml").write_text(CONFIGURATION)

    def svctl(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([SVCTL, *words], env=env, capture_output=True, text=True, timeout=100)

    said = []
    try:
        said = [svctl(*words) for words in (["speak", "Hello.", "-o", os.devnull], ["restart"], ["voices"])]
        log = Path(f"{Daemon(env).socket}.log").read_text()
    finally:
        said.append(svctl("quit"))
    said.append(svctl("quit", "--purge"))
    assert [done.returncode for done in said] == [0] * 5
    assert svctl("stop").returncode == 3
    for text in (log, *(done.stderr for done in said)):
        assert "Warning" not in text
        assert "Traceback" not in text
    assert [len(done.stderr.splitlines()) for done in said] == [1, 0, 0, 0, 0]


@pytest.fixture
def deleted(tmp_path: Path) -> Path:
    folder = tmp_path / "lost"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("words", quick(4, COMMANDS), ids=" ".join)
def test_deleted_working_directory(daemon: Daemon, deleted: Path, words: list[str]) -> None:
    """A shell prints its own message about it, so Python is run directly."""
    script = f'rmdir {deleted}; shift; exec {BIN}/python -P -m steadyvoice.client.svctl.cli "$@"'
    words = ["/dev/null" if word == "x.wav" else word for word in words]
    done = run(daemon, words, script, deleted)
    assert done.returncode in (0, 1), done.stderr
    at_most_one_line(done)


@pytest.mark.parametrize("words", [["speak", "Hi."], ["restart"], ["voices"]], ids=" ".join)
def test_relative_socket_in_a_deleted_directory(daemon: Daemon, deleted: Path, words: list[str]) -> None:
    command = f"{BIN}/python -P -m steadyvoice.client.svctl.cli --socket x.sock {' '.join(words)}"
    done = run(daemon, [], f"rmdir {deleted}; exec {command}", deleted)
    assert done.returncode == 1
    assert done.stderr.endswith("the working directory no longer exists: change to another one\n")
    at_most_one_line(done)


@pytest.mark.parametrize("files", quick(1, [10, 32, 7, 8, 9, 12, 16]))
def test_too_few_open_files(daemon: Daemon, tmp_path: Path, cache: Path, files: int) -> None:
    """With a running daemon, and without."""
    python = f"ulimit -n {files}; exec {BIN}/python -P -m steadyvoice.client.svctl.cli"
    for words in (
        "status",
        "voices",
        "stop",
        "voices remove none",
        "completion bash",
        "doctor --json",
        "speak Hi. -o -",
    ):
        done = run(daemon, [], f"{python} {words}", tmp_path)
        assert done.returncode in (0, 1), done.stderr
        at_most_one_line(done)
    elsewhere = user_env(tmp_path / "user", cache)
    for words in ("voices", "restart", "speak Hi. -o -"):
        done = run(daemon, [], f"{python} {words}", tmp_path, **elsewhere)
        assert done.returncode == 1
        at_most_one_line(done)
        assert "open files" in done.stderr


@pytest.mark.parametrize("kib", quick(1, [25_000, 18_000, 20_000, 22_000, 30_000, 40_000]))
def test_too_little_memory(daemon: Daemon, tmp_path: Path, kib: int) -> None:
    """Python itself starts, but an import or allocation of a command fails."""
    for words in ("status", "voices", "stop", "doctor --json", "speak Hi. -o -", "live --help"):
        done = run(daemon, words.split(), f'ulimit -v {kib}; exec "$@"', tmp_path)
        if "Py_" in done.stderr or "Fatal Python error" in done.stderr:
            continue  # before the first line of svctl
        assert done.returncode in (0, 1), done.stderr
        at_most_one_line(done)

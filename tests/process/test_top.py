"""``svctl top`` on a terminal that is looked at, and in batch mode."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, eventually
from support.svctl import LIGHT, SVCTL
from support.tmux import Tmux

from steadyvoice.client.svctl.top.top import trace_command

LONG = " ".join(["1/2/90"] * 40)
Screen = Callable[..., Tmux]
CONFIGURATION = LIGHT


@pytest.fixture
def top(daemon: Daemon, tmp_path: Path) -> Iterator[Screen]:
    """Starts it in a terminal of its own."""
    windows: list[Tmux] = []

    def make(*words: str, size: tuple[int, int] = (110, 20), **env: str) -> Tmux:
        folder = tmp_path / str(len(windows))
        folder.mkdir()
        windows.append(Tmux(folder, [SVCTL, "top", *words], daemon.env | env, size))
        return windows[-1]

    yield make
    for window in windows:
        window.close()


def test_it_shows_stages_and_utterances_and_cancels_one(daemon: Daemon, top: Screen) -> None:
    window = top()
    window.shows("svd 0.1.0, up", "ready", "S NAME", "generator paced", "converter", "output", "q quit")
    with daemon.client() as client:
        utterance = client.speak(LONG)
        lines = window.shows("playing", "device", f"0/{len(LONG)}")
        assert any("streams 0/32, on the device 1, queue 0" in line for line in lines)
        row = next(line.split() for line in lines if "playing" in line)
        assert row[0] == str(utterance.id)
        window.type("k")
        window.shows("choose an utterance with the arrow keys")
        window.type("Down", "t")
        window.shows("output", "Enter: back to svctl top")
        window.type("Enter")
        window.shows("q quit", "playing")
        window.type("k")
        window.shows(f"{utterance.id} was cancelled after")
        assert utterance.wait().reason == "cancelled"
    window.type("q")
    assert window.status == 0


def test_keys(top: Screen) -> None:
    window = top("-d", "0.1")
    window.shows("generator paced")
    window.type("h")
    window.shows("held by a debugger", "any key")
    window.type("x", "s")
    window.shows("sorted by busy", "S NAME")
    window.type("d")
    window.shows("seconds between readings (now 0.1)")
    window.type("0", ".", "2", "Enter", "Space")
    window.shows("STOPPED")
    window.type("C-c")
    assert window.status == 130


def test_sizes(top: Screen) -> None:
    window = top("-d", "0.1", size=(80, 12))
    assert not any("AGE" in line for line in window.shows("generator paced", "RST"))
    window.resize(30, 5)
    window.shows("too small: 44 x 8 are needed"[:30])
    window.resize(130, 30)
    window.shows("AGE", "generator paced")
    window.type("q")
    assert window.status == 0


def test_a_daemon_that_goes_away_and_comes_back(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "config.toml").write_text(LIGHT)
    with configured(tmp_path, cache, LIGHT) as daemon:
        window = Tmux(tmp_path, [SVCTL, "top", "-d", "0.1"], daemon.env)
        try:
            window.shows("generator paced")
            assert daemon.stop() == 0
            window.shows("no daemon", "waiting for it")
            daemon.start().ready()
            window.shows("generator paced", "ready")
            window.type("q")
            assert window.status == 0
        finally:
            window.close()


@pytest.mark.parametrize(("term", "colour"), [("xterm-256color", True), ("vt100", False)])
def test_colours_only_where_the_terminal_has_them(daemon: Daemon, term: str, colour: bool) -> None:
    line = f"'{SVCTL}' top -n 1"
    done = subprocess.run(
        ["script", "-qec", line, "/dev/null"],
        env=daemon.env | {"TERM": term},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "generator" in done.stdout
    assert ("\x1b[32m" in done.stdout) == colour


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"TERM=nothing script -qec \"'{SVCTL}' top\" /dev/null", "type 'nothing' cannot be drawn on"),
        (f"'{SVCTL}' top </dev/null", "is no terminal; print readings with -b"),
    ],
)
def test_what_is_no_terminal_gets_one_line(daemon: Daemon, line: str, why: str) -> None:
    done = subprocess.run(["sh", "-c", line], env=daemon.env, capture_output=True, text=True, timeout=30)
    said = (done.stdout + done.stderr).splitlines()
    assert (done.returncode, len(said)) == (1, 1)
    assert why in said[0]


def test_batch_lines(daemon: Daemon) -> None:
    done = daemon.svctl("top", "-b", "-n", "2", "-d", "0.1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("S NAME") == 2
    assert [line.split()[1] for line in done.stdout.splitlines() if line[2:].startswith(("generator", "output"))] == [
        "generator", "output", "generator", "output",
    ]  # fmt: skip


def test_json_objects_have_rates(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance, unread = client.speak(LONG), client.stream(LONG)
        eventually(lambda: [each["state"] for each in client.status()["queue"]] == ["playing", "playing"])
        done = daemon.svctl("top", "--json", "-n", "3", "-d", "0.2")
    first, *_, last = map(json.loads, done.stdout.splitlines())
    assert last["at"] > first["at"]
    output = next(stage for stage in last["stages"] if stage["name"] == "output")
    assert output["blocks_per_s"] > 0
    assert 0 < output["busy"] < 1
    assert [(each["id"], each["sink"]) for each in last["utterances"]] == [(utterance.id, "device"), (unread.id, "pcm")]
    assert last["utterances"][0]["ahead_s"] > 0
    assert last["utterances"][1]["ahead_s"] > 1, "what nobody reads stays before its listener"
    assert last["utterances"][1]["heard_chars"] == 0


def test_a_closed_pipe_ends_it(daemon: Daemon) -> None:
    process = subprocess.Popen(
        [SVCTL, "top", "-b", "-d", "0.1"], env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == 1
    assert process.stderr.read() == ""
    process.stderr.close()


def test_ctrl_c_ends_batch_mode(daemon: Daemon) -> None:
    process = subprocess.Popen([SVCTL, "top", "-b", "-d", "0.1"], env=daemon.env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130


def test_without_a_daemon(tmp_path: Path, daemon: Daemon) -> None:
    done = daemon.svctl("--socket", tmp_path / "none", "top", "-b")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_the_command_for_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [str(SVCTL)])
    assert trace_command("/run/x.sock", 7) == [str(SVCTL), "--socket", "/run/x.sock", "trace", "--id", "7"]

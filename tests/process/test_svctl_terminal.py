"""``svctl speak`` on a terminal: the progress line, which is erased at the end."""

import re
import signal
import subprocess
from pathlib import Path

import pytest
from support.daemon import Daemon, alive, eventually, user_env
from support.svctl import SVCTL, TALE, events
from support.terminal import Terminal

pytestmark = pytest.mark.realtime

CONFIGURATION = 'audio.device = "null"\n'


def test_a_long_text_has_a_bar_with_the_current_word(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", "--rate", "2", TALE], daemon.env, 80)
    status, left = terminal.end()
    assert (status, left) == (0, [])
    lit = re.findall(r"\x1b\[1m(.*?)\x1b\[22m", terminal.drawn)
    words = re.findall(r"\w+", TALE)
    assert len(lit) > len(words) // 2
    following = iter(words)
    assert all(word in following for word in dict.fromkeys(lit) if words.count(word) == 1)
    assert "streets" not in terminal.drawn.split("finally\x1b[22m")[0], "the next page of the text was drawn too early"
    clocks = [int(seconds) for seconds in re.findall(r"\r0:(\d\d) \[", terminal.drawn)]
    assert clocks == sorted(clocks)
    assert clocks[0] == 0 < clocks[-1]


@pytest.mark.usefixtures("silent")
def test_ctrl_c_leaves_the_terminal_clean(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", TALE], daemon.env)
    terminal.shows(r"\x1b\[1m")
    terminal.type("\x03")
    assert terminal.end() == (130, [])


@pytest.mark.usefixtures("silent")
def test_a_hangup_leaves_the_terminal_clean(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", TALE], daemon.env)
    terminal.shows(r"\x1b\[1m")
    terminal.process.terminate()
    assert terminal.end() == (128 + signal.SIGTERM, [])


def test_a_daemon_that_is_killed_leaves_one_line(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIGURATION)
    daemon = Daemon(user_env(tmp_path / "user", cache), ["--config", str(tmp_path / "config.toml")]).start().ready()
    pids = daemon.pids()
    terminal = Terminal([SVCTL, "--no-autostart", "speak", TALE], daemon.env)
    terminal.shows(r"\x1b\[1m")
    daemon.process.kill()
    status, left = terminal.end()
    assert status == 3
    assert len(left) == 1
    assert left[0].startswith("svctl: the daemon at ")
    daemon.process.wait()
    eventually(lambda: not any(map(alive, pids.values())))


@pytest.mark.usefixtures("silent")
def test_the_bar_fits_a_terminal_that_becomes_narrow(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", TALE], daemon.env, 120)
    terminal.shows(r"\x1b\[1m")
    terminal.resize(30)
    terminal.shows(r"\r0:\d\d \d+ %\x1b\[K")
    terminal.type("\x03")
    assert terminal.end() == (130, [])


@pytest.mark.usefixtures("silent")
def test_no_escape_sequences_with_no_color(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", TALE], daemon.env | {"NO_COLOR": "1"})
    terminal.shows(r"-0:\d\d \[When\] the rain")
    terminal.type("\x03")
    assert terminal.end() == (130, [])
    assert "\x1b" not in terminal.drawn.replace("\x1b[K", "")


@pytest.mark.parametrize(
    ("options", "stderr", "env"),
    [
        (["--rate=2", TALE[:101]], subprocess.DEVNULL, {}),
        (["--rate=2", TALE[:101]], None, {"TERM": "dumb"}),
        (["--rate=2", TALE[:91]], None, {}),
        ([TALE, "--detach"], None, {}),
    ],
    ids=["stderr elsewhere", "dumb", "short", "detached"],
)
@pytest.mark.usefixtures("silent")
def test_no_bar_for_short_or_detached_speech_or_dumb_terminals(
    daemon: Daemon, options: list[str], stderr: int | None, env: dict[str, str]
) -> None:
    terminal = Terminal([SVCTL, "speak", *options], daemon.env | env, stderr=stderr)
    assert terminal.end() == (0, [])
    assert terminal.drawn == ""
    assert daemon.svctl("stop").returncode == 0


@pytest.mark.usefixtures("silent")
def test_json_output_on_a_terminal_has_no_bar(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", "--json", "--rate=2", TALE], daemon.env, stderr=subprocess.DEVNULL)
    assert terminal.end()[0] == 0
    queued, started, *marks, finished = events(terminal.drawn)
    assert [event["type"] for event in (queued, started, finished)] == ["queued", "started", "finished"]
    assert [TALE[mark["start"] : mark["end"]] for mark in marks] == re.findall(r"\w+", TALE)

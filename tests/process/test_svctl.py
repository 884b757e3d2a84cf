"""``svctl`` as people have it: on a terminal, in a pipe, with a finger on Ctrl-C."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.daemon import BIN, Daemon, alive, configured, eventually, user_env
from support.terminal import Terminal

TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill. "
    "Then she laughed, for the first time in weeks."
)
SVCTL = BIN / "svctl"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    """With a sound device that is nothing but a clock."""
    with configured(tmp_path_factory.mktemp("user"), cache, 'audio.device = "null"\nlimits.clients = 4\n') as daemon:
        yield daemon


@pytest.fixture
def silent(daemon: Daemon) -> Iterator[None]:
    """Nothing is said or waits when the test is over."""
    yield
    eventually(lambda: daemon.status()["utterances"]["active"] == daemon.status()["utterances"]["queued"] == 0)


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_long_text_has_a_bar_with_the_word_that_is_heard(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", "--rate", "2", TALE], daemon.env, 80)
    status, left = terminal.end()
    assert (status, left) == (0, [])
    lit = re.findall(r"\x1b\[1m(.*?)\x1b\[22m", terminal.drawn)
    words = re.findall(r"\w+", TALE)
    assert len(lit) > len(words) // 2
    following = iter(words)
    assert all(word in following for word in dict.fromkeys(lit) if words.count(word) == 1)
    assert "streets" not in terminal.drawn.split("finally\x1b[22m")[0], "the page has not turned yet"
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
def test_so_does_the_end_of_the_session(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", TALE], daemon.env)
    terminal.shows(r"\x1b\[1m")
    terminal.process.terminate()
    assert terminal.end() == (128 + signal.SIGTERM, [])


def test_a_daemon_that_is_killed_leaves_one_line(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "config.toml").write_text('audio.device = "null"\n')
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
def test_a_terminal_that_is_made_narrow(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", TALE], daemon.env, 120)
    terminal.shows(r"\x1b\[1m")
    terminal.resize(30)
    terminal.shows(r"\r0:\d\d \d+ %\x1b\[K")
    terminal.type("\x03")
    assert terminal.end() == (130, [])


@pytest.mark.usefixtures("silent")
def test_without_colour(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", TALE], daemon.env | {"NO_COLOR": "1"})
    terminal.shows(r"-0:\d\d \[When\] the rain")
    terminal.type("\x03")
    assert terminal.end() == (130, [])
    assert "\x1b" not in terminal.drawn.replace("\x1b[K", "")


@pytest.mark.parametrize(
    ("options", "streams", "env"),
    [
        (["--rate=2", TALE], {"stderr": subprocess.DEVNULL}, {}),
        (["--rate=2", TALE], {}, {"TERM": "dumb"}),
        (["--rate=2", TALE[:91], "--detach"], {}, {}),
        (["--rate=2", TALE[:91]], {}, {}),
    ],
    ids=["stderr elsewhere", "dumb", "detached", "short"],
)
def test_where_no_bar_is_drawn(
    daemon: Daemon, options: list[str], streams: dict[str, int], env: dict[str, str]
) -> None:
    terminal = Terminal([SVCTL, "speak", *options], daemon.env | env, **streams)
    assert terminal.end() == (0, [])
    assert terminal.drawn == ""


@pytest.mark.usefixtures("silent")
def test_json_is_nothing_but_json_on_a_terminal_too(daemon: Daemon) -> None:
    terminal = Terminal([SVCTL, "speak", "--json", "--rate=2", TALE], daemon.env, stderr=subprocess.DEVNULL)
    assert terminal.end()[0] == 0
    queued, started, *marks, finished = events(terminal.drawn)
    assert [event["type"] for event in (queued, started, finished)] == ["queued", "started", "finished"]
    assert [TALE[mark["start"] : mark["end"]] for mark in marks] == re.findall(r"\w+", TALE)


class Pipe:
    """``svctl speak -`` with a writer."""

    def __init__(self, daemon: Daemon, *options: str) -> None:
        command = [SVCTL, "speak", "-", "--json", *options]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=daemon.env, **streams)

    def write(self, data: bytes) -> None:
        """And wait until it was taken."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()
        eventually(lambda: fcntl.ioctl(self.process.stdin, termios.FIONREAD, b"\0" * 4) == b"\0" * 4)

    def end(self) -> tuple[int, list[dict[str, Any]], str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, events(out.decode()), err.decode()


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"Caf\xc3", b"\xa9 au lait.\n", b"\xe2", b"\x82", b"\xac", b" five."], "Café au lait.\n€ five."),
        ([b"It ends in the middle: \xe2\x82"], "It ends in the middle: \ufffd"),
        ([b"One line.\r\nTwo lines.\r", b"\nThree lines.\r\n"], "One line.\r\nTwo lines.\r\nThree lines.\r\n"),
        ([b"A zero\0 byte, and\x1b[1m more.\n"], "A zero\0 byte, and\x1b[1m more.\n"),
        ([b"No newline at the end"], "No newline at the end"),
    ],
)
def test_whatever_comes_through_a_pipe_is_heard(daemon: Daemon, pieces: list[bytes], text: str) -> None:
    pipe = Pipe(daemon, "-o", os.devnull)
    for piece in pieces:
        pipe.write(piece)
    status, told, says = pipe.end()
    assert (status, says) == (0, "")
    assert (told[-1]["reason"], told[-1]["heard_chars"]) == ("done", len(text))
    for mark in told[2:-1]:
        assert re.fullmatch(r"\S+", text[mark["start"] : mark["end"]])


@pytest.mark.usefixtures("silent")
def test_a_line_longer_than_a_pipe(daemon: Daemon) -> None:
    pipe = Pipe(daemon)
    pipe.write(b"and so on " * 15_000)
    pipe.process.send_signal(signal.SIGINT)
    status, told, says = pipe.end()
    assert (status, says) == (130, "")
    assert told[-1]["reason"] == "cancelled"


@pytest.mark.usefixtures("silent")
def test_ctrl_c_in_a_pipe_that_has_no_end(daemon: Daemon) -> None:
    """``tail -f log | svctl speak -``: what was queued is silenced, and how much was heard is told."""
    pipe = Pipe(daemon)
    pipe.write(b"The first line is here. " + TALE.encode() + b"\n")
    assert pipe.process.stdout is not None
    told = [json.loads(pipe.process.stdout.readline()) for _ in range(3)]
    pipe.process.send_signal(signal.SIGINT)
    status, more, says = pipe.end()
    assert (status, says) == (130, "")
    assert [event["type"] for event in told] == ["queued", "started", "mark"]
    assert more[-1]["reason"] == "cancelled"
    assert more[-1]["heard_chars"] < len(TALE)


@pytest.mark.parametrize(("module", "command"), [("click", "doctor"), ("json", "voices")])
def test_ctrl_c_while_it_starts(tmp_path: Path, module: str, command: str) -> None:
    """In the middle of its first imports."""
    (tmp_path / f"{module}.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(9)"
    )
    env = user_env(tmp_path / "user", tmp_path)
    env["PYTHONPATH"] = f"{tmp_path}:{env.get('PYTHONPATH', '')}"
    done = subprocess.run([SVCTL, command], env=env, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_ctrl_c_where_it_is_ignored(daemon: Daemon) -> None:
    """As a shell starts what is in the background."""
    script = f"trap '' INT HUP; exec '{SVCTL}' speak - -o /dev/null --json"
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(["bash", "-c", script], env=daemon.env, **streams) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["type"] == "queued"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGHUP)
        process.stdin.write(b"It goes on.")
        process.stdin.close()
        assert events(process.stdout.read().decode())[-1]["reason"] == "done"
    assert process.returncode == 0


FORBIDDEN = {
    "asyncio", "click", "dataclasses", "inspect", "logging", "msgspec", "numpy", "pathlib", "posix_ipc", "subprocess",
    "tempfile", "unicodedata", "uuid", "uvloop",
}  # fmt: skip
OURS = {"steadyvoice", "steadyvoice.client", "steadyvoice.ipc", "steadyvoice.ipc.errors", "steadyvoice.ipc.paths"} | {
    f"steadyvoice.client.{name}" for name in ("cli", "plain", "console", "speak", "errors", "lines", "output")
}


@pytest.mark.parametrize(
    "options", [["Hello."], ["-"], ["Hello.", "-o", "x.wav", "--voice=heart"], ["-f", "/etc/hostname"]]
)
def test_nothing_is_imported_that_the_request_does_not_need(tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        command = [sys.executable, "-X", "importtime", SVCTL, f"--socket={path}", "speak", *options]
        process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with listener.accept()[0] as daemon:
            assert daemon.recv(1 << 16).startswith(b'{"type": "speak"')
        _, log = process.communicate(timeout=60)
    assert process.returncode == 3
    imported = set(re.findall(r"\| +(\S+)$", log, re.MULTILINE))
    assert not imported & FORBIDDEN
    assert {name for name in imported if name.startswith("steadyvoice")} == OURS


def complete(*words: str, **env: str) -> list[str]:
    """What bash would offer for the last word."""
    script = f"""eval "$('{SVCTL}' completion bash)"; compopt() {{ :; }}
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _svctl_completion '{SVCTL}'; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script, "-", *words], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_bash_completes(daemon: Daemon, tmp_path: Path, cache: Path) -> None:
    assert complete("svctl", "pa", **daemon.env) == ["pause"]
    assert complete("svctl", "speak", "--vo", **daemon.env) == ["--voice", "--volume"]
    assert complete("svctl", "speak", "--priority", "t", **daemon.env) == ["text"]
    assert complete("svctl", "speak", "--voice", "he", **daemon.env) == ["heart"]
    assert complete("svctl", "speak", "--voice", "em", **daemon.env) == [], "it is not installed"
    elsewhere = user_env(tmp_path / "user", cache)
    assert complete("svctl", "speak", "--voice", "he", **elsewhere) == []
    assert list((tmp_path / "user" / "run").iterdir()) == [], "a daemon was started"
    there = ["--socket", str(daemon.socket)]
    assert complete("svctl", *there, "speak", "--voice", "he", **elsewhere) == ["heart"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_for_other_shells(daemon: Daemon, shell: str) -> None:
    done = daemon.svctl("completion", shell)
    assert done.returncode == 0
    assert f"_SVCTL_COMPLETE={shell}_complete" in done.stdout


def test_a_slip_is_told_with_what_was_meant(daemon: Daemon) -> None:
    done = daemon.svctl("speak", "--volum", "1", "Hi.")
    assert done.returncode == 2
    assert "No such option" in done.stderr
    assert "--volume" in done.stderr


@pytest.mark.usefixtures("silent")
def test_pause_resume_skip_and_stop(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterances = [client.speak(TALE * 3) for _ in range(3)]
        eventually(lambda: daemon.status()["utterances"]["active"] > 0)
        assert json.loads(daemon.svctl("pause", "--json").stdout) == {"paused": True}
        assert "paused" in daemon.svctl("status").stdout
        assert json.loads(daemon.svctl("resume", "--json").stdout) == {"paused": False}
        for plain in ("pause", "resume"):
            assert daemon.svctl(plain).returncode == 0
        skipped = json.loads(daemon.svctl("skip", "--sentence", "--json").stdout)
        assert skipped["id"] == utterances[0].id
        assert daemon.svctl("skip").returncode == 0
        assert utterances[0].wait().reason == "skipped"
        assert daemon.svctl("stop", str(utterances[2].id)).returncode == 0
        assert utterances[2].wait().reason == "cancelled"
        assert daemon.svctl("stop").returncode == 0
        assert utterances[1].wait().reason == "cancelled"
    done = daemon.svctl("skip")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("silent")
def test_who_is_more_important(daemon: Daemon) -> None:
    command = [SVCTL, "speak", "--priority", "text", "--json", TALE * 3]
    with subprocess.Popen(command, env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as text:
        assert text.stdout is not None
        assert [json.loads(text.stdout.readline())["type"] for _ in range(2)] == ["queued", "started"]
        assert daemon.svctl("speak", "--priority=important", "Look out!").returncode == 0
        told, says = text.communicate()
    assert text.returncode == 1
    assert says == "svctl: something else was said in its place\n"
    assert events(told)[-1]["reason"] == "replaced"


def test_a_wav_at_another_rate(daemon: Daemon, tmp_path: Path) -> None:
    done = daemon.svctl("speak", "Hello there.", "-o", tmp_path / "x.wav", "--sample-rate", "8000")
    assert (done.returncode, done.stderr) == (0, "")
    assert int.from_bytes((tmp_path / "x.wav").read_bytes()[24:28], "little") == 8000
    done = daemon.svctl("speak", "Hello there.", "-o", tmp_path / "y.wav", "--sample-rate", "1")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert os.listdir(tmp_path) == ["x.wav"]


def test_converters(daemon: Daemon) -> None:
    done = daemon.svctl("converters", "--json")
    assert done.returncode == 0
    (shift,) = json.loads(done.stdout)
    assert set(shift) == {"name", "licence", "latency_ms", "formants", "installed", "family"}
    assert daemon.svctl("converters").returncode == 0


def test_one_client_too_many(daemon: Daemon) -> None:
    clients = [daemon.client() for _ in range(4)]
    for client in clients:
        client.status()
    done = daemon.svctl("status")
    for client in clients:
        client.close()
    assert done.returncode == 1
    assert done.stderr == "svctl: there are 4 clients already\n"
    eventually(lambda: daemon.svctl("status").returncode == 0)


def test_several_start_one_daemon(tmp_path: Path, cache: Path) -> None:
    daemon = Daemon(user_env(tmp_path / "user", cache))
    command = [SVCTL, "speak", "I start by myself.", "-o", "/dev/null"]
    started = [subprocess.Popen(command, env=daemon.env, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    says = [process.communicate(timeout=100)[1] for process in started]
    pid = daemon.status()["pid"]
    os.kill(pid, signal.SIGTERM)
    assert [process.returncode for process in started] == [0] * 4
    told = f"svctl: started svd in the background (pid {pid}); it stays for the next call\n"
    assert sorted(says) == ["", "", "", told]
    assert "another svd" not in Path(f"{daemon.socket}.log").read_text()
    eventually(lambda: not alive(pid))


def test_a_daemon_that_was_started_by_hand_at_the_same_moment(tmp_path: Path, cache: Path) -> None:
    """It has its lock and not yet its socket: the one that svctl starts is one too many, and nobody hears of it."""
    daemon = Daemon(user_env(tmp_path / "user", cache))
    daemon.socket.parent.mkdir(mode=0o700)
    with open(f"{daemon.socket}.lock", "w") as lock, socket.socket(socket.AF_UNIX) as listener:
        fcntl.flock(lock, fcntl.LOCK_EX)
        svctl = subprocess.Popen([SVCTL, "speak", "Hi."], env=daemon.env, stderr=subprocess.PIPE, text=True)
        log = Path(f"{daemon.socket}.log")
        eventually(lambda: log.exists() and "another svd serves" in log.read_text())
        eventually(lambda: not Path(f"/proc/{svctl.pid}/task/{svctl.pid}/children").read_text())
        listener.bind(str(daemon.socket))
        listener.listen()
        with listener.accept()[0] as connection:
            assert json.loads(connection.recv(1 << 16))["text"] == "Hi."
            connection.sendall(b'{"type":"queued","ref":1,"id":7}\n{"type":"finished","id":7,"reason":"done"}\n')
            _, says = svctl.communicate(timeout=60)
    assert (svctl.returncode, says) == (0, "")

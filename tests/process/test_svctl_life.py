"""A daemon's life as ``svctl`` sees it: none runs, one is started, restarted, ended, replaced, and what it leaves."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from support.daemon import BIN, Daemon, alive, eventually, user_env
from support.svctl import SVCTL, TALE

NULL = 'audio.device = "null"\n'


class User:
    """Whose svctl may start a daemon; at the end it runs no more."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.env = user_env(home, cache)
        self.home = home
        self.daemon = Daemon(self.env)
        self.configure(NULL)

    def configure(self, text: str) -> None:
        (self.home / ".config" / "steadyvoice").mkdir(parents=True, exist_ok=True)
        (self.home / ".config" / "steadyvoice" / "config.toml").write_text(text)

    def svctl(self, *words: str | Path, **more: Any) -> "subprocess.CompletedProcess[str]":
        more = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "env": self.env} | more
        return subprocess.run([SVCTL, *words], timeout=100, **more)

    def json(self, *words: str) -> Any:
        done = self.svctl(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def log(self) -> Path:
        return Path(f"{self.daemon.socket}.log")


@pytest.fixture
def user(tmp_path: Path, cache: Path) -> Iterator[User]:
    user = User(tmp_path / "user", cache)
    yield user
    user.svctl("quit")
    eventually(lambda: not user.daemon.socket.exists())


def test_where_none_runs_each_command_says_so(user: User) -> None:
    nobody = f"no daemon is running at {user.daemon.socket}; svctl speak starts one"
    done = user.svctl("status")
    assert (done.returncode, done.stdout, done.stderr) == (3, f"{nobody}\n", "")
    done = user.svctl("status", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout) == {"running": False, "ready": False, "problem": nobody}
    for words in (["stop"], ["stop", "3"], ["pause"], ["resume"], ["skip"], ["skip", "--sentence"], ["stop", "--json"]):
        done = user.svctl(*words)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", f"svctl: {nobody}\n")
    for kind in (["voices"], ["converters"], ["speak", "Hi."], ["speak", "-o", "-", "Hi."]):
        done = user.svctl("--no-autostart", *kind)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", f"svctl: {nobody}\n")
    done = user.svctl("quit")
    assert (done.returncode, done.stdout, done.stderr) == (0, "no daemon is running\n", "")
    assert list(user.daemon.socket.parent.parent.glob("**/control*")) == []


@pytest.mark.parametrize(("kind", "known"), [("voices", "heart"), ("converters", "shift")])
def test_what_lists_the_daemons_starts_one(user: User, kind: str, known: str) -> None:
    done = user.svctl(kind)
    pid = user.daemon.status()["pid"]
    assert (done.returncode, done.stderr) == (
        0,
        f"svctl: started svd in the background (pid {pid}); it stays for the next call\n",
    )
    assert known in done.stdout
    assert user.svctl(kind).stderr == ""


def test_restart_and_quit(user: User) -> None:
    first = user.json("restart")
    assert first == {"pid": first["pid"], "ended": 0, "cut_off": 0}
    eventually(lambda: user.json("status")["ready"])
    assert user.json("status")["started_by"] == {"by": "svctl", "unit": "", "scope": ""}
    pids = user.daemon.pids()
    second = user.json("restart")
    assert second["ended"] == first["pid"] != second["pid"]
    assert not any(map(alive, pids.values()))
    done = user.svctl("restart")
    assert (done.returncode, done.stdout) == (0, f"svd was restarted (pid {user.daemon.status()['pid']})\n")
    pid = user.daemon.status()["pid"]
    assert user.svctl("quit").stdout == f"svd (pid {pid}) has ended\n"
    assert not alive(pid)
    assert user.json("quit") == {"pid": 0, "killed": False, "cut_off": 0, "started_again_by": ""}


def test_what_plays_is_cut_off_at_once_and_counted(user: User) -> None:
    assert user.svctl("speak", "--detach", TALE * 9).returncode == 0
    assert user.svctl("speak", "--detach", TALE * 9).returncode == 0
    pid = user.daemon.status()["pid"]
    done = user.svctl("quit")
    assert done.stdout == f"svd (pid {pid}) has ended; 2 utterances were cut off\n"


def test_a_daemon_with_a_configuration_of_its_own_keeps_it(user: User, tmp_path: Path) -> None:
    """Given relative to the directory in which it was started by hand."""
    (tmp_path / "other.toml").write_text(f'{NULL}voice = "kore"')
    command = [BIN / "svd", "--config", "other.toml"]
    with subprocess.Popen(command, env=user.env, cwd=tmp_path, stderr=subprocess.DEVNULL) as svd:
        eventually(lambda: user.svctl("status").returncode == 0, 60)
        assert user.json("restart")["ended"] == svd.pid
        assert svd.wait(20) == 0
    assert user.json("status")["voice"] == "kore"


def test_one_that_has_given_up_is_replaced_once_its_cause_is_mended(user: User) -> None:
    user.configure(f'{NULL}engines = ["nothing"]')
    done = user.svctl("speak", "Hello.", "-o", os.devnull)
    assert done.returncode == 1
    assert "no engine 'nothing'" in done.stderr.splitlines()[-1]
    given_up = user.daemon.status()["pid"]
    assert user.svctl("--no-autostart", "speak", "Hello.", "-o", os.devnull).returncode == 1
    assert user.daemon.status()["pid"] == given_up
    user.configure(NULL)
    done = user.svctl("speak", "Hello.", "-o", os.devnull)
    assert done.returncode == 0
    now = user.daemon.status()["pid"]
    assert now != given_up
    assert not alive(given_up)
    assert done.stderr == f"svctl: started svd in the background (pid {now}); it stays for the next call\n"


def test_one_that_was_started_by_hand_is_not_replaced(user: User) -> None:
    user.configure(f'{NULL}engines = ["nothing"]')
    with subprocess.Popen([BIN / "svd"], env=user.env, stderr=subprocess.DEVNULL) as svd:
        eventually(lambda: user.svctl("status").returncode == 0 and user.json("status")["problem"], 60)
        done = user.svctl("speak", "Hello.", "-o", os.devnull)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert svd.poll() is None
        assert user.json("quit")["pid"] == svd.pid
        assert svd.wait(20) == 0


def test_one_that_hangs_is_killed(user: User) -> None:
    assert user.svctl("voices").returncode == 0
    pid, stages = user.daemon.status()["pid"], user.daemon.pids()
    os.kill(pid, signal.SIGSTOP)
    done = user.svctl("quit")
    assert (done.returncode, done.stdout) == (0, f"svd (pid {pid}) did not end in time and was killed\n")
    eventually(lambda: not any(map(alive, stages.values())))
    assert user.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0, "what it left is in nobody's way"


AS_NOBODY = """
import os, sys, click, msgspec
from steadyvoice.client import cli, commands, lifecycle, refusals
os.setgroups([])
os.setresuid(65534, 65534, 65534)
cli.main()
"""
"""What it needs is loaded before: another user may not be able to read this project."""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_users_daemon_is_not_ended(user: User) -> None:
    with TemporaryDirectory(prefix="steadyvoice-test") as folder:
        path = Path(folder, "s")
        Path(folder).chmod(0o755)
        command = [sys.executable, "-c", AS_NOBODY, "--socket", path, "quit"]
        with subprocess.Popen([BIN / "svd", "--socket", path], env=user.env, stderr=subprocess.DEVNULL) as svd:
            eventually(lambda: user.svctl("--socket", path, "status").returncode == 0)
            done = subprocess.run(command, env=user.env, capture_output=True, text=True)
            assert (done.returncode, done.stdout) == (3, "")
            assert done.stderr == f"svctl: user 65534 may not connect to {path}; svctl doctor says more\n"
            path.chmod(0o777)
            done = subprocess.run(command, env=user.env, capture_output=True, text=True)
            assert (done.returncode, done.stdout) == (1, "")
            says = f"svctl: svd (pid {svd.pid}) belongs to another user; only that user or root can end it\n"
            assert done.stderr == says
            assert svd.poll() is None
            svd.terminate()


def test_purging_leaves_nothing_but_what_is_the_users(user: User, tmp_path: Path) -> None:
    user.env["XDG_CACHE_HOME"] = str(tmp_path / "own-cache")
    user.env["STATE_DIRECTORY"] = str(tmp_path / "state")
    assert user.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0
    assert list((tmp_path / "own-cache" / "steadyvoice").iterdir()) != []
    done = user.json("quit", "--purge")
    assert done["failed"] == {}
    assert done["kept"] == {str(user.home / ".config/steadyvoice/config.toml"): "your configuration"}
    assert str(user.log) in done["removed"]
    assert not (tmp_path / "own-cache" / "steadyvoice").exists()
    assert not user.daemon.socket.parent.exists()
    assert user.svctl("quit", "--purge").stdout.splitlines()[:2] == [
        "no daemon is running",
        "there is nothing to remove",
    ]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_log_is_for_its_user_alone(user: User) -> None:
    before = os.umask(0)
    try:
        assert user.svctl("voices").returncode == 0
        assert mode(user.log) == 0o600
        assert "ready; sound device" in user.log.read_text()
        user.svctl("quit")
        user.log.chmod(0o666)  # as older versions made it
        assert user.svctl("voices").returncode == 0
        assert mode(user.log) == 0o600
    finally:
        os.umask(before)


def test_the_log_stays_short_whoever_writes_into_it(user: User) -> None:
    assert user.svctl("voices").returncode == 0
    with open(f"/proc/{user.daemon.pids()['vocoder']}/fd/2", "ab") as stage:
        stage.write(b"a line of a library\n" * 100_000)
    eventually(lambda: 0 < user.log.stat().st_size <= 1 << 19)
    assert set(user.log.read_bytes().splitlines()) == {b"a line of a library"}
    assert user.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0


def a_link(log: Path) -> None:
    (log.parent / "precious").write_text("precious")
    log.symlink_to("precious")


def another_name(log: Path) -> None:
    (log.parent / "precious").write_text("precious")
    os.link(log.parent / "precious", log)


def a_pipe(log: Path) -> None:
    os.mkfifo(log)


def a_folder(log: Path) -> None:
    log.mkdir()


def a_dangling_link(log: Path) -> None:
    log.symlink_to("nowhere")


def a_full_disk(log: Path) -> None:
    log.symlink_to("/dev/full")


def of_another_user(log: Path) -> None:
    log.write_text("precious")
    os.chown(log, 65534, 65534)


@pytest.mark.parametrize(
    "plant", [a_link, another_name, a_pipe, a_folder, a_dangling_link, a_full_disk, of_another_user]
)
def test_what_is_in_the_logs_place_keeps_nobody_from_speaking(user: User, plant: Callable[[Path], None]) -> None:
    if plant is of_another_user and os.getuid() != 0:
        pytest.skip("only root gives files away")
    user.log.parent.mkdir(mode=0o700)
    plant(user.log)
    assert user.svctl("speak", "Hello.", "-o", os.devnull).returncode == 0
    if (user.log.parent / "precious").exists():
        assert (user.log.parent / "precious").read_text() == "precious"
    user.svctl("quit")
    user.configure("voice = ")
    done = user.svctl("speak", "Hello.", "-o", os.devnull)
    assert done.returncode == 1
    assert "not TOML" in done.stderr, "why a daemon does not start is heard without a file, too"
    assert len(done.stderr.splitlines()) == 1


def test_a_daemon_that_is_started_at_the_same_moment_by_several_without_a_log(user: User) -> None:
    user.log.parent.mkdir(mode=0o700)
    user.log.mkdir()
    command = [SVCTL, "voices", "--json"]
    started = [subprocess.Popen(command, env=user.env, stdout=-3, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    says = [process.communicate(timeout=100)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 3
    assert sum("started svd" in each for each in says) == 1


def test_the_order_of_the_help_and_of_the_readme(user: User) -> None:
    listed = user.svctl("-h").stdout.partition("Commands:\n")[2].splitlines()
    names = [line.split()[0] for line in listed]
    order = ["speak", "stop", "pause", "resume", "skip", "status", "voices", "converters", "restart", "quit", "doctor"]
    assert names[: len(order)] == order
    assert names[-1] == "bench"
    readme = (Path(__file__).parents[2] / "README.md").read_text().partition("## Use it")[2].partition("```python")[0]
    shown = dict.fromkeys(re.findall(r"svctl (\w+)", readme.partition("```sh")[2].partition("```")[0]))
    assert [name for name in shown if name in order] == [name for name in order if name in shown]
    assert set(names) <= {*shown, "pause", "resume", "skip"}


def test_svd_explains_itself_in_two_letters(user: User) -> None:
    done = subprocess.run([BIN / "svd", "-h"], env=user.env, capture_output=True, text=True)
    assert done.returncode == 0
    assert "--config" in done.stdout

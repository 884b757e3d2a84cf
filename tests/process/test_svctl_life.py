"""The life of a daemon through ``svctl``: start, restart, stop, replacement, and the files it leaves."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.daemon import BIN, alive, eventually
from support.matrix import quick
from support.svctl import LIGHT, NULL, WORD, User

from steadyvoice.client.svctl import daemon_process, lifecycle
from steadyvoice.client.svctl.grammar import Target


def test_commands_without_a_daemon(user: User) -> None:
    nobody = f"no daemon is running at {user.daemon.socket}; svctl speak starts one"
    done = user.svctl("status")
    assert (done.returncode, done.stdout, done.stderr) == (3, f"{nobody}\n", "")
    done = user.svctl("status", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout) == {"running": False, "ready": False, "problem": nobody}
    for words in (["stop"], ["stop", "3"], ["pause"], ["resume"], ["skip"], ["skip", "--sentence"], ["stop", "--json"]):
        done = user.svctl(*words)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", f"svctl: {nobody}\n")
    for kind in (["voices"], ["converters"], ["speak", "Hi."], ["speak", "-o", "-", "Hi."], ["restart"]):
        done = user.svctl("--no-autostart", *kind)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", f"svctl: {nobody}\n")
    done = user.svctl("quit")
    assert (done.returncode, done.stdout, done.stderr) == (0, "no daemon is running\n", "")
    assert list(user.daemon.socket.parent.parent.glob("**/control*")) == []


@pytest.mark.parametrize(("kind", "known"), quick(1, [("voices", "paced"), ("converters", "shift")]))
@pytest.mark.usefixtures("light")
def test_list_commands_start_a_daemon(user: User, kind: str, known: str) -> None:
    done = user.svctl(kind)
    pid = user.daemon.status()["pid"]
    assert (done.returncode, done.stderr) == (
        0,
        f"svctl: started svd in the background (pid {pid}); it keeps running for the next call\n",
    )
    assert known in done.stdout
    assert user.svctl(kind).stderr == ""


@pytest.mark.usefixtures("light")
def test_restart_and_quit(user: User) -> None:
    first = user.json("restart")
    assert first == {"pid": first["pid"], "ended": 0, "cut_off": 0}
    eventually(lambda: user.daemon.status()["ready"])
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


@pytest.mark.usefixtures("light")
def test_quit_cuts_off_and_counts_playing_utterances(user: User) -> None:
    for _ in range(2):
        assert user.svctl("speak", "--detach", "0/0/9000").returncode == 0
    pid = user.daemon.status()["pid"]
    done = user.svctl("quit")
    assert done.stdout == f"svd (pid {pid}) has ended; 2 utterances were cut off\n"


def test_restart_keeps_the_configuration_file(user: User, tmp_path: Path) -> None:
    """A path relative to the directory in which the daemon was started."""
    (tmp_path / "other.toml").write_text(f"{LIGHT}limits.text_chars = 9")
    command: list[str | Path] = [BIN / "svd", "--config", "other.toml"]
    with subprocess.Popen(command, env=user.env, cwd=tmp_path, stderr=subprocess.DEVNULL) as svd:
        eventually(user.daemon.answers, 60)
        assert user.json("restart")["ended"] == svd.pid
        assert svd.wait(20) == 0
    assert user.json("status")["limits"]["text_chars"] == 9


@pytest.mark.parametrize("text", quick(2, ["voise = 'x'", "voice = 'nobody'", "voice = ", "audio.block = 'big'"]))
@pytest.mark.usefixtures("light")
def test_restart_keeps_the_daemon_if_the_configuration_is_invalid(user: User, text: str) -> None:
    pid = user.json("restart")["pid"]
    user.configure(text)
    done = user.svctl("restart")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert done.stderr.startswith(f"svctl: svd (pid {pid}) keeps running unchanged: ")
    assert user.daemon.status()["pid"] == pid


def test_restart_validates_the_daemons_own_configuration_file(user: User, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(LIGHT)
    command: list[str | Path] = [BIN / "svd", "--config", "other.toml"]
    with subprocess.Popen(command, env=user.env, cwd=tmp_path, stderr=subprocess.DEVNULL) as svd:
        eventually(user.daemon.answers, 60)
        (tmp_path / "other.toml").unlink()
        done = user.svctl("restart")
        assert (done.returncode, f"{tmp_path}/other.toml: cannot be read" in done.stderr) == (1, True)
        assert svd.poll() is None
        assert user.json("quit")["pid"] == svd.pid
        assert svd.wait(20) == 0


@pytest.mark.usefixtures("light")
def test_restart_reports_a_daemon_started_by_another_program(
    user: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The daemon exists when restart begins to look for one."""
    pid = user.json("restart")["pid"]
    monkeypatch.setattr(lifecycle, "find", lambda target: None)
    lifecycle.restart(Target(str(user.daemon.socket)), as_json=True)
    assert json.loads(capsys.readouterr().out)["pid"] == pid


def test_a_failed_daemon_is_replaced_after_its_cause_is_fixed(user: User) -> None:
    user.configure(f'{NULL}engines = ["nothing"]')
    done = user.svctl("speak", "Hello.", "-o", os.devnull)
    assert done.returncode == 1
    assert "nothing: no installed package brings it" in done.stderr.splitlines()[-1]
    given_up = user.daemon.status()["pid"]
    assert user.svctl("--no-autostart", "speak", "Hello.", "-o", os.devnull).returncode == 1
    assert user.daemon.status()["pid"] == given_up
    user.configure(LIGHT)
    done = user.svctl("speak", WORD, "-o", os.devnull)
    assert done.returncode == 0
    now = user.daemon.status()["pid"]
    assert now != given_up
    assert not alive(given_up)
    assert done.stderr == f"svctl: started svd in the background (pid {now}); it keeps running for the next call\n"


def test_a_failed_daemon_started_by_hand_is_not_replaced(user: User) -> None:
    user.configure(f'{NULL}engines = ["nothing"]')
    with subprocess.Popen([BIN / "svd"], env=user.env, stderr=subprocess.DEVNULL) as svd:
        eventually(lambda: user.daemon.answers() and user.daemon.status()["problem"], 60)
        done = user.svctl("speak", "Hello.", "-o", os.devnull)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert svd.poll() is None
        assert user.json("quit")["pid"] == svd.pid
        assert svd.wait(20) == 0


@pytest.mark.usefixtures("light")
def test_a_hung_daemon_is_killed(
    user: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One second after SIGTERM here; svctl itself waits ten."""
    assert user.svctl("voices").returncode == 0
    pid, stages = user.daemon.status()["pid"], user.daemon.pids()
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(daemon_process, "_END_S", 1.0)
    lifecycle.quit(Target(str(user.daemon.socket)), purge=False, as_json=False)
    assert capsys.readouterr().out == f"svd (pid {pid}) did not end in time and was killed\n"
    eventually(lambda: not any(map(alive, stages.values())))
    assert user.svctl("speak", WORD, "-o", os.devnull).returncode == 0, "its files do not prevent a new start"


AS_NOBODY = """
import os, sys, click, msgspec
from steadyvoice.client.svctl import cli
from steadyvoice.client.svctl import commands
from steadyvoice.client.svctl import daemon_process, lifecycle
from steadyvoice.client.svctl import refusals
os.setgroups([])
os.setresuid(65534, 65534, 65534)
cli.main()
"""
"""Imports everything first, because the other user may not be able to read this project."""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
@pytest.mark.usefixtures("light")
def test_another_users_daemon_is_not_stopped(user: User) -> None:
    with TemporaryDirectory(prefix="steadyvoice-test") as folder:
        path = Path(folder, "s")
        Path(folder).chmod(0o755)
        command: list[str | Path] = [sys.executable, "-c", AS_NOBODY, "--socket", path, "quit"]
        with subprocess.Popen([BIN / "svd", "--socket", path], env=user.env, stderr=subprocess.DEVNULL) as svd:
            eventually(lambda: user.svctl("--socket", path, "status").returncode == 0)
            done = subprocess.run(command, env=user.env, capture_output=True, text=True)
            assert (done.returncode, done.stdout) == (3, "")
            assert done.stderr == f"svctl: user 65534 may not connect to {path}; see svctl doctor\n"
            path.chmod(0o777)
            done = subprocess.run(command, env=user.env, capture_output=True, text=True)
            assert (done.returncode, done.stdout) == (1, "")
            says = f"svctl: svd (pid {svd.pid}) belongs to another user; only that user or root can end it\n"
            assert done.stderr == says
            assert svd.poll() is None
            svd.terminate()


def test_purge_keeps_only_the_users_files(user: User, tmp_path: Path) -> None:
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


def test_help_and_readme_list_commands_in_the_same_order(user: User) -> None:
    listed = user.svctl("-h").stdout.partition("Commands:\n")[2].splitlines()
    names = [line.split()[0] for line in listed]
    order = ["speak", "stop", "pause", "resume", "skip", "live", "status", "top", "metrics", "voices", "converters"]
    order += ["models", "lexicon", "plugins", "restart", "quit", "doctor"]
    assert names[: len(order)] == order
    assert names[-1] == "bench"
    readme = (Path(__file__).parents[2] / "README.md").read_text().partition("## Use it")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.S)
    shown = dict.fromkeys(re.findall(r"svctl (\w+)", "\n".join(blocks)))
    assert [name for name in shown if name in order] == [name for name in order if name in shown]
    assert set(names) <= {*shown, "pause", "resume", "skip"}


def test_svd_has_short_help(user: User) -> None:
    done = subprocess.run([BIN / "svd", "-h"], env=user.env, capture_output=True, text=True)
    assert done.returncode == 0
    assert "--config" in done.stdout

"""The module of speech-dispatcher where svd or the module itself ends, and where svd cannot be started."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.daemon import Daemon, alive, eventually, idle
from support.speechd import MODULE, Module, Server, events, server
from support.svctl import LIGHT, NULL, WORD, User

LONG = f"<speak>{'0/0/50 ' * 100}</speak>"
SHORT = f"<speak>{WORD}</speak>"


@pytest.fixture
def configured_light(tmp_path: Path) -> str:
    file = tmp_path / "light.toml"
    file.write_text(LIGHT)
    return str(file)


def test_a_message_that_svd_loses_ends_and_the_next_one_is_said(
    make_daemon: Callable[..., Daemon], configured_light: str
) -> None:
    first = make_daemon("--config", configured_light).ready()
    made = Module(first.env)
    made.speak(LONG)
    made.expect("701 BEGIN")
    first.process.kill()
    first.process.wait(20)
    made.expect("702 END")
    second = Daemon(first.env, ["--config", configured_light]).start().ready()
    try:
        assert events(made.said(SHORT)) == "BEGIN END"
        assert made.close() == 0
    finally:
        second.stop()


@pytest.mark.usefixtures("light")
def test_svd_is_started_for_the_first_list_of_voices_and_again_after_it_was_killed(user: User) -> None:
    made = Module(user.env)
    try:
        made.command("LIST VOICES", "200-paced")
        made.expect("200 OK VOICE LIST SENT")
        assert events(made.said(SHORT)) == "BEGIN END"
        pid = user.json("status")["pid"]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not alive(pid))
        assert events(made.said(SHORT)) == "BEGIN END"
        assert user.json("status")["pid"] != pid
    finally:
        assert made.close() == 0


@pytest.mark.usefixtures("light")
def test_stop_is_answered_while_svd_is_being_started(user: User) -> None:
    made = Module(user.env)
    try:
        for _ in range(3):
            made.speak(LONG)
            made.send("STOP\n")
            made.expect("701 BEGIN")
            made.expect("703 STOP")
        assert events(made.said(SHORT)) == "BEGIN END"
        eventually(lambda: idle(user.daemon.status()))
    finally:
        assert made.close() == 0


def test_without_svd_the_module_is_not_used(user: User) -> None:
    """It has no voices then, and the server discards it."""
    user.configure("nonsense = 1\n")
    made = Module(user.env)
    made.command("LIST VOICES", "304 CANT LIST VOICES")
    assert made.close() == 0


@pytest.mark.usefixtures("light")
def test_where_svd_cannot_be_started_again_messages_end_and_then_the_module(user: User) -> None:
    """The server then takes another module."""
    made = Module(user.env)
    made.command("LIST VOICES", "200-paced")
    made.expect("200 OK")
    assert user.svctl("quit").returncode == 0
    eventually(lambda: not user.daemon.socket.exists())
    user.configure("nonsense = 1\n")
    for _ in range(3):
        assert events(made.said(SHORT)) == "BEGIN END"
    assert made.process.wait(20) == 1
    assert made.process.stderr is not None
    errors = made.process.stderr.read().decode()
    assert "nonsense" in errors
    assert "Traceback" not in errors
    made.close()


def test_a_bad_setting_of_the_gateway_leaves_the_defaults(user: User) -> None:
    user.configure(f'{NULL}[gateways.speechd]\naudio = "loud"\n')
    made = Module(user.env)
    made.command("LOGLEVEL", "207")
    made.send("log_level=1\n.\n")
    made.expect("203")
    assert made.close() == 0


def test_another_module_speaks_after_ours_was_killed(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    (tmp_path / "null.toml").write_text(NULL)
    daemon = make_daemon("--config", str(tmp_path / "null.toml")).ready()
    with server(daemon, Path(daemon.env["HOME"])) as speechd:
        assert speechd.spd_say("-w", "Hello.").returncode == 0
        os.kill(speechd.module_pid(), signal.SIGKILL)
        eventually(lambda: idle(daemon.status()))
        speechd.reload()
        eventually(speechd.module_pid)
        before = daemon.status()["utterances"]["finished"]
        eventually(lambda: said_by(daemon, speechd, before))


def said_by(daemon: Daemon, speechd: Server, before: int) -> bool:
    assert speechd.spd_say("-w", "Hello.").returncode == 0
    return daemon.status()["utterances"]["finished"] > before


def test_the_module_is_killed_while_it_speaks(make_daemon: Callable[..., Daemon], configured_light: str) -> None:
    """svd's other clients notice nothing."""
    daemon = make_daemon("--config", configured_light).ready()
    made = Module(daemon.env)
    made.speak(LONG)
    made.expect("701 BEGIN")
    with daemon.client() as client:
        waiting = client.speak(WORD)
        made.process.kill()
        assert waiting.wait(60).reason == "done"
    made.close()


def test_svd_is_killed_and_a_message_comes_at_the_same_moment(user: User) -> None:
    """The request may be sent before the end of the connection was seen."""
    made = Module(user.env)
    try:
        made.command("LIST VOICES", "200-heart")
        made.expect("200 OK")
        made.command("CHAR", "202")
        os.kill(user.json("status")["pid"], signal.SIGKILL)
        eventually(lambda: not listens(user.daemon.socket))
        made.send("b\n.\n")
        made.expect("200 OK SPEAKING")
        made.expect("701 BEGIN")
        made.expect("702 END")
    finally:
        assert made.close() == 0


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def test_the_server_is_gone_and_reads_no_answer(user: User, light: None) -> None:
    made = Module(user.env)
    made.command("LIST VOICES", "200-paced")
    made.expect("200 OK")
    process = subprocess.Popen(
        MODULE, env=user.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b"INIT\n")
    process.stdin.flush()
    assert process.wait(20) == 0
    assert process.stderr.read() == b""
    process.stdin.close()
    process.stderr.close()
    assert made.close() == 0

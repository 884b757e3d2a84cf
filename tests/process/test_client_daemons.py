"""``Client`` and a daemon that does not reply, does not read, is full, is killed, or is missing."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.clients import NULL, begun
from support.daemon import Daemon, eventually
from support.svctl import LIGHT

from steadyvoice.client import Client, DaemonUnreachable, RequestRefused

CONFIGURATION = NULL
SHORT, LONG = "0/0/10", "0/0/50 " * 120
"""In the words of ``paced``."""
pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_one_client_too_many(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(LIGHT + "limits.clients = 2\n")
    crowded = make_daemon("--config", str(tmp_path / "config.toml")).ready()
    with crowded.client() as one, crowded.client() as two:
        eventually(lambda: works(one) and works(two))  # the client that polled for readiness has disconnected
        with crowded.client() as three:
            with pytest.raises(RequestRefused) as refused:
                three.status()
            assert (refused.value.code, refused.value.retryable) == ("too_many_clients", True)
            one.close()
            eventually(lambda: works(three))


def works(client: Client) -> bool:
    try:
        return bool(client.status())
    except RequestRefused:
        return False


def test_a_daemon_that_does_not_answer(daemon: Daemon) -> None:
    os.kill(daemon.process.pid, signal.SIGSTOP)
    try:
        with Client(daemon.socket, timeout=0.2) as client:
            for _ in range(2):
                with pytest.raises(DaemonUnreachable, match="not answered") as silent:
                    client.status()
                assert isinstance(silent.value.__cause__, TimeoutError)
            os.kill(daemon.process.pid, signal.SIGCONT)
            client._timeout = 10.0
            assert client.status()["ready"]
    finally:
        os.kill(daemon.process.pid, signal.SIGCONT)


def test_a_daemon_that_does_not_read(daemon: Daemon) -> None:
    """More text than the socket holds."""
    with Client(daemon.socket, timeout=0.2) as client:
        utterance = client.open()
        os.kill(daemon.process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(DaemonUnreachable, match="not answered"):
                utterance.append("word " * 500_000)
        finally:
            os.kill(daemon.process.pid, signal.SIGCONT)


def test_a_daemon_whose_queue_is_full(tmp_path: Path, daemon: Daemon) -> None:
    path = tmp_path / "full.sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(path))
        listener.listen(0)
        first.connect(str(path))
        with pytest.raises(DaemonUnreachable, match="does not accept connections") as full:
            Client(path, timeout=0.05)
        assert isinstance(full.value.__cause__, TimeoutError)
        accepting = threading.Timer(0.05, lambda: listener.accept()[0].close())
        accepting.start()
        Client(path).close()
        accepting.join()


def test_no_daemon(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable, match="start one: svd") as missing:
        Client(tmp_path / "none.sock")
    assert isinstance(missing.value.__cause__, FileNotFoundError)


def test_a_daemon_killed_and_started_again(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    """An idle client does not notice; running utterances fail, and the next call reconnects."""
    (tmp_path / "config.toml").write_text(LIGHT)
    mortal = make_daemon("--config", str(tmp_path / "config.toml")).ready()
    with mortal.client() as idle, mortal.client() as busy:
        assert idle.speak(SHORT).wait().reason == "done"
        utterance, stream, opened, events = busy.speak(LONG), begun(busy.stream(LONG)), busy.open(), busy.subscribe()
        mortal.process.kill()
        mortal.process.wait()
        for client in (idle, busy):
            with pytest.raises(DaemonUnreachable, match="start one: svd"):
                client.status()
        mortal.start()
        eventually(lambda: reachable(idle))
        assert busy.speak(SHORT).wait().reason == "done"
        assert list(idle.stream(SHORT))
        for use in (
            utterance.wait,
            lambda: list(stream),
            lambda: opened.append(SHORT),
            lambda: [event for event in events if event is None],
        ):
            with pytest.raises(DaemonUnreachable, match="has gone away"):
                use()
        mortal.stop()
        mortal.start()
        eventually(lambda: reachable(idle))
        with busy.open_stream() as again:
            again.append(SHORT)
        assert list(again)


def reachable(client: Client) -> bool:
    try:
        return bool(client.status())
    except DaemonUnreachable:
        return False

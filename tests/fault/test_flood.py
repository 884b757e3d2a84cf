"""Clients that flood the daemon with requests are rate-limited and delay no other client; each limit has its code."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from support.daemon import BIN, Daemon, eventually, user_env
from support.matrix import quick
from support.unvalidated_client import UnvalidatedClient, descriptors_of

LIMITS = """
audio.device = "null"
[limits]
requests = 2000
message_bytes = 5000
text_chars = 1000
utterances = 5
clients = 30
"""
SENTENCE = "The keeper climbs the stairs. "
FLOOD = """
import socket, sys
from support.unvalidated_client import UnvalidatedClient
kind, reads = sys.argv[2], sys.argv[3] == "reads"
peer = UnvalidatedClient(sys.argv[1], json=True)
id = peer.ask(type="speak", open=True, sink="device")["id"]
requests = {
    "status": dict(type="status"),
    "append": dict(type="append", id=id, text=""),
    "speak": dict(type="speak", text="Nobody hears this. ", sink="device"),
    "nonsense": dict(type="nonsense"),
}
data = peer.packed(**requests[kind]) * 100
print("flood", flush=True)
peer.socket.setblocking(not reads)
while not peer.closed:
    if reads:
        peer.send(data)
        peer.events.clear()
    else:
        peer.socket.sendall(data)
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    daemon = serve(tmp_path_factory.mktemp("user"), cache, LIMITS)
    pids = daemon.pids()
    yield daemon
    same = daemon.pids() == pids
    assert daemon.stop() == 0, daemon.log
    assert same


def serve(home: Path, cache: Path, config: str) -> Daemon:
    (home / "config.toml").write_text(config)
    return Daemon(user_env(home, cache), ["--config", str(home / "config.toml")]).start().ready()


@contextmanager
def flood(daemon: Daemon, kind: str, reads: str) -> Iterator["subprocess.Popen[str]"]:
    """A program that sends requests of this kind without a pause, on a connection of its own."""
    command = [sys.executable, "-c", FLOOD, str(daemon.socket), kind, reads]
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "flood\n"
            yield program
        finally:
            program.kill()


@pytest.mark.parametrize("reads", quick(1, ["never reads", "reads"]))
@pytest.mark.parametrize("kind", ["status", "append", "speak", "nonsense"])
def test_a_flood_delays_no_other_client(daemon: Daemon, kind: str, reads: str) -> None:
    """During a flood other clients receive every sample and reply; after it all of its utterances end."""
    with daemon.client() as client:
        alone = np.concatenate(list(client.stream(SENTENCE)))
    with flood(daemon, kind, reads) as one, flood(daemon, kind, reads) as other:
        for _ in range(5):
            with daemon.client() as client:
                np.testing.assert_array_equal(np.concatenate(list(client.stream(SENTENCE))), alone)
                assert client.status()["ready"]
                assert client.voices()
        assert one.poll() is other.poll() is None
    eventually(lambda: idle(daemon))


def idle(daemon: Daemon) -> bool:
    utterances = daemon.status()["utterances"]
    return utterances["active"] == utterances["queued"] == 0


def test_requests_above_the_rate_limit_are_delayed(tmp_path: Path, cache: Path) -> None:
    """At one request a second, most wait while other clients are served. When the client has closed its writing half,
    no more requests can follow, so all waiting ones are carried out without further delay."""
    daemon = serve(tmp_path, cache, 'audio.device = "null"\nlimits.requests = 1\n')
    try:
        with UnvalidatedClient(daemon.socket) as peer:
            peer.send(b"".join(peer.packed(type="hello", ref=ref) for ref in range(20)))
            for _ in range(5):
                assert daemon.status()["ready"]
            with daemon.client() as client:
                assert sum(map(len, client.stream(SENTENCE))) > 12000
            peer.until(bool)
            assert len(peer.events) < 20
            peer.socket.shutdown(1)
            peer.until(lambda events: False)
            assert [event["ref"] for event in peer.events] == list(range(20))
    finally:
        assert daemon.stop() == 0, daemon.log


def test_requests_are_carried_out_after_an_immediate_disconnect(daemon: Daemon) -> None:
    """A program sends three detached utterances and disconnects without reading: each is spoken completely."""
    before = daemon.status()["utterances"]["finished"]
    with UnvalidatedClient(daemon.socket, json=True) as peer:
        line = peer.packed(type="speak", text="Yes.", detach=True)
        unfinished = peer.packed(type="speak", text="And no.", open=True, detach=True)
        peer.socket.send(peer.packed(type="status") * 20 + line * 2 + unfinished)
    eventually(lambda: daemon.status()["utterances"]["finished"] == before + 3)


def test_the_daemon_stops_during_a_flood(tmp_path: Path, cache: Path) -> None:
    """Some clients flood, others are rate-limited, await a reply, or have sent half a message."""
    daemon = serve(tmp_path, cache, 'audio.device = "null"\nlimits.requests = 100\n')
    with ExitStack() as stack:
        for reads in ("reads", "never reads"):
            for kind in ("status", "append", "speak"):
                stack.enter_context(flood(daemon, kind, reads))
        for part in (
            b"",
            b"\x90\0",
            b"{",
            b"\0" * 9000,
            b'{"type":"status"}\n' * 900,
            b'{"type":"cancel","all":true}\n' * 9,
        ):
            stack.enter_context(UnvalidatedClient(daemon.socket)).send(part)
        assert daemon.status()["ready"]
        assert daemon.stop() == 0
    assert "Traceback" not in daemon.log


def test_more_clients_than_descriptors(tmp_path: Path, cache: Path) -> None:
    """Connected clients work on, requests that need a descriptor are refused, and the log is not flooded. When the
    surplus clients have disconnected, everything works again."""
    (tmp_path / "config.toml").write_text('audio.device = "null"\n')
    daemon = Daemon(user_env(tmp_path, cache), ["--config", str(tmp_path / "config.toml")])
    daemon.command = ["prlimit", "--nofile=80:80", BIN / "svd"]
    daemon.start().ready()
    try:
        with ExitStack() as stack:
            peer = stack.enter_context(UnvalidatedClient(daemon.socket))
            peer.ask(type="hello")
            for _ in range(80):
                stack.enter_context(UnvalidatedClient(daemon.socket))
            eventually(lambda: descriptors_of(daemon.process.pid) == 80)
            peer.ask(type="speak", text=SENTENCE, sink="pcm")
            peer.ask(type="speak", text="Ships pass.")
            peer.until(lambda _: len(peer.ids("finished")) == 2)
            codes = [event.get("code") for event in peer.events if event["type"] == "finished"]
            assert sorted(codes, key=str) == [None, "too_many_utterances"]
        eventually(lambda: descriptors_of(daemon.process.pid) < 60)
        with daemon.client() as client:
            assert sum(map(len, client.stream(SENTENCE))) > 12000
        assert 0 < daemon.log.count("cannot accept a client") < 10
    finally:
        assert daemon.stop() == 0, daemon.log


@pytest.mark.parametrize("json", [True, False], ids=["json", "msgpack"])
def test_a_message_too_long(daemon: Daemon, json: bool) -> None:
    with UnvalidatedClient(daemon.socket, json=json) as peer:
        peer.ask(type="hello")
        peer.send(peer.packed(type="append", id=1, text="x" * 5000))
        error = peer.until(lambda events: False).events[-1]
        assert (error["type"], error["code"]) == ("error", "bad_message")
        assert "5000" in error["message"]


def test_text_too_long(daemon: Daemon) -> None:
    with UnvalidatedClient(daemon.socket) as peer:
        assert peer.ask(type="speak", text="x" * 1001)["code"] == "text_too_long"
        assert peer.ask(type="speak", text=" " * 1001)["code"] == "text_too_long"
        number = peer.ask(type="speak", open=True, sink="pcm")["id"]
        peer.send(peer.packed(type="append", id=number, text="x" * 999))
        peer.send(peer.packed(type="append", id=number, text="x"))
        peer.send(peer.packed(type="append", ref=7, id=number, text="x"))
        assert peer.ask(type="hello")["type"] == "welcome"
        assert [(e["ref"], e["code"]) for e in peer.events if e["type"] == "error"][-1] == (7, "text_too_long")


def test_too_many_utterances(daemon: Daemon) -> None:
    with UnvalidatedClient(daemon.socket) as peer, UnvalidatedClient(daemon.socket) as other:
        speak = {"type": "speak", "open": True, "sink": "pcm"}
        assert [peer.ask(**speak)["type"] for _ in range(5)] == ["queued"] * 5
        refused = peer.ask(**speak)
        assert (refused["code"], refused["retryable"]) == ("too_many_utterances", True)
        assert other.ask(**speak)["type"] == "queued"
        peer.ask(type="cancel", ids=[peer.ids("queued")[0]])
        assert peer.ask(**speak)["type"] == "queued"


def test_too_many_clients(daemon: Daemon) -> None:
    """A client above the limit receives an error and is disconnected; when another one leaves, clients are accepted."""
    eventually(lambda: idle(daemon))
    with ExitStack() as stack:
        clients = [stack.enter_context(UnvalidatedClient(daemon.socket)) for _ in range(30)]
        for client in clients:
            assert client.ask(type="hello")["type"] == "welcome"
        with UnvalidatedClient(daemon.socket) as late:
            (error,) = late.until(lambda events: False).events
            assert (error["type"], error["code"], error["retryable"]) == ("error", "too_many_clients", True)
        assert clients[0].ask(type="status")["status"]["ready"]
        clients.pop().close()
        eventually(lambda: is_served(daemon))
    eventually(lambda: is_served(daemon))


def is_served(daemon: Daemon) -> bool:
    with UnvalidatedClient(daemon.socket) as peer:
        peer.send(peer.packed(type="hello"))
        return bool(peer.until(bool).events[0]["type"] == "welcome")

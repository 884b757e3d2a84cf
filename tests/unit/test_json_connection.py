"""``svctl``'s connection, against a daemon that misbehaves."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from steadyvoice.client.svctl.json_connection import DaemonUnreachable, JsonConnection
from steadyvoice.ipc import wire
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.messages import Error


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        yield listener


@pytest.fixture
def lines(tmp_path: Path, listener: socket.socket) -> Iterator[JsonConnection]:
    with JsonConnection(str(tmp_path / "socket")) as lines:
        yield lines


@pytest.fixture
def daemon(listener: socket.socket, lines: JsonConnection) -> Iterator[socket.socket]:
    with listener.accept()[0] as daemon:
        yield daemon


def test_a_request_is_a_line(lines: JsonConnection, daemon: socket.socket) -> None:
    assert lines.send("speak", text="Zwölf\n\u2028", rate=1.5) == 1
    data = daemon.recv(1 << 16)
    assert data.count(b"\n") == 1
    assert json.loads(data) == {"type": "speak", "ref": 1, "text": "Zwölf\n\u2028", "rate": 1.5}
    wire.decode_request(data, json=True)


def test_events_split_at_any_byte(lines: JsonConnection, daemon: socket.socket) -> None:
    sent = [{"type": "queued", "ref": 1, "id": 7}, {"type": "finished", "id": 7, "message": "«é»"}]
    got = []
    for byte in b"".join(json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in sent):
        daemon.send(bytes([byte]))
        got += lines.receive()
    assert got == sent
    assert lines.receive(0) == []


def test_the_reply_is_distinguished_from_other_events(lines: JsonConnection, daemon: socket.socket) -> None:
    daemon.send(
        b'{"type":"mark","id":1}\n{"type":"paused","ref":0,"paused":false}\n{"type":"paused","ref":1,"paused":true}\n'
    )
    assert lines.ask("pause")["paused"] is True


def test_a_daemon_that_never_answers(lines: JsonConnection, daemon: socket.socket) -> None:
    daemon.send(b'{"type":"mark","id":1}\n')
    with pytest.raises(DaemonUnreachable, match=r"has not answered in 0\.05 s; see svctl doctor"):
        lines.ask("status", 0.05)


def test_a_daemon_that_closes(lines: JsonConnection, daemon: socket.socket) -> None:
    daemon.close()
    with pytest.raises(DaemonUnreachable, match="has gone away"):
        lines.receive()
    with pytest.raises(DaemonUnreachable, match="has gone away"):
        lines.ask("status")


def test_a_daemon_that_sends_the_close_reason(lines: JsonConnection, daemon: socket.socket) -> None:
    """The daemon has not read the whole request: sending fails before anything is received."""
    daemon.send(b'{"type":"error","ref":0,"code":"bad_message","message":"too long"}\n')
    daemon.close()
    with pytest.raises(RequestRefused, match="too long") as refused:
        lines.send("speak", text="x" * (1 << 22))
    assert refused.value.code == "bad_message"


def test_a_daemon_at_its_client_limit(lines: JsonConnection, daemon: socket.socket) -> None:
    """The daemon sends that in msgpack, before the client has sent anything."""
    daemon.send(wire.encode(Error(0, "too_many_clients", "there are 64 clients already", True)))
    daemon.close()
    with pytest.raises(RequestRefused, match="there are 64 clients already") as refused:
        lines.ask("status")
    assert refused.value.retryable


def test_no_daemon(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable, match=r"no daemon at .*/none \(No such file or directory\); start one: svd"):
        JsonConnection(str(tmp_path / "none"))
    with pytest.raises(DaemonUnreachable, match="too long"):
        JsonConnection("/" + "x" * 200)

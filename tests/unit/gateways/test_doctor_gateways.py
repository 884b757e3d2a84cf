"""What ``svctl doctor`` says of gateways: served, not running, or an address that another program has."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from steadyvoice.client.svctl.doctor.gateways import examine


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def configured(tmp_path: Path, listener: socket.socket, name: str) -> str:
    file = tmp_path / "config.toml"
    other = {"http": "wyoming", "wyoming": "http"}[name]
    file.write_text(
        f'gateways.{name}.listen = ["127.0.0.1:{listener.getsockname()[1]}"]\n'
        f'gateways.{other}.listen = ["unix:{tmp_path}/none"]\n'
    )
    return str(file)


def answer(listener: socket.socket, reply: bytes) -> threading.Thread:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize("name", ["http", "wyoming"])
@pytest.mark.parametrize("ours", [True, False])
def test_a_program_at_the_address(tmp_path: Path, listener: socket.socket, name: str, ours: bool) -> None:
    thread = answer(listener, b"Server: Steadyvoice/1\r\n" if ours else b"Server: other\r\n")
    overview, *problems = examine(configured(tmp_path, listener, name))
    thread.join()
    assert f"{name} {'serves' if ours else 'another program listens'} at 127.0.0.1:" in overview.detail
    assert "is not running" in overview.detail
    assert [f"svgate {name} --listen" in problem.fix for problem in problems] == ([] if ours else [True])


def test_an_invalid_configuration_is_for_another_check(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('gateways.http.listen = ["nowhere"]')
    assert examine(str(tmp_path / "config.toml")) == []

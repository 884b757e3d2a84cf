"""Addresses of gateways: their forms, and real sockets that listen on them."""

import os
import socket
from pathlib import Path

import pytest

from steadyvoice.gateways import listening
from steadyvoice.ipc import addresses
from steadyvoice.ipc.addresses import Address, BadAddress


@pytest.mark.parametrize(
    ("text", "address", "shown", "is_local"),
    [
        ("127.0.0.1:80", Address("127.0.0.1", 80), "127.0.0.1:80", True),
        ("127.8.9.1:80", Address("127.8.9.1", 80), "127.8.9.1:80", True),
        ("localhost:8880", Address("localhost", 8880), "localhost:8880", True),
        ("[::1]:80", Address("::1", 80), "[::1]:80", True),
        ("::1:80", Address("::1", 80), "[::1]:80", True),
        ("0.0.0.0:80", Address("0.0.0.0", 80), "0.0.0.0:80", False),
        ("[::]:80", Address("::", 80), "[::]:80", False),
        ("192.168.1.2:80", Address("192.168.1.2", 80), "192.168.1.2:80", False),
        ("unix:/run/a b.sock", Address(path="/run/a b.sock"), "unix:/run/a b.sock", True),
    ],
)
def test_address(text: str, address: Address, shown: str, is_local: bool) -> None:
    assert addresses.parse(text) == address
    assert str(address) == shown
    assert address.is_local is is_local


@pytest.mark.parametrize(
    "text",
    ["", "80", ":80", "*:80", "example.org:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "::1",
     "127.0.0.1:-1", "127.1:80", "unix:", "unix:a.sock", "[127.0.0.1:80", "127.0.0.1:٣"],
)  # fmt: skip
def test_no_address(text: str) -> None:
    with pytest.raises(BadAddress) as caught:
        addresses.parse(text)
    assert repr(text) in str(caught.value)


def test_localhost_is_both_loopback_addresses_with_one_port() -> None:
    sockets = listening.listen([Address("localhost", 0)])
    ports = {each.getsockname()[1] for each in sockets}
    assert [each.getsockname()[0] for each in sockets] in (["127.0.0.1", "::1"], ["127.0.0.1"])
    assert len(ports) == 1
    with pytest.raises(BadAddress, match="Address already in use; name another one"):
        listening.listen([Address("127.0.0.1", *ports)])
    listening.release(sockets)


def test_a_unix_socket_is_for_its_user_and_replaces_a_stale_one(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "speech"))
    (first,) = listening.listen([address])
    assert os.stat(address.path).st_mode & 0o777 == 0o600
    with pytest.raises(BadAddress, match="in use"):
        listening.listen([address])
    first.close()
    (second,) = listening.listen([address])
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(address.path)
    listening.release([second])
    assert not os.path.exists(address.path)


def test_a_file_that_is_no_socket_is_kept(tmp_path: Path) -> None:
    (tmp_path / "speech").write_text("mine")
    with pytest.raises(BadAddress, match="in use"):
        listening.listen([Address(path=str(tmp_path / "speech"))])
    assert (tmp_path / "speech").read_text() == "mine"


def test_a_refused_address_leaves_no_socket_open() -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(BadAddress, match=r"192\.0\.2\.1:0: Cannot assign"):
        listening.listen([Address("localhost", 0), Address("192.0.2.1", 0)])
    assert len(os.listdir("/proc/self/fd")) == len(before)

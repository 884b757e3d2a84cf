"""The socket's path, reserved by one daemon at a time."""

import fcntl
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from steadyvoice.daemon.control.socket_path import Address, AddressTaken


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "control.sock"


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_only_its_user_may_connect(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        address = Address(path)
        with address.listen():
            assert mode(path.parent) == 0o700
            assert mode(path) == 0o600
            assert mode(Path(f"{path}.lock")) == 0o600
            assert os.umask(umask) == umask, "the caller's umask is as it was"
    finally:
        os.umask(before)
    address.release()


def test_it_listens_at_its_path_and_removes_its_files(path: Path) -> None:
    address = Address(path)
    with address.listen() as server, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        connection, _ = server.accept()
        client.sendall(b"hello")
        assert connection.recv(5) == b"hello"
        connection.close()
    address.release()
    assert os.listdir(path.parent) == []


def test_second_daemon_is_refused(path: Path) -> None:
    first = Address(path)
    with first.listen() as server:
        for _ in range(2):
            with pytest.raises(AddressTaken) as caught:
                Address(path)
            assert str(path) in str(caught.value)
            assert "another svd" in str(caught.value)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))  # the first one serves as before
            server.accept()[0].close()
    first.release()
    second = Address(path)
    second.release()


def test_a_link_to_the_same_path_is_refused(path: Path, tmp_path: Path) -> None:
    first = Address(path)
    (tmp_path / "link").symlink_to(path.parent)
    with pytest.raises(AddressTaken):
        Address(tmp_path / "link" / path.name)
    first.release()


def test_refusal_leaks_no_descriptor(path: Path) -> None:
    first = Address(path)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(AddressTaken):
        Address(path)
    assert os.listdir("/proc/self/fd") == before
    first.release()


def test_stale_socket_is_replaced(path: Path) -> None:
    """A killed daemon leaves a socket without a listener and a lock file without a lock."""
    killed = Address(path)
    killed.listen().close()
    os.close(killed._lock)
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(ConnectionRefusedError):
        client.connect(str(path))
    address = Address(path)
    assert address.instance == killed.instance, "the same name finds what the killed one left"
    with address.listen() as server, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        server.accept()[0].close()
    address.release()
    assert os.listdir(path.parent) == []


def test_file_that_is_no_socket_is_not_replaced(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("my diary")
    address = Address(path)
    try:
        with pytest.raises(AddressTaken):
            address.listen().close()
        assert path.read_text() == "my diary"
    finally:
        address.release()


def test_two_paths_are_two_instances(tmp_path: Path) -> None:
    one, two = Address(tmp_path / "1.sock"), Address(tmp_path / "2.sock")
    assert one.instance != two.instance
    for address in (one, two):
        address.release()


def test_relative_path_is_resolved_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    address = Address(Path("control.sock"))
    monkeypatch.chdir("/")
    address.listen().close()
    address.release()
    assert os.listdir(tmp_path) == []


def test_socket_of_systemd_is_kept(path: Path) -> None:
    address = Address(path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
        address.release()
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("file/control.sock", "File exists|Not a directory"),
        ("file/deeper/control.sock", "Not a directory"),
        ("d" * 300 + "/control.sock", "File name too long"),
        ("/proc/steadyvoice/control.sock", "No such file"),
    ],
)
def test_path_that_cannot_be_created(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / name
    with pytest.raises(AddressTaken, match=why) as caught:
        Address(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["directory", "x" * 120])
def test_path_that_cannot_be_bound(tmp_path: Path, name: str) -> None:
    (tmp_path / "directory" / "full").mkdir(parents=True)
    address = Address(tmp_path / name)
    umask = os.umask(0o027)
    try:
        with pytest.raises(AddressTaken, match="cannot listen on"):
            address.listen()
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(umask)
    address.release()
    assert os.listdir(tmp_path) == ["directory"]


@pytest.fixture
def before_flock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], None]]]:
    """Actions of other processes between the open of the lock file and its lock, one per attempt."""
    real = fcntl.flock
    others: list[Callable[[], None]] = []

    def flock(fd: int, how: int) -> None:
        if others:
            others.pop(0)()
        real(fd, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    yield others
    assert not others


def test_lock_file_removed_before_it_was_locked(path: Path, before_flock: list[Callable[[], None]]) -> None:
    """The previous daemon removed the file before it released the lock: a new file must be created."""
    lock = Path(f"{path}.lock")
    descriptors = len(os.listdir("/proc/self/fd"))

    def replace() -> None:
        lock.unlink()
        lock.touch()

    before_flock += [lock.unlink, replace]
    address = Address(path)
    assert os.stat(lock).st_ino == os.fstat(address._lock).st_ino
    assert len(os.listdir("/proc/self/fd")) == descriptors + 1
    with pytest.raises(AddressTaken):
        Address(path)
    address.release()


def test_a_third_daemon_took_the_lock(path: Path, before_flock: list[Callable[[], None]]) -> None:
    made: list[Address] = []

    def take() -> None:
        Path(f"{path}.lock").unlink()
        made.append(Address(path))

    before_flock.append(take)
    with pytest.raises(AddressTaken):
        Address(path)
    made[0].release()
    assert os.listdir(path.parent) == []


def test_a_socket_with_a_listener_is_not_replaced(path: Path) -> None:
    """systemd listens for a service that has failed: replacing its socket would make the unit unreachable."""
    with socket.socket(socket.AF_UNIX) as listening:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        listening.bind(str(path))
        listening.listen()
        address = Address(path)
        with pytest.raises(AddressTaken, match="its service has failed"):
            address.listen()
        address.release()
        assert path.is_socket()

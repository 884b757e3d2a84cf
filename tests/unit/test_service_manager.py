"""Messages to the service manager and the journal, read from real sockets."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from steadyvoice.daemon import journal
from steadyvoice.daemon.supervision import watchdog
from steadyvoice.ipc import systemd


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "socket"))
        sock.settimeout(20)
        yield sock


@pytest.fixture
def manager(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    monkeypatch.setenv("NOTIFY_SOCKET", listening.getsockname())
    return listening


def test_a_status_is_one_line(manager: socket.socket) -> None:
    systemd.status("ready\nERRNO=5", "READY=1")
    assert manager.recv(1000) == b"READY=1\nSTATUS=ready\\nERRNO=5"


def test_reloading_has_a_time_stamp(manager: socket.socket) -> None:
    before = time.monotonic_ns() // 1000
    systemd.reloading()
    state, since = manager.recv(1000).decode().split("\n")
    assert state == "RELOADING=1"
    assert before <= int(since.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_watchdog_timeout(env: dict[str, str], expected: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert systemd.watchdog_s() == expected


def test_the_watchdog_is_notified_only_while_the_daemon_is_healthy(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four checks, of which the third finds a problem."""
    monkeypatch.setenv("WATCHDOG_USEC", "2000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    states = iter([True, True, False, True])
    seen: list[bool] = []

    def is_healthy() -> bool:
        seen.append(next(states))
        return seen[-1]

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(watchdog.feed(is_healthy))
    assert seen == [True, True, False, True]
    assert [manager.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(100)


def test_without_a_watchdog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    asyncio.run(watchdog.feed(lambda: pytest.fail("the state was checked")))


def record(level: int, message: str, **extra: object) -> logging.LogRecord:
    return logging.getLogger("test").makeRecord("svd", level, "", 0, message, (), None, extra=extra)


def test_a_record_has_its_fields(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_SOCKET", listening.getsockname())
    handler = journal.JournalHandler()
    handler.emit(record(logging.WARNING, "it was late", utterance=7, stage="vocoder"))
    handler.emit(record(logging.INFO, "ready", stage=""))
    handler.close()
    assert listening.recv(1000).decode().splitlines() == [
        "MESSAGE=it was late",
        "PRIORITY=4",
        "SYSLOG_IDENTIFIER=svd",
        "STEADYVOICE_UTTERANCE=7",
        "STEADYVOICE_STAGE=vocoder",
    ]
    assert listening.recv(1000).decode().splitlines() == ["MESSAGE=ready", "PRIORITY=6", "SYSLOG_IDENTIFIER=svd"]


def test_without_a_journal_a_record_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(journal, "_SOCKET", str(tmp_path / "nobody"))
    handler = journal.JournalHandler()
    handler.emit(record(logging.ERROR, "lost"))
    handler.close()
    assert capsys.readouterr().err == "lost\n"


def test_whether_stderr_is_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{ours.st_dev}:{ours.st_ino}")
    assert journal.is_stderr()
    monkeypatch.setenv("JOURNAL_STREAM", f"{ours.st_dev}:{ours.st_ino + 1}")
    assert not journal.is_stderr()
    monkeypatch.delenv("JOURNAL_STREAM")
    assert not journal.is_stderr()

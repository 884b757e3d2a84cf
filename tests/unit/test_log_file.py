"""The log of a daemon that svctl started is limited in size."""

import fcntl
import os
from pathlib import Path

import pytest

from steadyvoice.daemon import log_file

FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT


@pytest.fixture(params=["file", "memory"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> int:
    if request.param == "file":
        return os.open(tmp_path / "log", FLAGS, 0o600)
    memory = os.memfd_create("log")
    fcntl.fcntl(memory, fcntl.F_SETFL, os.O_APPEND)  # as client/svctl/autostart.py does
    return memory


def lines(log: int) -> list[bytes]:
    return os.pread(log, 1 << 20, 0).splitlines()


def test_a_short_log_is_unchanged(log: int) -> None:
    os.write(log, b"x" * 99 + b"\n")
    log_file.trim(log, 100)
    assert os.fstat(log).st_size == 100


def test_the_last_lines_of_a_long_log_are_kept(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", FLAGS, 0o600)
    stage = os.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND)
    for number in range(1000):
        os.write(log, b"line %d\n" % number)
    log_file.trim(log, 4096)
    kept = lines(log)
    assert kept[-1] == b"line 999"
    assert kept == [b"line %d" % number for number in range(1000 - len(kept), 1000)]
    assert 1800 < os.fstat(log).st_size <= 2048
    os.write(stage, b"from a stage\n")
    assert lines(log) == [*kept, b"from a stage"], "the other writer appends"
    os.close(log)
    os.close(stage)


def test_one_long_line(log: int) -> None:
    os.write(log, b"x" * 5000)
    log_file.trim(log, 1000)
    assert os.fstat(log).st_size <= 500


@pytest.mark.parametrize("path", ["/dev/null", "/dev/full"])
def test_a_device_is_unchanged(path: str) -> None:
    with open(path, "r+b", buffering=0) as device:
        log_file.trim(device.fileno(), 1)


def test_a_pipe_is_unchanged() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"12345")
    log_file.trim(writing, 1)
    assert os.read(reading, 9) == b"12345"
    os.close(reading)
    os.close(writing)

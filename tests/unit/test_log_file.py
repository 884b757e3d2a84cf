"""The log of a daemon that svctl started never becomes long."""

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


def test_a_short_one_stays(log: int) -> None:
    os.write(log, b"x" * 99 + b"\n")
    log_file.cut(log, 100)
    assert os.fstat(log).st_size == 100


def test_of_a_long_one_the_newer_half_is_kept_in_whole_lines(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", FLAGS, 0o600)
    stage = os.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND)
    for number in range(1000):
        os.write(log, b"line %d\n" % number)
    log_file.cut(log, 4096)
    kept = lines(log)
    assert kept[-1] == b"line 999"
    assert kept == [b"line %d" % number for number in range(1000 - len(kept), 1000)]
    assert 1800 < os.fstat(log).st_size <= 2048
    os.write(stage, b"from a stage\n")
    assert lines(log) == [*kept, b"from a stage"], "it writes behind what is there now"
    os.close(log)
    os.close(stage)


def test_one_line_without_an_end(log: int) -> None:
    os.write(log, b"x" * 5000)
    log_file.cut(log, 1000)
    assert os.fstat(log).st_size <= 500


@pytest.mark.parametrize("path", ["/dev/null", "/dev/full"])
def test_what_is_no_file_is_left_alone(path: str) -> None:
    with open(path, "r+b", buffering=0) as device:
        log_file.cut(device.fileno(), 1)


def test_a_pipe_is_left_alone() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"12345")
    log_file.cut(writing, 1)
    assert os.read(reading, 9) == b"12345"
    os.close(reading)
    os.close(writing)

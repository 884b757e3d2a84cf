"""Traces in files and at a collector: bounded, never waited for, and lost in one line of the log where they must be."""

import logging
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.daemon import eventually
from support.traces import Collector, recorder, slot

from steadyvoice.daemon.tracing import keeper
from steadyvoice.daemon.tracing.exporter import WAITING, Exporter
from steadyvoice.daemon.tracing.keeper import Keeper
from steadyvoice.daemon.tracing.known import Known
from steadyvoice.ipc.flight_recorder import Snapshot
from steadyvoice.ipc.traces import Trace

CONTEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setattr(keeper, "_PAUSE_S", 0.0)
    return tmp_path / "state" / "traces"


def known(context: str = "") -> Known:
    return Known(7, "speech", "device", ["generator", "output"], 10**12, 48000, traceparent=context)


def snapshot() -> Snapshot:
    with recorder() as (writer, reader, _):
        writer.block(slot(7, 0, [10**12 + 1000, 10**12 + 2000]), 10**12 + 3000)
        writer.written(10**12 + 4000, 0, 0)
        return reader.snapshot()


def test_a_trace_is_kept_once_in_a_while(folder: Path) -> None:
    kept = Keeper()
    assert kept.is_due()
    kept.keep("stage vocoder was late", "underrun", [known()], snapshot())
    assert not kept.is_due()
    eventually(lambda: kept.kept)
    [file] = folder.iterdir()
    assert str(file) == kept.last
    assert file.name.endswith("-underrun.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    trace = msgspec.json.decode(file.read_bytes(), type=Trace)
    assert trace.why == "stage vocoder was late"
    assert [block.times for block in trace.blocks] == [[2, 3, 4, 5]]


def test_the_oldest_files_are_deleted_and_others_stay(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "mine.txt").touch()
    for number in range(keeper.MAX_FILES + 3):
        file = folder / f"{number:02}.json"
        keeper.write(file, b"{}")
        os.utime(file, (number, number))
    left = sorted(file.name for file in folder.iterdir())
    assert left == [*(f"{number:02}.json" for number in range(3, keeper.MAX_FILES + 3)), "mine.txt"]


def test_a_full_disk_is_one_line_of_the_log(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.parent.mkdir()
    folder.symlink_to("/dev/full")  # a folder that cannot be made
    kept = Keeper()
    for _ in range(2):
        kept.keep("stage output ended", "death", [], snapshot())
        eventually(lambda: kept.problem)
    eventually(lambda: len(caplog.records) == 1)
    assert caplog.messages[0].startswith("no trace can be kept: ")
    assert (kept.kept, kept.last) == (0, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_writes_nothing_into_a_users_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(PermissionError, match="another user"):
        keeper.write(tmp_path / "state" / "x.json", b"{}")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as made:
        yield made


def test_a_collector_gets_each_trace(collector: Collector) -> None:
    exporter = Exporter(collector.url)
    assert exporter.wants(known(CONTEXT))
    assert not exporter.wants(known(CONTEXT[:-1] + "0")), "the caller does not record its trace"
    exporter.export(known(CONTEXT), snapshot())
    eventually(lambda: exporter.exported)
    [spans] = collector.traces
    assert {span["traceId"] for span in spans} == {CONTEXT.split("-")[1]}
    assert [span["name"] for span in spans] == ["utterance", "queue", "generator", "output"]


def test_what_a_collector_does_not_take_is_counted(collector: Collector, caplog: pytest.LogCaptureFixture) -> None:
    collector.status = 503
    exporter = Exporter(collector.url)
    for _ in range(2):
        exporter.export(known(), None)
    eventually(lambda: exporter.dropped == 2)
    assert "the collector answers 503" in exporter.problem
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
    exporter.url = "http://127.0.0.1:1/v1/traces"
    exporter.export(known(), None)
    eventually(lambda: "refused" in exporter.problem)


def test_a_collector_that_hangs_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # it never answers
        exporter = Exporter(f"http://127.0.0.1:{server.getsockname()[1]}")
        for _ in range(WAITING + 3):
            exporter.export(known(), None)
        assert 1 <= exporter.dropped <= 3
        assert "too slow" in exporter.problem


def test_nothing_is_exported_without_an_address() -> None:
    assert not Exporter("").wants(known())

"""The daemon's process, and the files that ``quit --purge`` removes."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from steadyvoice.client.svctl import daemon_process, purge
from steadyvoice.client.svctl.daemon_process import NotEnded, Running


def status(**more: Any) -> dict[str, Any]:
    own = {"pid": 7, "ready": True, "problem": "", "started_by": {"by": "svctl", "unit": "", "scope": ""}}
    return own | {"utterances": {"active": 1, "queued": 2}} | more


SERVICE = {"by": "systemd", "unit": "steadyvoice.service", "scope": "user"}


@pytest.mark.parametrize(
    ("listener", "answer", "wanted"),
    [
        (7, status(), Running(7, False, "", "", True, False, 3)),
        (7, status(problem="no engine", ready=False), Running(7, False, "", "", True, True, 3)),
        (7, status(problem="no sound system", ready=True), Running(7, False, "", "", True, False, 3)),
        (7, {}, Running(7, False, "", "", False, False, 0)),  # a hung daemon
        (9, status(), Running(9, False, "", "", True, False, 3)),  # its pid in this namespace
        (1, status(started_by=SERVICE), Running(7, True, "steadyvoice.service", "user", False, False, 3)),
        (7, status(started_by=SERVICE), Running(7, False, "steadyvoice.service", "user", False, False, 3)),
    ],
)
def test_identity_of_the_daemon(listener: int, answer: dict[str, Any], wanted: Running) -> None:
    assert daemon_process.running(listener, answer) == wanted


@pytest.mark.parametrize(("answer", "answered"), [({}, False), (status(), False), (status(version="1"), True)])
def test_reply_identifies_svd(answer: dict[str, Any], answered: bool) -> None:
    assert daemon_process.running(7, answer).answered == answered


def test_proc_overrules_the_reply() -> None:
    with pytest.raises(NotEnded):
        daemon_process.end(daemon_process.running(os.getpid(), status(version="1")))


@pytest.mark.parametrize("other", [0, 1, -1, 2**22])
def test_no_other_process_is_killed(other: int) -> None:
    """-1: the process that runs this test."""
    pid = os.getpid() if other < 0 else other
    with pytest.raises(NotEnded, match=f"pid {pid}"):
        daemon_process.end(daemon_process.running(pid, {}))


def test_no_process_with_a_similar_command_line_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()", "svd.py"], stdin=subprocess.PIPE) as process:
        with pytest.raises(NotEnded):
            daemon_process.end(daemon_process.running(process.pid, {}))
        assert process.poll() is None
        process.communicate(b"\n")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("XDG_", "STEADYVOICE_", "STATE_DIRECTORY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def planted(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("x")


CACHE = ("hibari-decoder-0123456789abcdef.onnx", "hibari-words-us-0123456789abcdef.bin",
         "hibari-prosody-0123456789abcdef.onnxk3_x9a2b")  # fmt: skip


def test_purge_removes_and_keeps(home: Path) -> None:
    planted(home / ".cache/steadyvoice", *CACHE)
    planted(home / ".local/state/steadyvoice/blocks", "vocoder-3-4711")
    planted(home / ".local/state/steadyvoice/traces", "2026-11-30T12-00-00-underrun.json")
    planted(home / ".local/share/steadyvoice/voices/mine", "model.safetensors")
    planted(home / ".config/steadyvoice", "config.toml")
    planted(home / "run/steadyvoice", "control.sock.log", "control.sock.lock")
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(home / "run/steadyvoice/control.sock"))
    remains = purge.purge(str(home / "run/steadyvoice/control.sock"), listening=False)
    assert remains.failed == {}
    assert list(remains.kept) == [str(home / ".local/share/steadyvoice"), str(home / ".config/steadyvoice/config.toml")]
    left = {str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir()}
    assert left == {".local/share/steadyvoice/voices/mine/model.safetensors", ".config/steadyvoice/config.toml"}
    for gone in (".cache/steadyvoice", ".local/state/steadyvoice", "run/steadyvoice"):
        assert not (home / gone).exists()
        assert str(home / gone) in remains.removed
    again = purge.purge(str(home / "run/steadyvoice/control.sock"), listening=False)
    assert (again.removed, again.failed) == ([], {})


def test_purge_removes_only_own_files_of_a_shared_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable may name any folder, even the home directory."""
    monkeypatch.setenv("STEADYVOICE_CACHE", str(home))
    monkeypatch.setenv("STATE_DIRECTORY", str(home))
    planted(home, *CACHE, "thesis.odt", "notes-2026.txt", ".profile")
    planted(home / "blocks", "vocoder-3-4711", "toys.txt")
    (home / "photos").mkdir()
    purge.purge(str(home / "x.sock"), listening=False)
    assert {path.name for path in home.iterdir()} == {"thesis.odt", "notes-2026.txt", ".profile", "blocks", "photos"}
    assert os.listdir(home / "blocks") == ["toys.txt"]


def test_foreign_objects_at_the_socket_path_stay(home: Path) -> None:
    precious = home / "precious"
    precious.write_text("x")
    (home / "x.sock.log").symlink_to(precious)
    (home / "x.sock.lock").mkdir()
    (home / "x.sock").write_text("x")
    remains = purge.purge(str(home / "x.sock"), listening=False)
    assert remains.removed == []
    assert precious.read_text() == (home / "x.sock").read_text() == "x"
    assert (home / "x.sock.log").is_symlink()


def test_systemds_socket_is_kept(home: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home / "x.sock"))
        purge.purge(str(home / "x.sock"), listening=True)
        assert stat.S_ISSOCK((home / "x.sock").stat().st_mode)


def test_files_that_cannot_be_removed_are_reported(home: Path) -> None:
    planted(home / ".cache")
    (home / ".cache/steadyvoice").write_text("a file where a folder belongs")
    planted(home / ".local/state/steadyvoice/blocks")
    (home / ".local/state/steadyvoice/blocks/vocoder-3-4711").mkdir()
    remains = purge.purge(str(home / "x.sock"), listening=False)
    assert set(remains.failed) == {
        str(home / ".cache/steadyvoice"),
        str(home / ".local/state/steadyvoice/blocks/vocoder-3-4711"),
    }


def test_without_a_home_directory(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert purge.purge(str(home / "x.sock"), listening=False) == purge.Remains([], {}, {})

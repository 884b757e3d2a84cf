"""The program's paths, and reading them where a path has an unexpected content."""

import contextlib
import errno
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from support.dead_mount import can_mount, dead_mount

from steadyvoice.ipc import mounts, paths
from steadyvoice.ipc.errors import describe

FOLDERS: dict[str, tuple[Callable[[], Path], str, str]] = {
    "XDG_DATA_HOME": (lambda: paths.store("voices"), ".local/share/steadyvoice/voices", "steadyvoice/voices"),
    "XDG_STATE_HOME": (lambda: paths.state("blocks"), ".local/state/steadyvoice/blocks", "steadyvoice/blocks"),
    "XDG_CACHE_HOME": (paths.cache, ".cache/steadyvoice", "steadyvoice"),
    "XDG_CONFIG_HOME": (paths.configuration, ".config/steadyvoice/config.toml", "steadyvoice/config.toml"),
}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*FOLDERS, "STEADYVOICE_DATA", "STEADYVOICE_CACHE", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("variable", FOLDERS)
def test_each_folder(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    ask, below_home, below_base = FOLDERS[variable]
    monkeypatch.setenv("HOME", "/home/ann")
    assert ask() == Path("/home/ann", below_home)
    for ignored in ("", "relative", "./x", "~/x"):
        monkeypatch.setenv(variable, ignored)
        assert ask() == Path("/home/ann", below_home)
    monkeypatch.setenv(variable, "/base")
    monkeypatch.setenv("HOME", "")
    assert ask() == Path("/base", below_base)


@pytest.mark.parametrize("home", ["", "relative", "~", None])
def test_without_a_home_the_user_database_has_it(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    import pwd

    monkeypatch.delenv("HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert paths.home() == pwd.getpwuid(0).pw_dir
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    with pytest.raises(paths.NoHome, match="set HOME"):
        paths.home()
    with pytest.raises(OSError, match="no home folder"):
        paths.cache()
    assert paths.added("voices") == {}


def test_what_was_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path))
    reported: dict[str, OSError] = {}
    assert paths.added("voices", reported.__setitem__) == {}
    assert not reported
    (tmp_path / "voices").mkdir()
    for name in ("b", "a", ".hidden", "line\nbreak"):
        (tmp_path / "voices" / name).mkdir()
    (tmp_path / "voices" / os.fsdecode(b"\xff")).mkdir()
    (tmp_path / "voices/a/file").touch()
    (tmp_path / "voices/file").touch()
    (tmp_path / "voices/loop").symlink_to("loop")
    (tmp_path / "voices/gone").symlink_to("nothing")
    found = paths.added("voices", reported.__setitem__)
    assert [path.name for path in found] == ["a", "b", "line\nbreak", "\udcff"]
    assert found[tmp_path / "voices/a"] == ["file"]
    assert {Path(name).name: error.errno for name, error in reported.items()} == {
        "file": errno.ENOTDIR, "loop": errno.ELOOP, "gone": errno.ENOENT,
    }  # fmt: skip


@pytest.mark.parametrize("root", ["file", "gone", "loop", "file/below", "gone/below", "loop/below", "x" * 300])
def test_an_invalid_store_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "gone").symlink_to("nothing")
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path / root))
    reported: dict[str, OSError] = {}
    assert paths.added("voices", reported.__setitem__) == {}
    assert list(reported) == [str(tmp_path / root / "voices")]


def test_a_file_is_present_or_not_or_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("file")
    assert all(paths.present(tmp_path / name) for name in ("file", "empty", "link"))
    assert not paths.present(tmp_path / "nothing")
    assert not paths.present(tmp_path / "no/thing")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "gone").symlink_to("nothing")
    for name, match in {
        "fifo": "not a regular file", ".": "a folder where a file belongs", "gone": "No such file",
        "gone/x": "No such file", "file/x": "Not a directory", "x" * 300: "too long",
    }.items():  # fmt: skip
        with pytest.raises(OSError, match=match):
            paths.present(tmp_path / name)


@pytest.mark.skipif(not can_mount(), reason="needs root, and /dev/fuse")
def test_a_dead_mount_costs_one_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forked, fork = [], os.fork

    def recorded() -> int:
        forked.append(child := fork())
        return child

    monkeypatch.setattr(os, "fork", recorded)
    dead, link = tmp_path / "a b", tmp_path / "link"
    dead.mkdir()
    link.symlink_to("a b/below")
    tasks = len(os.listdir("/proc/self/task"))
    with dead_mount(dead, hangs=True):
        assert not mounts.is_local(str(dead / "x"))
        assert not mounts.is_local(str(link))
        assert mounts.is_local(str(tmp_path))
        for path in (dead, link):
            with pytest.raises(TimeoutError, match="no answer; is it on a network mount"):
                mounts.asked(path, partial(os.listdir, path), 0.2)
        began = time.process_time()
        with pytest.raises(TimeoutError):
            mounts.asked(dead, lambda: os.listdir(dead), 1000)
        assert len(os.listdir("/proc/self/task")) <= tasks + 1  # the mount's server
        assert time.process_time() - began < 10
    with dead_mount(dead, hangs=False), pytest.raises(OSError, match="Input/output error"):
        mounts.asked(dead / "x", lambda: os.listdir(dead / "x"))
    for child in forked:
        with contextlib.suppress(ChildProcessError):  # all but those that could not be killed have been waited for
            os.waitpid(child, 0)


def test_a_loop_of_links_is_local(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("../" + tmp_path.name + "/a")
    assert mounts.is_local(str(tmp_path / "a/x/../y"))


def test_no_home_is_described_without_the_name_of_a_class() -> None:
    assert describe(paths.NoHome()) == "there is no home folder: set HOME to an absolute path"

"""The store has a copy of each added file: the checked one, whatever happens to the source."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.daemon import BIN
from support.store import TINY, Home

from steadyvoice.workers.store import converters
from steadyvoice.workers.store.copying import copy_file
from steadyvoice.workers.store.place import Refusal

VOICE = TINY.read_bytes()


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Home:
    return Home(tmp_path / "user", cache)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copyfile(TINY, tmp_path / "ann.pth"))


def test_later_changes_of_the_source_do_not_change_the_store(home: Home, source: Path) -> None:
    home.does("converters", "add", source)
    with source.open("r+b") as file:
        file.write(b"x" * len(VOICE))
    assert home.files() == {"converters/ann/model.pth": VOICE}
    source.unlink()
    assert home.files() == {"converters/ann/model.pth": VOICE}


@pytest.mark.parametrize("how", ["link", "link to a link", "linked folder", "hard link", "relative"])
def test_later_changes_through_a_link_do_not_change_the_store(
    home: Home, source: Path, tmp_path: Path, how: str
) -> None:
    given = tmp_path / "given" / "ann.pth"
    given.parent.mkdir()
    match how:
        case "link":
            given.symlink_to(source)
        case "link to a link":
            (tmp_path / "between").symlink_to(source)
            given.symlink_to(tmp_path / "between")
        case "linked folder":
            given.parent.rmdir()
            given.parent.symlink_to(tmp_path)
        case "hard link":
            given.hardlink_to(source)
        case "relative":
            given.symlink_to("../ann.pth")
    home.does("converters", "add", given)
    source.write_bytes(b"spoilt")
    assert home.files() == {"converters/ann/model.pth": VOICE}
    assert not (home.data / "converters" / "ann" / "model.pth").is_symlink()


def test_the_check_reads_the_copy_and_not_the_source(home: Home, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source is overwritten during the check."""
    from steadyvoice.workers.converters.rvc import checkpoint  # torch, which every process would import

    monkeypatch.setenv("STEADYVOICE_DATA", str(home.data))
    check = checkpoint.check

    def meanwhile(path: Path) -> checkpoint.Found:
        source.write_bytes(b"spoilt")
        return check(path)

    monkeypatch.setattr(checkpoint, "check", meanwhile)
    converters.add(str(source), None, None, False)
    assert home.files() == {"converters/ann/model.pth": VOICE}


def test_a_source_that_is_damaged_before_the_copy_is_refused(
    home: Home, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source is a voice when it is examined, and damaged when it is copied."""
    monkeypatch.setenv("STEADYVOICE_DATA", str(home.data))

    def replaced(given: Path, target: Path) -> None:
        given.write_bytes(VOICE[: len(VOICE) // 2])
        copy_file(given, target)

    monkeypatch.setattr(converters, "copy_file", replaced)
    with pytest.raises(Refusal) as refused:
        converters.add(str(source), None, None, False)
    assert str(source) in str(refused.value), "the message must name the source, not the copy"
    assert home.files() == {}


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "block", "pipe behind a link"])
@pytest.mark.parametrize("args", [["voices", "add"], ["converters", "add"], ["converters", "add", TINY, "--index"]])
def test_pipes_sockets_and_devices_are_refused_at_once(
    home: Home, tmp_path: Path, kind: str, args: list[str | Path]
) -> None:
    path = tmp_path / "ann.pth"
    with socket.socket(socket.AF_UNIX) as listener:
        match kind:
            case "pipe":
                os.mkfifo(path)
            case "pipe behind a link":
                os.mkfifo(tmp_path / "pipe")
                path.symlink_to(tmp_path / "pipe")
            case "socket":
                listener.bind(str(path))
            case "device":
                path = Path("/dev/zero")
            case "block":
                if os.getuid() != 0:
                    pytest.skip("makes a device")
                try:
                    os.mknod(path, 0o600 | 0o060000, os.makedev(7, 200))
                except OSError:
                    pytest.skip("no devices can be made here")
        said = home.refuses(*args, path)
    assert said.startswith(f"{path} is a ")
    assert "; give the path" in said
    assert home.files() == {}


def test_a_voice_folder_with_a_pipe_is_refused(home: Home, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    os.mkfifo(tmp_path / "decoder.pth")
    assert f"{tmp_path}/decoder.pth is a pipe" in home.refuses("voices", "add", tmp_path, "--name", "ann")
    assert home.files() == {}


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o777, 0o4755])
def test_the_copy_does_not_get_the_mode_of_the_source(home: Home, source: Path, mode: int) -> None:
    source.chmod(mode)
    home.does("converters", "add", source)
    assert set(home.modes().values()) == {"0755", "0644"}


def test_a_source_on_a_read_only_disk_is_added(home: Home, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("mounts")
    shell = 'mount --bind -o ro "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    (tmp_path / "disk").mkdir()
    shutil.copyfile(TINY, tmp_path / "disk" / "ann.pth")
    command: list[str | Path] = [BIN / "svctl", "converters", "add", tmp_path / "disk" / "ann.pth"]
    done = subprocess.run(["unshare", "-m", "sh", "-c", shell, tmp_path / "disk", *command], env=home.env, timeout=100)
    assert done.returncode == 0
    assert home.files() == {"converters/ann/model.pth": VOICE}


def test_a_source_in_the_store_itself_is_added(home: Home, source: Path) -> None:
    home.does("converters", "add", source)
    own = home.data / "converters" / "ann" / "model.pth"
    home.does("converters", "add", own, "--name", "bob")
    home.does("converters", "add", own, "--name", "ann", "--replace")
    assert home.files() == {"converters/ann/model.pth": VOICE, "converters/bob/model.pth": VOICE}
    home.does("converters", "remove", "ann")
    assert home.files() == {"converters/bob/model.pth": VOICE}


@pytest.mark.skipif(os.getuid() != 0, reason="mounts")
def test_a_file_larger_than_the_disk_is_refused(home: Home, tmp_path: Path) -> None:
    """A sparse file of a terabyte. It is refused before the copy fills the disk."""
    large = tmp_path / "ann.pth"
    shutil.copyfile(TINY, large)
    os.truncate(large, 1 << 40)
    home.data.mkdir()
    shell = 'mount -t tmpfs -o size=20m tmpfs "$0"; "$@"; status=$?; ls -A "$0/converters"; exit $status'
    command: list[str | Path] = [
        "unshare",
        "-m",
        "sh",
        "-c",
        shell,
        home.data,
        BIN / "svctl",
        "converters",
        "add",
        large,
    ]
    done = subprocess.run(command, env=home.env, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "No space left on device; nothing has changed" in line


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("mkfs.btrfs"), reason="makes a disk")
def test_a_copy_on_btrfs_shares_the_blocks_of_the_source(tmp_path: Path) -> None:
    """Later changes of the source do not change the copy."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with (tmp_path / "image").open("wb") as image:
        image.truncate(200 << 20)
    subprocess.run(["mkfs.btrfs", "-q", tmp_path / "image"], check=True)
    code = """
import os, sys
from pathlib import Path
from steadyvoice.workers.store.copying import copy_file

def free():
    os.sync()
    disk = os.statvfs(folder)
    return disk.f_bfree * disk.f_frsize

folder = Path(sys.argv[1])
(folder / "source").write_bytes(data := os.urandom(20 << 20))
before = free()
copy_file(folder / "source", folder / "copy")
assert before - free() < 1 << 20, before - free()
with (folder / "source").open("r+b") as file:
    file.write(bytes(len(data)))
assert (folder / "copy").read_bytes() == data
"""
    shell = 'mount -o loop "$0" "$1" || exit 77; shift; exec "$@"'
    command: list[str | Path] = [
        "unshare",
        "-m",
        "sh",
        "-c",
        shell,
        tmp_path / "image",
        disk,
        sys.executable,
        "-c",
        code,
        disk,
    ]
    done = subprocess.run(command, timeout=100)
    if done.returncode == 77:
        pytest.skip("no such mount here")
    assert done.returncode == 0


@pytest.mark.parametrize("path", ["/nowhere/ann.pth", "ann.pth/ann.pth", "/proc/self/nothing", "loop", "x" * 300])
def test_paths_that_cannot_be_opened_are_refused(home: Home, source: Path, tmp_path: Path, path: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for args in (["voices", "add"], ["converters", "add"], ["converters", "add", TINY, "--index"]):
        assert ";" in home.refuses(*args, tmp_path / path) or "there is no file" in home.refuses(*args, tmp_path / path)
    assert home.files() == {}

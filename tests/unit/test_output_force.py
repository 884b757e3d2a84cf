"""``--force``, files that stay without it, and paths that are not writable."""

import errno
import os
import pty
import socket
import sys
from pathlib import Path

import pytest

from steadyvoice.client.svctl.files.output_file import InputUnusable, open_output
from steadyvoice.client.svctl.grammar import SpeakOptions

PCM = bytes(range(200))


def speak(name: Path | str, force: bool = False) -> None:
    with open_output(SpeakOptions(output=str(name), force=force)) as output:
        assert output is not None
        output.write(PCM, 24_000)
        output.keep()


def refused(name: Path | str, force: bool = False) -> str:
    """The error message of a refused output; nothing has been spoken."""
    with pytest.raises(InputUnusable) as caught, open_output(SpeakOptions(output=str(name), force=force)):
        raise AssertionError
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize("content", [b"", b"old"])
@pytest.mark.parametrize("kind", ["file", "link", "link to a link", "hard link"])
def test_existing_file_stays_without_force(tmp_path: Path, kind: str, content: bytes) -> None:
    (tmp_path / "target.wav").write_bytes(content)
    name = tmp_path / ("target.wav" if kind == "file" else "out.wav")
    if kind == "hard link":
        name.hardlink_to(tmp_path / "target.wav")
    elif kind != "file":
        name.symlink_to("target.wav" if kind == "link" else "between")
        (tmp_path / "between").symlink_to("target.wav")
    before = sorted(os.listdir(tmp_path))
    assert refused(name) == f"{name} exists; --force replaces it"
    assert (tmp_path / "target.wav").read_bytes() == content
    speak(name, force=True)
    assert name.read_bytes().startswith(b"RIFF")
    assert sorted(os.listdir(tmp_path)) == before


def test_force_without_an_existing_file(tmp_path: Path) -> None:
    speak(tmp_path / "out.wav", force=True)
    assert os.listdir(tmp_path) == ["out.wav"]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("kind", ["file", "dangling link", "folder"])
def test_file_that_appears_while_it_speaks(
    tmp_path: Path, kind: str, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """links: whether the file system has hard links; FAT has none."""

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    name = tmp_path / "out.wav"
    with open_output(SpeakOptions(output=str(name))) as output:
        assert output is not None
        output.write(PCM, 24_000)
        match kind:
            case "file":
                name.write_bytes(b"other")
            case "folder":
                name.mkdir()
            case _:
                name.symlink_to("nowhere")
        with pytest.raises(InputUnusable, match=r"out.wav was created"):
            output.keep()
    assert os.listdir(tmp_path) == ["out.wav"]
    assert kind != "file" or name.read_bytes() == b"other"
    assert kind != "dangling link" or os.readlink(name) == "nowhere"


def test_disk_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    speak(tmp_path / "out.wav")
    assert os.listdir(tmp_path) == ["out.wav"]


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        (".", "cannot write {name}: Is a directory"),
        ("folder", "cannot write {name}: Is a directory"),
        ("link to folder", "cannot write {name}: Is a directory"),
        ("folder/", "cannot write {name}: Is a directory"),
        ("new/", "cannot write {name}: a file name is missing"),
        ("new/.", "cannot write {name}: a file name is missing"),
        ("new/x.wav", "cannot write {name}: there is no folder {folder}/new"),
        ("dangling/x.wav", "cannot write {name}: there is no folder {folder}/dangling"),
        ("dangling to folder", "cannot write {name}: there is no folder {folder}/new"),
        ("file.wav/x.wav", "cannot write {name}: Not a directory"),
        ("file.wav/", "cannot write {name}: Not a directory"),
        ("loop", "cannot write {name}: Too many levels of symbolic links"),
        ("x" * 252 + ".wav", "cannot write {name}: File name too long"),
        ("new\n/x.wav", "cannot write '{folder}/new\\n/x.wav': there is no folder '{folder}/new\\n'"),
        ("new\udcff/x.wav", "cannot write '{folder}/new\\udcff/x.wav': there is no folder"),
        ("socket", "cannot write {name}: No such device or address"),
    ],
)
def test_unwritable_path(tmp_path: Path, name: str, says: str, force: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.wav").touch()
    (tmp_path / "link to folder").symlink_to("folder")
    (tmp_path / "dangling").symlink_to("new")
    (tmp_path / "dangling to folder").symlink_to("new/x.wav")
    (tmp_path / "loop").symlink_to("loop")
    here = os.getcwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(tmp_path)
        listener.bind("socket")
        os.chdir(here)
        before = sorted(os.listdir(tmp_path))
        whole = os.path.join(tmp_path, name)
        assert refused(whole, force).startswith(says.format(name=whole, folder=tmp_path))
        assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("name", ["", "/"])
def test_no_name_at_all(name: str) -> None:
    assert refused(name).startswith(f"cannot write {name}: ")


@pytest.mark.parametrize("name", ["two\nlines.wav", "caf\udce9.wav", "x" * 251 + ".wav", ".wav", "no ending", "x."])
def test_unusual_writable_names(tmp_path: Path, name: str) -> None:
    speak(tmp_path / name)
    assert os.listdir(tmp_path) == [name]
    refused(tmp_path / name)


def test_dangling_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "out.wav").symlink_to("target.wav")
    speak(tmp_path / "out.wav")
    assert os.path.islink(tmp_path / "out.wav")
    assert (tmp_path / "target.wav").read_bytes().startswith(b"RIFF")


@pytest.mark.parametrize("denied", ["file", "folder"])
def test_without_permission(tmp_path: Path, denied: str) -> None:
    """As user nobody, because root may write everywhere."""
    if os.getuid() != 0:
        pytest.skip("needs root, to become another user")
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o777 if denied == "file" else 0o755)
    folder.chmod(0o777 if denied == "file" else 0o755)
    (folder / "out.wav").write_bytes(b"old")
    (folder / "out.wav").chmod(0o444 if denied == "file" else 0o666)
    here = os.open(folder, os.O_RDONLY)
    back = os.open(".", os.O_RDONLY)
    os.fchdir(here)
    os.seteuid(65534)
    try:
        says = refused("out.wav", force=True)
    finally:
        os.seteuid(0)
        os.fchdir(back)
        os.close(here)
        os.close(back)
    why = "it is write-protected" if denied == "file" else "Permission denied"
    assert says == f"cannot write out.wav: {why}"
    assert (folder / "out.wav").read_bytes() == b"old"
    assert os.listdir(folder) == ["out.wav"]


@pytest.mark.parametrize("by_name", [True, False])
def test_never_to_a_terminal(by_name: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with open(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        for name in [os.ttyname(theirs)] if by_name else ["-", "/dev/stdout", "/dev/fd/1"]:
            assert "will not write audio to a terminal" in refused(name)
        monkeypatch.undo()
    os.close(ours)


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_any_name_needs_no_force(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell has created the file of ``-o /dev/stdout > out.wav``."""
    with open(tmp_path / "out.wav", "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        speak(name)
        monkeypatch.undo()
    assert (tmp_path / "out.wav").stat().st_size == 44 + len(PCM)
    assert os.listdir(tmp_path) == ["out.wav"]

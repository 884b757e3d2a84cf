"""``svctl converters add``, ``random`` and ``remove``, on this machine's files."""

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.daemon import command_tail, first_on_path, user_env
from support.store import svctl

Data = dict[str, Any]


class Home:
    """A user with a store of their own."""

    def __init__(self, path: Path, cache: Path) -> None:
        self.data = path / "data"
        self.env = user_env(path, cache, STEADYVOICE_DATA=str(self.data))

    def svctl(self, *args: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
        return svctl(["converters", *args], self.env | more)

    def does(self, *args: str | Path) -> dict[str, str]:
        done = self.svctl(*args, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        result: dict[str, str] = json.loads(done.stdout)
        return result

    def refuses(self, *args: str | Path, status: int = 1, **more: str) -> str:
        """Run svctl, which must fail with exit status ``status``; return its single error line."""
        done = self.svctl(*args, **more)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        (line,) = done.stderr.splitlines()
        return line.removeprefix("svctl: ")

    def inodes(self) -> dict[str, int]:
        """The inode of each file in the store, hidden files included."""
        files = (Path(folder, name) for folder, _, names in os.walk(self.data) for name in names)
        return {str(file.relative_to(self.data)): file.stat().st_ino for file in files}


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Home:
    return Home(tmp_path / "user", cache)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Home:
    """A user with a random voice and a random content encoder of the published sizes."""
    home = Home(tmp_path_factory.mktemp("published"), cache)
    done = home.does("random", "rvc")
    assert done == {
        "kind": "converters",
        "name": "rvc-random",
        "what": "RVC v2 with random weights",
        "path": str(home.data / "converters" / "rvc-random"),
    }
    return home


@pytest.fixture(scope="module")
def voice(published: Home) -> Path:
    return published.data / "converters" / "rvc-random" / "model.pth"


@pytest.fixture(scope="module")
def content(published: Home) -> Path:
    return published.data / "models" / "contentvec" / "model.safetensors"


def test_random_creates_a_voice_and_one_content_encoder(published: Home, voice: Path, content: Path) -> None:
    assert set(published.inodes()) == {"converters/rvc-random/model.pth", "models/contentvec/model.safetensors"}
    assert 50e6 < voice.stat().st_size < 120e6
    assert 350e6 < content.stat().st_size < 400e6
    assert "exists already" in published.refuses("random", "rvc")
    encoder = published.inodes()["models/contentvec/model.safetensors"]
    published.does("random", "rvc", "--name", "second")
    assert published.inodes()["models/contentvec/model.safetensors"] == encoder, "the content encoder was created again"
    assert published.does("remove", "second")["what"] == "removed"


def test_a_voice_is_added_replaced_and_removed(home: Home, voice: Path, tmp_path: Path) -> None:
    os.link(voice, tmp_path / "Ann_v2.pth")
    done = home.does("add", tmp_path / "Ann_v2.pth")
    assert (done["name"], done["path"]) == ("Ann_v2", str(home.data / "converters" / "Ann_v2"))
    assert done["what"].startswith("RVC v2, 40 kHz")
    assert set(home.inodes()) == {"converters/Ann_v2/model.pth"}
    assert home.inodes()["converters/Ann_v2/model.pth"] != voice.stat().st_ino, "the store must have a copy"
    assert "--replace" in home.refuses("add", voice, "--name", "Ann_v2")
    home.does("add", voice, "--name", "Ann_v2", "--replace")
    home.does("remove", "Ann_v2")
    assert home.inodes() == {}
    assert "nothing that was added is called 'Ann_v2'" in home.refuses("remove", "Ann_v2")


def test_a_content_encoder_is_added_and_removed(home: Home, content: Path, tmp_path: Path) -> None:
    os.link(content, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")
    assert home.does("add", tmp_path)["name"] == "contentvec"
    assert set(home.inodes()) == {"models/contentvec/model.safetensors"}
    assert "exists already" in home.refuses("add", tmp_path)
    home.does("remove", "contentvec")
    assert home.inodes() == {}
    assert "takes neither --name" in home.refuses("add", tmp_path / "model.safetensors", "--name", "ann", status=2)
    home.does("add", tmp_path / "model.safetensors")
    assert set(home.inodes()) == {"models/contentvec/model.safetensors"}


def test_invalid_names_are_refused(home: Home, voice: Path) -> None:
    for name in ("contentvec", "rmvpe", "../x", "-"):
        assert home.svctl("add", voice, "--name", name).returncode == 2
    assert home.inodes() == {}


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/steadyvoice-was-here",)


def saved(change: Callable[[Data], object]) -> Callable[[Path], None]:
    """A function that changes the data of a voice file and saves it."""

    def save(path: Path) -> None:
        import torch

        data = torch.load(path, weights_only=True)
        made = change(data)
        path.unlink()  # a hard link to the original
        torch.save(data if made is None else made, path)

    return save


def written(how: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(how(data))

    return write


@pytest.mark.parametrize(
    "change",
    [
        written(lambda data: data[: len(data) // 2]),
        saved(lambda data: data["weight"].update(evil=Evil())),
        saved(lambda data: data["weight"].update({"dec.conv_pre.weight": data["weight"]["dec.conv_pre.bias"]})),
    ],
    ids=["half", "malicious inside", "wrong shape"],
)
def test_damaged_voices_are_refused(home: Home, voice: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    """A selection; tests/unit/test_rvc_files.py has all kinds of damage."""
    path = tmp_path / "ann.pth"
    os.link(voice, path)
    change(path)
    assert str(path) in home.refuses("add", path)
    assert home.inodes() == {}
    assert not Path("/tmp/steadyvoice-was-here").exists()


def test_missing_and_damaged_content_encoders_are_refused(home: Home, content: Path, tmp_path: Path) -> None:
    assert "model.safetensors" in home.refuses("add", tmp_path)
    with content.open("rb") as whole, (tmp_path / "model.safetensors").open("wb") as half:
        shutil.copyfileobj(whole, half)
        half.truncate(half.tell() // 2)
    assert "model.safetensors" in home.refuses("add", tmp_path)
    assert home.inodes() == {}


def test_an_index_is_checked_and_added(home: Home, voice: Path, tmp_path: Path) -> None:
    index = tmp_path / "added_ann_v2.index"
    assert str(index) in home.refuses("add", voice, "--name", "ann", "--index", index)
    index.write_bytes(b"IwFl" + bytes(100))
    assert str(index) in home.refuses("add", voice, "--name", "ann", "--index", index)
    assert home.inodes() == {}
    if importlib.util.find_spec("faiss"):
        import faiss
        import numpy as np

        made = faiss.IndexFlatL2(768)
        made.add(np.eye(768, dtype=np.float32))
        faiss.write_index(made, str(index))
        home.does("add", voice, "--name", "ann", "--index", index)
        assert set(home.inodes()) == {"converters/ann/model.pth", "converters/ann/model.index"}


def test_wrong_usage(home: Home) -> None:
    for args in (["add"], ["random", "soprano"], ["pull", "x"], ["--json", "remove", "x"]):
        done = home.svctl(*args)
        assert (done.returncode, done.stdout) == (2, "")
    assert "add" in home.svctl("--help").stdout


def test_the_error_without_torch_names_the_package(home: Home, voice: Path, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    said = home.refuses("add", voice, PYTHONPATH=first_on_path(tmp_path))
    assert said.startswith("that needs torch: ")
    assert said.endswith(command_tail("rvc"))


def test_a_broken_torch_is_reported_in_one_line(home: Home, voice: Path, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('libcudart.so: cannot open\\nas well')")
    said = home.refuses("add", voice, "--name", "ann", PYTHONPATH=first_on_path(tmp_path))
    assert said == "add failed: ImportError: libcudart.so: cannot open; nothing has changed"


def test_a_pitch_estimator_is_added_and_removed(home: Home, tmp_path: Path) -> None:
    import torch

    from steadyvoice.workers.converters.rvc.rmvpe import Rmvpe

    torch.save(Rmvpe().state_dict(), tmp_path / "pitch.pt")
    assert home.does("add", tmp_path / "pitch.pt")["what"] == "RMVPE"
    assert set(home.inodes()) == {"models/rmvpe.pt"}
    home.does("remove", "rmvpe")
    assert home.inodes() == {}

"""``svctl voices add``, ``random`` and ``remove``, on this machine's files."""

import dataclasses
import json
import os
import pickle
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.daemon import BIN, command_tail, eventually, first_on_path, user_env
from support.matrix import quick
from support.store import svctl
from support.terminal import Terminal

SVCTL = BIN / "svctl"
Change = Callable[[Path], object]


class Home:
    """A user with a store of their own."""

    def __init__(self, path: Path, cache: Path) -> None:
        self.data = path / "data"
        self.env = user_env(path, cache, STEADYVOICE_DATA=str(self.data))

    def svctl(self, *args: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
        return svctl(args, self.env | more)

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
        assert line.startswith("svctl: ")
        return line.removeprefix("svctl: ")

    def voices(self) -> list[str]:
        """Names of all entries in the voices folder, including hidden ones."""
        return sorted(os.listdir(self.data / "voices")) if self.data.exists() else []


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Home:
    return Home(tmp_path / "user", cache)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the published format, with a small language model."""
    from steadyvoice.workers.engines.soprano import random_checkpoint as soprano

    path = tmp_path_factory.mktemp("published") / "Soprano-tiny"
    tiny = dataclasses.replace(soprano.CONFIG, vocab=512, layers=1, heads=1, head_dim=8, ffn=8)
    soprano.make_random(path, "1.0", config=tiny)
    return path


def copy(published: Path, to: Path) -> Path:
    """A copy of the checkpoint made of hard links: replace a file to damage the copy only."""
    return Path(shutil.copytree(published, to, copy_function=os.link))


def test_a_voice_is_added_and_removed(home: Home, published: Path) -> None:
    done = home.does("voices", "add", published)
    assert done.pop("what").startswith("Soprano v1.0, ")
    assert done == {"kind": "voices", "name": "Soprano-tiny", "path": str(home.data / "voices" / "Soprano-tiny")}
    kept = {file.name: file for file in Path(done["path"]).iterdir()}
    assert kept.keys() == {file.name for file in published.iterdir()}
    for file in published.iterdir():
        assert kept[file.name].read_bytes() == file.read_bytes()
        assert kept[file.name].stat().st_ino != file.stat().st_ino, "the store must have a copy"
    said = home.svctl("voices", "add", published, "--name", "other")
    assert (said.returncode, said.stderr) == (0, "")
    (line,) = said.stdout.splitlines()
    assert line.startswith(f"other is in {home.data}/voices/other (Soprano v1.0, ")
    assert "restart" in line
    assert home.voices() == ["Soprano-tiny", "other"]
    assert home.does("voices", "remove", "other")["what"] == "removed"
    assert home.voices() == ["Soprano-tiny"]
    assert "nothing that was added is called 'other'" in home.refuses("voices", "remove", "other")
    assert all(file.exists() for file in published.iterdir())


def test_symbolic_links_as_in_the_hubs_cache_are_followed(home: Home, published: Path, tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    for file in published.iterdir():
        (tmp_path / "snapshot" / file.name).symlink_to(file)
    path = Path(home.does("voices", "add", tmp_path / "snapshot", "--name", "linked")["path"])
    assert not any(file.is_symlink() for file in path.iterdir())


def test_an_existing_name_needs_replace(home: Home, published: Path, tmp_path: Path) -> None:
    path = Path(home.does("voices", "add", published, "--name", "mine")["path"])
    assert "--replace" in home.refuses("voices", "add", published, "--name", "mine")
    other = copy(published, tmp_path / "other")
    (other / "config.json").unlink()
    (other / "config.json").write_text((published / "config.json").read_text() + "\n")
    home.does("voices", "add", other, "--name", "mine", "--replace")
    assert (path / "config.json").read_bytes() == (other / "config.json").read_bytes()
    assert home.voices() == ["mine"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("heart", "belongs to hibari"),
        ("../mine", "cannot be a name"),
    ],
)
def test_invalid_names_are_refused(home: Home, published: Path, name: str, why: str) -> None:
    assert why in home.refuses("voices", "add", published, "--name", name, status=2)
    assert home.voices() == []


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/steadyvoice-was-here",)


def spoil(name: str, how: Callable[[bytes], bytes]) -> Change:
    def change(path: Path) -> None:
        data = (path / name).read_bytes()
        (path / name).unlink()  # a hard link to the original
        (path / name).write_bytes(how(data))

    return change


def widen(data: bytes) -> bytes:
    return json.dumps(json.loads(data) | {"intermediate_size": 16}).encode()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda path: shutil.rmtree(path), "there is no "),
        (spoil("model.safetensors", lambda data: data[:-1]), "model.safetensors"),
        (spoil("decoder.pth", lambda _: pickle.dumps(Evil())), "decoder.pth"),
        (spoil("config.json", widen), "model.safetensors"),
    ],
    ids=["missing", "cut short", "malicious", "wrong shape"],
)
def test_invalid_checkpoints_are_refused(
    home: Home, published: Path, tmp_path: Path, change: Change, names: str
) -> None:
    """A selection; tests/unit/test_soprano_checkpoint.py has all kinds of damage."""
    path = copy(published, tmp_path / "spoilt")
    change(path)
    assert names in home.refuses("voices", "add", path)
    assert home.voices() == []
    assert not Path("/tmp/steadyvoice-was-here").exists()


def test_wrong_usage(home: Home, published: Path) -> None:
    for args in (["add"], ["random", "piper"], ["sing"], ["--json", "remove", "x"], ["add", published, "--index", "x"]):
        done = home.svctl("voices", *args)
        assert (done.returncode, done.stdout) == (2, "")
    assert "add" in home.svctl("voices", "--help").stdout


def test_completion_offers_the_removable_voices(home: Home, published: Path) -> None:
    home.does("voices", "add", published, "--name", "ann")
    shutil.copytree(home.data / "voices" / "ann", home.data / "voices" / "bob")
    asked = {"_SVCTL_COMPLETE": "bash_complete", "COMP_WORDS": "svctl voices remove a", "COMP_CWORD": "3"}
    assert home.svctl(**asked).stdout == "plain,ann\n"


def test_the_error_without_torch_names_the_package(home: Home, published: Path, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    said = home.refuses("voices", "add", published, PYTHONPATH=first_on_path(tmp_path))
    assert said.startswith("that needs torch: ")
    assert said.endswith(command_tail("soprano"))


@pytest.mark.skipif(os.getuid() != 0, reason="mounts")
@pytest.mark.parametrize("args", quick(1, [["add", "PUBLISHED"], ["random", "soprano"]]), ids=["add", "random"])
def test_a_full_disk_is_reported(home: Home, published: Path, args: list[str]) -> None:
    shell = 'mount -t tmpfs -o size=20m tmpfs "$0"; "$@"; status=$?; ls -A "$0/voices"; exit $status'
    args = [str(published) if each == "PUBLISHED" else each for each in args]
    home.data.mkdir()
    command: list[str | Path] = ["unshare", "-m", "sh", "-c", shell, home.data, SVCTL, "voices", *args]
    done = subprocess.run(command, env=home.env, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "No space left on device" in line


@pytest.fixture
def made_slowly(home: Home) -> list[str | Path]:
    return [SVCTL, "voices", "random", "soprano"]


def half_made(home: Home) -> bool:
    """Whether an incomplete voice exists. A full-size checkpoint takes seconds."""
    return (home.data / "voices" / ".away" / "soprano-random").exists()


def test_ctrl_c_removes_the_incomplete_voice(home: Home, made_slowly: list[str | Path]) -> None:
    terminal = Terminal(made_slowly, home.env)
    eventually(lambda: half_made(home))
    terminal.type("\x03")
    assert terminal.end() == (130, [])
    assert home.voices() == []


@pytest.mark.parametrize("number", quick(1, [signal.SIGTERM, signal.SIGHUP]))
def test_a_signal_removes_the_incomplete_voice(
    home: Home, made_slowly: list[str | Path], number: signal.Signals
) -> None:
    with subprocess.Popen(made_slowly, env=home.env, stderr=subprocess.PIPE, text=True) as svctl:
        eventually(lambda: half_made(home))
        svctl.send_signal(number)
        _, said = svctl.communicate(timeout=60)
    assert (svctl.returncode, said) == (128 + number, "")
    assert home.voices() == []


def test_the_next_add_removes_what_a_killed_one_left(
    home: Home, made_slowly: list[str | Path], published: Path
) -> None:
    with subprocess.Popen(made_slowly, env=home.env) as svctl:
        eventually(lambda: half_made(home))
        svctl.kill()
    done = home.svctl("voices", "add", published, "--name", "next")  # it may wait for the end of the killed one's child
    assert done.returncode == 0, done.stderr
    assert home.voices() == ["next"]


def test_concurrent_adds_of_the_same_name(home: Home, published: Path) -> None:
    """One of the concurrent calls adds the voice; the others fail because the name exists."""
    command: list[str | Path] = [SVCTL, "voices", "add", published, "--name", "one"]
    adding = [subprocess.Popen(command, env=home.env, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=100)[1] for process in adding]
    assert sorted(process.returncode for process in adding) == [0, 1, 1, 1]
    assert sum("exists already" in each for each in said) == 3
    assert home.voices() == ["one"]

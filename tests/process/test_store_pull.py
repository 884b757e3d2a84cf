"""``svctl voices pull``, from a local model hub."""

import dataclasses
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, command_tail, eventually, first_on_path, user_env
from support.hub import BIG, COMMIT, REPOSITORY, Hub
from support.matrix import quick
from support.store import svctl
from support.terminal import Terminal

pytest.importorskip("huggingface_hub")

SVCTL = BIN / "svctl"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A checkpoint of the published format, with a small language model."""
    from steadyvoice.workers.engines.soprano import random_checkpoint as soprano

    path = tmp_path_factory.mktemp("published") / "soprano"
    tiny = dataclasses.replace(soprano.CONFIG, vocab=512, layers=1, heads=1, head_dim=8, ffn=8)
    soprano.make_random(path, "1.0", config=tiny)
    return {file.name: file.read_bytes() for file in path.iterdir()}


@pytest.fixture
def hub(published: dict[str, bytes]) -> Iterator[Hub]:
    hub = Hub(dict(published))
    yield hub
    hub.close()


class Home:
    def __init__(self, path: Path, cache: Path, hub: Hub) -> None:
        self.folder = path / "data" / "voices"
        self.checksum = hashlib.sha256(hub.files[BIG]).hexdigest()
        own = {"STEADYVOICE_DATA": str(path / "data"), "HF_ENDPOINT": hub.address, "NO_PROXY": "127.0.0.1,localhost"}
        self.env = user_env(path, cache, **own)

    def pull(self, *args: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return svctl(["voices", "pull", *args], self.env | more)

    def refuses(self, *args: str, status: int = 1, **more: str) -> str:
        done = self.pull(*args, **more)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        (line,) = done.stderr.splitlines()
        return line.removeprefix("svctl: ")

    def files(self, name: str) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (self.folder / name).iterdir()}

    def received_bytes(self) -> int:
        """How many bytes of BIG were downloaded so far."""
        part = self.folder / ".came" / REPOSITORY.replace("/", "--") / f"{self.checksum}.part"
        return part.stat().st_size if part.exists() else 0


@pytest.fixture
def home(tmp_path: Path, cache: Path, hub: Hub) -> Home:
    return Home(tmp_path / "user", cache, hub)


def test_a_voice_is_downloaded_and_added(home: Home, hub: Hub) -> None:
    done = home.pull("soprano", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    about = json.loads(done.stdout)
    assert (about["name"], about["from"]) == ("soprano", f"{REPOSITORY}@{COMMIT}")
    assert about["what"].startswith("Soprano v1.0, ")
    assert home.files("soprano") == hub.files
    assert os.listdir(home.folder) == ["soprano"]
    assert "exists already" in home.refuses("soprano")
    assert hub.ranges == [""]


def test_a_voice_of_another_repository_is_downloaded(home: Home, hub: Hub) -> None:
    hub.repository = "ann/my-voice"
    done = home.pull("ann/my-voice")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"my-voice is in {home.folder}/my-voice (Soprano v1.0, ")
    assert home.pull("ann/my-voice", "--name", "other").returncode == 0
    assert sorted(os.listdir(home.folder)) == ["my-voice", "other"]


def test_a_broken_download_is_resumed(home: Home, hub: Hub) -> None:
    hub.breaks = [1_000_000, 0, 3_000_000]
    assert home.pull("soprano").returncode == 0
    assert home.files("soprano") == hub.files
    assert hub.ranges[0] == ""
    begun = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in hub.ranges[1:]]
    assert begun == sorted(begun)
    assert len(begun) == 3
    assert 0 < begun[0] <= 1_000_000
    assert 1_000_000 < begun[2] <= 4_000_000


def test_a_download_stopped_by_ctrl_c_is_resumed_by_the_next_command(home: Home, hub: Hub) -> None:
    hub.stalls = 20 << 20
    terminal = Terminal([SVCTL, "voices", "pull", "soprano"], home.env, 100)
    terminal.shows(rf"{BIG}: +\d+%")
    eventually(lambda: home.received_bytes() > 1 << 20)
    terminal.type("\x03")
    status, left = terminal.end()
    assert status == 130
    assert all(" 100%" in row for row in left), "only bars of complete files may stay on the screen"
    assert os.listdir(home.folder) == [".came"]
    kept = home.received_bytes()
    hub.stalls = None
    assert home.pull("soprano").returncode == 0
    assert hub.ranges == ["", f"bytes={kept}-"]
    assert home.files("soprano") == hub.files
    assert os.listdir(home.folder) == ["soprano"]


def test_a_killed_download_is_resumed_by_the_next_command(home: Home, hub: Hub) -> None:
    hub.stalls = 20 << 20
    with subprocess.Popen([SVCTL, "voices", "pull", "soprano"], env=home.env) as svctl:
        eventually(lambda: home.received_bytes() > 1 << 20)
        svctl.send_signal(signal.SIGKILL)
    hub.stalls = None
    assert home.pull("soprano").returncode == 0
    assert int(hub.ranges[1].removeprefix("bytes=").rstrip("-")) > 1 << 20
    assert home.files("soprano") == hub.files


@pytest.mark.parametrize("name", [BIG, "config.json"])
def test_a_file_with_another_checksum_is_refused(home: Home, hub: Hub, name: str) -> None:
    hub.changed = {name}
    said = home.refuses("soprano")
    assert f"not {name} of {REPOSITORY}" in said
    assert set(os.listdir(home.folder)) <= {".came"}, "only complete files may be kept for the next attempt"
    assert home.received_bytes() == 0
    hub.changed = set()
    assert home.pull("soprano").returncode == 0
    assert home.files("soprano") == hub.files


def test_a_damaged_partial_file_is_downloaded_again(home: Home, hub: Hub) -> None:
    came = home.folder / ".came" / REPOSITORY.replace("/", "--")
    came.mkdir(parents=True)
    (came / f"{hashlib.sha256(hub.files[BIG]).hexdigest()}.part").write_bytes(b"x" * 1000)
    assert "checksum" in home.refuses("soprano")
    assert home.pull("soprano").returncode == 0


def test_a_repository_with_an_invalid_voice_is_refused(home: Home, hub: Hub) -> None:
    hub.files["config.json"] = b"{}"
    said = home.refuses("soprano")
    assert said.startswith(f"{REPOSITORY}/config.json")
    assert os.listdir(home.folder) == []


def test_refusals_of_the_hub_are_reported(home: Home, hub: Hub) -> None:
    assert home.refuses("ann/nothing").startswith(f"there is no ann/nothing on {hub.address}")
    del hub.files[BIG]
    assert home.refuses("soprano") == f"{REPOSITORY} on {hub.address} has no {BIG}"
    hub.says = "GatedRepo"
    assert "agree to its terms" in home.refuses("soprano")
    hub.says = "Other"
    assert "HTTP status 403" in home.refuses("soprano")
    hub.says, hub.plain = "", True
    assert "checksum" in home.refuses("soprano")


def test_an_unreachable_hub_is_reported(home: Home, hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    hub.server.server_close()
    assert f"cannot be fetched from {hub.address}" in home.refuses("soprano")
    assert "HF_HUB_OFFLINE" in home.refuses("soprano", HF_HUB_OFFLINE="1")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (
            "piper",
            "'piper' is not known; there are emma, fenrir, fable, kore, kokoro, soprano, soprano-1.0, "
            "voices of Piper such as en_US-joe-medium, and OWNER/NAME",
        ),
        ("a/b/c", "'a/b/c' is no repository"),
    ],
)
def test_unknown_names_are_refused(home: Home, what: str, why: str) -> None:
    assert home.refuses(what, status=2).startswith(why)
    assert not list(home.folder.glob("**"))[1:]


def test_the_error_without_huggingface_hub_names_the_package(home: Home, tmp_path: Path) -> None:
    (tmp_path / "huggingface_hub.py").write_text("raise ModuleNotFoundError('', name='huggingface_hub')")
    said = home.refuses("soprano", PYTHONPATH=first_on_path(tmp_path))
    assert said.startswith("that needs huggingface_hub: ")
    assert said.endswith(command_tail("pull"))


@pytest.mark.parametrize("package", quick(1, ["tokenizers", "torch", "safetensors"]))
def test_nothing_is_downloaded_without_the_packages_that_check_it(
    home: Home, hub: Hub, tmp_path: Path, package: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{package!r}] = None")
    said = home.refuses("soprano", PYTHONPATH=first_on_path(tmp_path))
    assert said.startswith(f"that needs {package}: ")
    assert said.endswith(command_tail("soprano"))
    assert hub.ranges == []


@pytest.mark.skipif(os.getuid() != 0, reason="mounts")
def test_a_full_disk_is_reported(home: Home) -> None:
    home.folder.parent.mkdir()
    shell = 'mount -t tmpfs -o size=20m tmpfs "$0"; "$@"; status=$?; ls -A "$0/voices"; exit $status'
    command: list[str | Path] = [
        "unshare",
        "-m",
        "sh",
        "-c",
        shell,
        home.folder.parent,
        SVCTL,
        "voices",
        "pull",
        "soprano",
    ]
    done = subprocess.run(command, env=home.env, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (1, ".came\n")
    (line,) = done.stderr.splitlines()
    assert "No space left on device" in line

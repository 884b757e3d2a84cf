"""``svctl voices pull``, from a hub of the tests' own: it speaks what huggingface_hub needs of the real one."""

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.daemon import BIN, eventually, user_env
from support.terminal import Terminal

pytest.importorskip("torch")
pytest.importorskip("huggingface_hub")

SVCTL = BIN / "svctl"
COMMIT = "c0ffee" * 6 + "beef"
REPOSITORY = "ekwek/Soprano-1.1-80M"
BIG = "decoder.pth"


@dataclass
class Hub:
    """Serves one repository, as told; large files from another host than small ones, as the real one does."""

    files: dict[str, bytes]
    repository: str = REPOSITORY
    breaks: list[int] = field(default_factory=list)
    """After how many bytes the next connections for BIG are cut; 0: at once."""
    changed: set[str] = field(default_factory=set)
    """Files of which other bytes are sent than were promised."""
    ranges: list[str] = field(default_factory=list)
    """What was asked for of BIG: ``Range`` headers, or nothing."""
    says: str = ""
    """An error that it answers everything with."""
    plain: bool = False
    """It is a web server and no hub: it tells no checksums."""
    stalls: int | None = None
    """Of BIG it sends so many bytes, and no more until the test is over."""
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        hub = self

        class Answer(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                hub.answer(self)

            do_GET = do_HEAD

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.elsewhere = f"http://localhost:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.says:
            return self._head(request, 401 if self.says == "RepoNotFound" else 403, {"X-Error-Code": self.says})
        if blob := re.fullmatch(r"/blobs/(.*)", request.path):
            return self._send(request, blob[1])
        found = re.fullmatch(rf"/{self.repository}/resolve/(main|{COMMIT})/(.*)", request.path)
        if not found:
            return self._head(request, 401, {"X-Error-Code": "RepoNotFound"})
        if found[2] not in self.files:
            return self._head(request, 404, {"X-Error-Code": "EntryNotFound"})
        data, headers = self.files[found[2]], {"X-Repo-Commit": COMMIT}
        if self.plain:
            return self._send(request, found[2])
        if len(data) < 10_000:
            return self._send(request, found[2], headers | {"ETag": f'"{git_name(data)}"'})
        checksum = hashlib.sha256(data).hexdigest()
        linked = {"X-Linked-Etag": f'"{checksum}"', "X-Linked-Size": str(len(data))}
        return self._head(request, 302, headers | linked | {"Location": f"{self.elsewhere}/blobs/{found[2]}"})

    def _send(self, request: BaseHTTPRequestHandler, name: str, headers: dict[str, str] | None = None) -> None:
        data, wanted = self.files[name], request.headers.get("Range", "")
        if name in self.changed:
            data = data[:-1] + bytes([data[-1] ^ 1])
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        about = {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"} if wanted else {}
        about |= {"Content-Length": str(len(data) - begin)} | (headers or {})
        self._head(request, 206 if wanted else 200, about)
        if request.command == "HEAD":
            return
        most = len(data)
        if name == BIG:
            self.ranges.append(wanted)
            most = self.breaks.pop(0) if self.breaks else self.stalls if self.stalls is not None else most
        with contextlib.suppress(ConnectionError):  # it has had enough
            request.wfile.write(data[begin : begin + most])
        if name == BIG and self.stalls is not None:
            request.wfile.flush()
            self.over.wait()

    def _head(self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": "0", **headers, "Connection": "close"}.items():
            request.send_header(name, value)
        request.end_headers()


def git_name(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


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
        command = [SVCTL, "voices", "pull", *args]
        return subprocess.run(command, env=self.env | more, timeout=100, capture_output=True, text=True)

    def refuses(self, *args: str, status: int = 1, **more: str) -> str:
        done = self.pull(*args, **more)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        (line,) = done.stderr.splitlines()
        return line.removeprefix("svctl: ")

    def files(self, name: str) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (self.folder / name).iterdir()}

    def come(self) -> int:
        """How many bytes of BIG are there."""
        part = self.folder / ".came" / REPOSITORY.replace("/", "--") / f"{self.checksum}.part"
        return part.stat().st_size if part.exists() else 0


@pytest.fixture
def home(tmp_path: Path, cache: Path, hub: Hub) -> Home:
    return Home(tmp_path / "user", cache, hub)


def test_it_is_fetched_and_registered(home: Home, hub: Hub) -> None:
    done = home.pull("soprano", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    about = json.loads(done.stdout)
    assert (about["name"], about["from"]) == ("soprano", f"{REPOSITORY}@{COMMIT}")
    assert about["what"].startswith("Soprano v1.0, ")
    assert home.files("soprano") == hub.files
    assert os.listdir(home.folder) == ["soprano"]
    assert "exists already" in home.refuses("soprano")
    assert hub.ranges == [""]


def test_from_another_repository(home: Home, hub: Hub) -> None:
    hub.repository = "ann/my-voice"
    done = home.pull("ann/my-voice")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"my-voice is in {home.folder}/my-voice (Soprano v1.0, ")
    assert home.pull("ann/my-voice", "--name", "other").returncode == 0
    assert sorted(os.listdir(home.folder)) == ["my-voice", "other"]


def test_a_broken_connection_is_taken_up_again(home: Home, hub: Hub) -> None:
    hub.breaks = [1_000_000, 0, 3_000_000]
    assert home.pull("soprano").returncode == 0
    assert home.files("soprano") == hub.files
    assert hub.ranges[0] == ""
    begun = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in hub.ranges[1:]]
    assert begun == sorted(begun)
    assert len(begun) == 3
    assert 0 < begun[0] <= 1_000_000
    assert 1_000_000 < begun[2] <= 4_000_000


def test_after_ctrl_c_it_goes_on_where_it_ended(home: Home, hub: Hub) -> None:
    hub.stalls = 20 << 20
    terminal = Terminal([SVCTL, "voices", "pull", "soprano"], home.env, 100)
    terminal.shows(rf"{BIG}: +\d+%")
    eventually(lambda: home.come() > 1 << 20)
    terminal.type("\x03")
    status, left = terminal.end()
    assert status == 130
    assert all(" 100%" in row for row in left), "bars of the files that have come"
    assert os.listdir(home.folder) == [".came"]
    kept = home.come()
    hub.stalls = None
    assert home.pull("soprano").returncode == 0
    assert hub.ranges == ["", f"bytes={kept}-"]
    assert home.files("soprano") == hub.files
    assert os.listdir(home.folder) == ["soprano"]


def test_so_it_does_after_a_kill(home: Home, hub: Hub) -> None:
    hub.stalls = 20 << 20
    with subprocess.Popen([SVCTL, "voices", "pull", "soprano"], env=home.env) as svctl:
        eventually(lambda: home.come() > 1 << 20)
        svctl.send_signal(signal.SIGKILL)
    hub.stalls = None
    assert home.pull("soprano").returncode == 0
    assert int(hub.ranges[1].removeprefix("bytes=").rstrip("-")) > 1 << 20
    assert home.files("soprano") == hub.files


@pytest.mark.parametrize("name", [BIG, "config.json"])
def test_what_is_not_what_was_promised(home: Home, hub: Hub, name: str) -> None:
    hub.changed = {name}
    said = home.refuses("soprano")
    assert f"not {name} of {REPOSITORY}" in said
    assert set(os.listdir(home.folder)) <= {".came"}, "where the other files wait"
    assert home.come() == 0
    hub.changed = set()
    assert home.pull("soprano").returncode == 0
    assert home.files("soprano") == hub.files


def test_a_part_that_is_spoilt_on_the_disk(home: Home, hub: Hub) -> None:
    came = home.folder / ".came" / REPOSITORY.replace("/", "--")
    came.mkdir(parents=True)
    (came / f"{hashlib.sha256(hub.files[BIG]).hexdigest()}.part").write_bytes(b"x" * 1000)
    assert "checksum" in home.refuses("soprano")
    assert home.pull("soprano").returncode == 0


def test_what_is_no_voice(home: Home, hub: Hub) -> None:
    hub.files["config.json"] = b"{}"
    said = home.refuses("soprano")
    assert said.startswith(f"{REPOSITORY}: config.json ")
    assert os.listdir(home.folder) == []


def test_what_the_hub_refuses(home: Home, hub: Hub) -> None:
    assert home.refuses("ann/nothing").startswith(f"there is no ann/nothing on {hub.address}")
    del hub.files[BIG]
    assert home.refuses("soprano") == f"{REPOSITORY} on {hub.address} has no {BIG}"
    hub.says = "GatedRepo"
    assert "agree to its terms" in home.refuses("soprano")
    hub.says = "Other"
    assert "HTTP status 403" in home.refuses("soprano")
    hub.says, hub.plain = "", True
    assert "checksum" in home.refuses("soprano")


def test_where_no_hub_is(home: Home, hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    hub.server.server_close()
    assert f"cannot be fetched from {hub.address}" in home.refuses("soprano")
    assert "HF_HUB_OFFLINE" in home.refuses("soprano", HF_HUB_OFFLINE="1")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("piper", "'piper' is not known; there are soprano, soprano-1.0, and OWNER/NAME"),
        ("a/b/c", "'a/b/c' is no repository"),
    ],
)
def test_what_is_no_repository(home: Home, what: str, why: str) -> None:
    assert home.refuses(what, status=2).startswith(why)
    assert not list(home.folder.glob("**"))[1:]


def test_without_huggingface_hub_it_says_what_to_install(home: Home, tmp_path: Path) -> None:
    (tmp_path / "huggingface_hub.py").write_text("raise ModuleNotFoundError('', name='huggingface_hub')")
    said = home.refuses("soprano", PYTHONPATH=str(tmp_path))
    assert said == "that needs huggingface_hub; pip install 'steadyvoice[pull]'"


@pytest.mark.skipif(os.getuid() != 0, reason="mounts")
def test_the_disk_is_full(home: Home) -> None:
    home.folder.parent.mkdir()
    shell = 'mount -t tmpfs -o size=20m tmpfs "$0"; "$@"; status=$?; ls -A "$0/voices"; exit $status'
    command = ["unshare", "-m", "sh", "-c", shell, home.folder.parent, SVCTL, "voices", "pull", "soprano"]
    done = subprocess.run(command, env=home.env, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (1, ".came\n")
    (line,) = done.stderr.splitlines()
    assert "No space left on device" in line

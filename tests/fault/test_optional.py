"""Broken optional files: with each optional path broken in each way, the embedded voice ``heart`` still speaks.

The daemon runs as an ordinary user. One line of its log names the broken path, and ``voices`` and ``status`` reply.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from support import ordinary
from support.daemon import BIN, Daemon, user_env
from support.dead_mount import can_mount, dead_mount

from steadyvoice.workers.engines import soprano

PATHS = {
    "config": "config/steadyvoice/config.toml",
    "config folder": "config/steadyvoice",
    "lexicon": "config/steadyvoice/lexicon.toml",
    "data": "data",
    "voices": "data/voices",
    "voice": "data/voices/broken",
    "voice file": "data/voices/broken/decoder.pth",
    "converters": "data/converters",
    "converter": "data/converters/broken",
    "converter file": "data/converters/broken/model.pth",
    "encoder": "data/models/contentvec/model.safetensors",
    "cache": "cache",
    "cache file": "cache/*words-us-*.bin",
}
FILES = {"config", "lexicon", "voice file", "converter file", "encoder", "cache file"}
NAMES = {
    "config folder": ["config.toml", "lexicon.toml"],
    "data": ["data/voices", "data/converters"],
    "voice file": ["voice broken of soprano"],
    "converter file": ["converter broken of rvc"],
    "encoder": ["content encoder of rvc"],
}
"""Names in the log, where these are not the path."""
LEFT_OUT = {"config": 0, "config folder": 1}
"""How many entries of the status name it, where that is not one for each name: the daemon starts with its defaults."""

Undo = contextlib.ExitStack


def no_rights(path: Path, undo: Undo) -> None:
    path.chmod(0)


def of_another_user(path: Path, undo: Undo) -> None:
    os.chown(path, ordinary.UID + 1, ordinary.UID + 1)
    path.chmod(0o700)


def replaced(by: Callable[[Path], object]) -> Callable[[Path, Undo], None]:
    def replace(path: Path, undo: Undo) -> None:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        by(path)
        ordinary.give(path)

    return replace


def mounted(hangs: bool) -> Callable[[Path, Undo], None]:
    def mount(path: Path, undo: Undo) -> None:
        if path.is_file():  # mount a folder, and put the file into it
            path.unlink()
            (path.parent / "dead").mkdir()
            path.symlink_to("dead/file")
            path = path.parent / "dead"
        undo.enter_context(dead_mount(path, hangs=hangs))

    return mount


WAYS: dict[str, Callable[[Path, Undo], None]] = {
    "no rights": no_rights,
    "of another user": of_another_user,
    "loop": replaced(lambda path: path.symlink_to(path.name)),
    "dangling": replaced(lambda path: path.symlink_to("nothing")),
    "other kind": lambda path, undo: replaced(Path.mkdir if path.is_file() else Path.touch)(path, undo),
    "fifo": replaced(os.mkfifo),
    "garbage": replaced(lambda path: path.write_bytes(os.urandom(4096))),
    "input/output error": mounted(hangs=False),
    "hangs": mounted(hangs=True),
}
HARMLESS = {("cache file", way) for way in WAYS} - {("cache file", "other kind")}
HARMLESS |= {("cache", "dangling"), ("converter file", "garbage")}
"""Need no line in the log: a cache is created again, and a converter is not read without the content encoder."""
ROOT_ONLY = {"of another user", "input/output error", "hangs"}


TOGETHER = [
    [("config", "no rights"), ("lexicon", "loop"), ("voice", "fifo"), ("converter", "hangs"), ("cache", "loop")],
    [("config folder", "of another user"), ("voices", "other kind"), ("converters", "input/output error")],
    [("data", "dangling"), ("cache file", "dangling")],
    [("voice file", "garbage"), ("encoder", "of another user")],
    [("converter file", "no rights")],
]
"""Each path and each way: what does not hide another is broken for one daemon."""
COMBINATIONS = [[pair] for pair in product(PATHS, WAYS) if [pair] not in TOGETHER]


@pytest.fixture
def home(cache: Path) -> Iterator[Path]:
    """The home of an ordinary user, with a folder of each kind."""
    with tempfile.TemporaryDirectory(prefix="sv-") as name:
        home = Path(name)
        home.chmod(0o755)
        for folder in ("data/voices/broken", "data/converters/broken", "data/models/contentvec", "config/steadyvoice"):
            (home / folder).mkdir(parents=True)
        (home / "run").mkdir()
        warm(cache)
        shutil.copytree(cache / "steadyvoice", home / "cache")
        ordinary.give(home)
        yield home
    shutil.rmtree(f"/dev/shm/jack_db-{ordinary.UID}", ignore_errors=True)  # created by PortAudio's JACK backend


def fill(home: Path, name: str) -> None:
    """Create the files without which the daemon would not look for this one; they are empty."""
    files = {
        "config": [PATHS["config"]],
        "lexicon": [PATHS["lexicon"]],
        "voice file": [f"data/voices/broken/{file}" for file in soprano.FILES],
        "converter file": [PATHS["converter file"]],
        "encoder": [PATHS["encoder"], PATHS["converter file"]],
    }
    for file in files.get(name, []):
        (home / file).touch()
    ordinary.give(home)


def warm(cache: Path) -> None:
    """Fill the cache, unless the daemons of other tests have filled it."""
    with contextlib.suppress(FileNotFoundError):
        if len(list((cache / "steadyvoice").iterdir())) >= 3:
            return
    from steadyvoice.workers.engines.hibari import HibariGenerator

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEADYVOICE_CACHE", str(cache / "steadyvoice"))
        HibariGenerator()


def daemon_of(home: Path, *args: str, **env: str) -> Daemon:
    own = user_env(home, home, XDG_CONFIG_HOME=str(home / "config"), STEADYVOICE_DATA=str(home / "data"))
    own |= {"STEADYVOICE_CACHE": str(home / "cache"), "PYTHONDONTWRITEBYTECODE": "1"} | env
    own = {key: value for key, value in own.items() if value != "UNSET"}
    return Daemon(own, list(args), ordinary.command(BIN / "svd"))


@contextlib.contextmanager
def speaking(daemon: Daemon) -> Iterator[Daemon]:
    """Start the daemon. ``heart`` must speak at the beginning and at the end."""
    ordinary.give(Path(daemon.env["XDG_RUNTIME_DIR"]))
    daemon.start()
    try:
        daemon.ready()
        speaks(daemon)
        for model in ("soprano", "rvc"):
            daemon.svctl(
                "--socket", daemon.socket, "models", "load", model
            )  # their files are read then; it may be refused
        yield daemon
        speaks(daemon)
    finally:
        status = daemon.stop()
    assert status == 0, daemon.log
    assert "Traceback" not in daemon.log


def speaks(daemon: Daemon) -> None:
    with daemon.client() as client:
        assert sum(map(len, client.stream("Hello there."))) > 12000
        assert [voice.name for voice in client.voices() if voice.default] == ["heart"]
        client.converters()


def lines(daemon: Daemon, name: str) -> list[str]:
    log = daemon.log.splitlines()
    return [line for line in log if name in line and ("left out" in line or "cannot be read" in line)]


@pytest.mark.parametrize(
    "broken",
    [*TOGETHER, *(pytest.param(pairs, marks=pytest.mark.long) for pairs in COMBINATIONS)],
    ids=lambda pairs: ", ".join(f"{name} {way}".replace("/", "-") for name, way in pairs),
)
def test_heart_speaks_and_each_broken_path_is_reported_once(home: Path, broken: list[tuple[str, str]]) -> None:
    if not ROOT_ONLY.isdisjoint(dict(broken).values()) and not can_mount():
        pytest.skip("needs root, and /dev/fuse")
    for name, _ in broken:
        fill(home, name)
    paths = [next(home.glob(PATHS[name])) for name, _ in broken]
    with contextlib.ExitStack() as undo:
        for (name, way), path in zip(broken, paths, strict=True):
            if (name, way) in {("config", "garbage"), ("config folder", "garbage")}:
                path.write_bytes(b"\xff\xfe") if path.is_file() else WAYS[way](path, undo)
            else:
                WAYS[way](path, undo)
        with speaking(daemon_of(home)) as daemon:
            number = 0
            for pair, path in zip(broken, paths, strict=True):
                if pair in HARMLESS:
                    continue
                names = NAMES.get(pair[0], [str(path)])
                for named in names:
                    assert len(lines(daemon, named)) == 1, daemon.log
                number += LEFT_OUT.get(pair[0], len(names))
            assert HARMLESS.issuperset(broken) or len(daemon.status()["left_out"]) == number

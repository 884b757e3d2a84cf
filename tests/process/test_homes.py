"""A home folder that is missing, invalid or another user's: ``svd`` runs with its defaults and writes nothing there."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ordinary
from support.daemon import BIN, Daemon, user_env
from support.matrix import quick


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sv-") as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "run").mkdir()
        (place / "file").touch()
        (place / "closed").mkdir(mode=0o700)
        (place / "closed").chmod(0)
        ordinary.give(place / "run")
        yield place
    shutil.rmtree(f"/dev/shm/jack_db-{ordinary.UID}", ignore_errors=True)


def env_of(place: Path, home: str | None, **more: str) -> dict[str, str]:
    env = user_env(place, place, PYTHONDONTWRITEBYTECODE="1", **more)
    del env["XDG_CACHE_HOME"], env["HOME"]
    env["STEADYVOICE_SOCKET"] = str(
        place / "run/steadyvoice/control.sock"
    )  # so that root finds the other user's daemon
    return env if home is None else env | {"HOME": home.format(place)}


HOMES = {
    "another user's": ("{}/closed", "Permission denied: {}/closed/.c"),
    "unset": (None, "there is no home folder: set HOME"),
    "relative": ("some/where", "there is no home folder: set HOME"),
    "empty": ("", "there is no home folder: set HOME"),
    "file": ("{}/file", "Not a directory: {}/file"),
    "too long": ("/" + "x" * 300, "File name too long"),
    "missing": ("{}/nothing", ""),
}


@pytest.mark.skipif(os.getuid() != 0, reason="needs a user without an entry in the user database")
@pytest.mark.parametrize("home", quick(1, list(HOMES)))
def test_the_daemon_speaks_without_a_usable_home(place: Path, home: str) -> None:
    name, line = HOMES[home]
    daemon = Daemon(env_of(place, name), [], ordinary.command(BIN / "svd")).start()
    try:
        daemon.ready()
        with daemon.client() as client:
            assert sum(map(len, client.stream("Hello there."))) > 12000
        said = daemon.svctl("speak", "Hello.", "-o", os.devnull)
        assert (said.returncode, said.stderr) == (0, "")
        for command in ("voices", "converters", "status"):
            assert daemon.svctl(command).returncode == 0
    finally:
        assert daemon.stop() == 0
    assert "Traceback" not in daemon.log
    assert line.format(place) in daemon.log
    assert not list((place / "closed").iterdir())
    assert not (place / "some").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_root_writes_nothing_into_the_home_of_another_user(place: Path) -> None:
    """The user's own daemon could not replace files of root."""
    home = place / "home"
    home.mkdir()
    ordinary.give(home)
    daemon = Daemon(env_of(place, str(home))).start()
    try:
        daemon.ready()
        with daemon.client() as client:
            assert sum(map(len, client.stream("Hello there."))) > 12000
    finally:
        assert daemon.stop() == 0
    assert f"cache {home}/.cache/steadyvoice is left out: it belongs to user {ordinary.UID}" in daemon.log
    assert not [path for path in home.rglob("*") if path.stat().st_uid == 0]


@pytest.mark.parametrize("base", ["", "relative", "./x"])
def test_a_base_folder_that_is_not_absolute_is_ignored(place: Path, base: str) -> None:
    (place / "home/.config/steadyvoice").mkdir(parents=True)
    (place / "home/.config/steadyvoice/config.toml").write_text("voise = 'x'")
    env = env_of(place, "{}/home") | {"XDG_CONFIG_HOME": base}
    done = subprocess.run([BIN / "svd", "--check"], env=env, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr
        == f"svd: {place}/home/.config/steadyvoice/config.toml: unknown key 'voise'; did you mean 'voice'?\n"
    )

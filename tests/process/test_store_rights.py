"""Files that root adds can be read by a daemon of another user; where they cannot, ``add`` reports it."""

import grp
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.matrix import quick
from support.store import TINY, Home

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become another user")

NOBODY = pwd.getpwnam("nobody")
GROUP = next(group for group in grp.getgrall() if group.gr_gid not in (0, NOBODY.pw_gid))


@pytest.fixture
def machine() -> Iterator[Path]:
    """A folder that all users can enter, like /var/lib; pytest's own folders are private."""
    folder = Path(tempfile.mkdtemp(prefix="steadyvoice-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def root(machine: Path, cache: Path, data: str = "lib/steadyvoice") -> Home:
    """Root, with a private home; ``data`` is the machine's store."""
    (machine / "lib").mkdir(exist_ok=True)
    (machine / "root").mkdir(mode=0o700)
    return Home(machine / "root", cache, STEADYVOICE_DATA=str(machine / data))


def readable(home: Home) -> list[str]:
    """The converters that the user ``nobody`` can find and read."""
    shell = 'for file in "$0"/*/model.pth; do cat "$file" >/dev/null && echo "$file"; done'
    command: list[str | Path] = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "sh",
        "-c",
        shell,
        home.data / "converters",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    return [Path(line).parent.name for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("umask", "random"), quick(1, [(0o077, False), (0o077, True), (0o022, True), (0o027, True), (0o777, True)])
)
def test_what_root_adds_is_readable(machine: Path, cache: Path, umask: int, random: bool) -> None:
    """random: a voice and a content encoder of the published sizes, too."""
    home = root(machine, cache)
    assert "only" not in home.does("converters", "add", TINY, "--name", "ann", umask=umask)["note"]
    if random:
        home.does("converters", "random", "rvc", umask=umask)
    assert readable(home) == ["ann", *["rvc-random"] * random]
    modes = home.modes()
    assert {modes[path] for path in modes if path.endswith((".pth", ".safetensors"))} == {"0644"}
    assert {modes[path] for path in modes if not path.endswith((".pth", ".safetensors"))} == {"0755"}


def test_added_files_belong_to_the_owner_of_the_store(machine: Path, cache: Path) -> None:
    home = root(machine, cache)
    home.data.mkdir(mode=0o700)
    os.chown(home.data, NOBODY.pw_uid, GROUP.gr_gid)
    done = home.does("converters", "add", TINY, "--name", "ann", umask=0o077)
    assert "closed" not in done.get("note", "")
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in home.data.rglob("*")}
    assert owners == {(NOBODY.pw_uid, GROUP.gr_gid)}
    assert set(home.modes().values()) == {"0700", "0600"}
    assert readable(home) == ["ann"]


def test_files_added_in_the_home_of_a_user_belong_to_that_user(machine: Path, cache: Path) -> None:
    """As under a sudo that keeps HOME."""
    user = machine / "user"
    user.mkdir(mode=0o700)
    os.chown(user, NOBODY.pw_uid, NOBODY.pw_gid)
    home = Home(user, cache, STEADYVOICE_DATA="", HOME=str(user))
    home.data = user / ".local" / "share" / "steadyvoice"
    done = home.does("converters", "add", TINY, "--name", "ann", umask=0o077)
    assert "only" not in done.get("note", "")
    below = [user / ".local", *(user / ".local").rglob("*")]
    assert {path.stat().st_uid for path in below} == {NOBODY.pw_uid}
    assert readable(home) == ["ann"]


def test_files_added_in_the_folder_of_a_group_belong_to_that_group(machine: Path, cache: Path) -> None:
    home = root(machine, cache)
    home.data.mkdir()
    os.chown(home.data, 0, GROUP.gr_gid)
    home.data.chmod(0o2770)
    home.does("converters", "add", TINY, "--name", "ann", umask=0o077)
    assert {path.stat().st_gid for path in home.data.rglob("*")} == {GROUP.gr_gid}
    assert set(home.modes().values()) == {"2770", "0640"}


@pytest.mark.parametrize("closed", quick(1, ["lib/steadyvoice", "lib", "lib/steadyvoice/converters"]))
@pytest.mark.parametrize("mode", quick(1, [0o700, 0o750]))
def test_add_reports_folders_that_others_cannot_read(machine: Path, cache: Path, closed: str, mode: int) -> None:
    home = root(machine, cache)
    (machine / closed).mkdir(parents=True, exist_ok=True)
    (machine / closed).chmod(mode)
    line = f"only root can read below {machine / closed} (mode 0{mode:o}), a daemon of another user cannot: "
    line += f"chmod o+rx {machine / closed}"
    done = home.does("converters", "add", TINY, "--name", "ann")
    assert line in done["note"].splitlines()
    said = home.svctl("converters", "add", TINY, "--name", "bob")
    assert f"svctl: {line}" in said.stderr.splitlines()
    assert readable(home) == []


def test_add_reports_nothing_in_a_private_home(machine: Path, cache: Path) -> None:
    home = Home(machine / "ann", cache)
    (machine / "ann").chmod(0o700)
    assert "only" not in home.does("converters", "add", TINY, "--name", "ann").get("note", "")


@pytest.mark.parametrize("umask", quick(1, [0o077, 0o022, 0o777]))
def test_new_folders_follow_the_umask_of_an_ordinary_user(machine: Path, cache: Path, umask: int) -> None:
    """The permissions of a user's own voices are the choice of that user."""
    code = f"""
import os, sys
from steadyvoice.workers.store.place import Place

os.setgroups([]), os.setgid(65534), os.setuid(65534), os.umask({umask})
with Place("voices") as place:
    place.new("ann").mkdir()
    (place.folder / ".away" / "ann" / "file").write_text("x")
    place.put("ann", False)
"""
    user = machine / "user"
    user.mkdir()
    os.chown(user, NOBODY.pw_uid, NOBODY.pw_gid)
    env = os.environ | {"STEADYVOICE_DATA": str(user / "data")}
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=100)
    folder = 0o700 | 0o755 & ~umask
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in [user / "data", *(user / "data").rglob("*")]}
    file = found.pop(user / "data" / "voices" / "ann" / "file")
    assert (set(found.values()), file) == ({folder}, 0o600 | folder & 0o044)

"""A user without a runtime directory, as under cron or su, and in containers."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, alive, eventually, user_env
from support.svctl import SVCTL

from steadyvoice.ipc.control_socket import SYSTEM

UID = 1_000_000 + os.getpid() % 1_000_000
"""User number that no other user of this machine has, so that its directory in /tmp does not exist yet."""
UNSHARE = ["unshare", "--user", f"--map-user={UID}", f"--map-group={UID}"]

pytestmark = pytest.mark.skipif(
    subprocess.run([*UNSHARE, "true"], stderr=subprocess.DEVNULL).returncode != 0,
    reason="needs the right to create a user namespace",
)


class Ordinary:
    """A user namespace in which the test user's files belong to this user, and all others to another one."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.env = user_env(home, cache)
        del self.env["XDG_RUNTIME_DIR"]
        self.folder = Path(f"/tmp/steadyvoice-{UID}")
        self.socket = self.folder / "control.sock"

    def run(self, *command: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
        words = [*UNSHARE, *command]
        return subprocess.run(
            words, env=self.env | env, text=True, timeout=100, stdin=subprocess.DEVNULL, capture_output=True
        )

    def svctl(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return self.run(SVCTL, *words, **env)


@pytest.fixture
def ordinary(tmp_path: Path, own_cache: Path) -> Iterator[Ordinary]:
    if os.access(SYSTEM, os.W_OK):
        pytest.skip("a daemon for all users is running, which every user's svctl finds")
    ordinary = Ordinary(tmp_path / "user", own_cache)
    yield ordinary
    ordinary.svctl("quit", "--purge")
    assert not ordinary.socket.exists()
    if ordinary.folder.is_symlink():
        ordinary.folder.unlink()
    for left in (ordinary.folder, f"/dev/shm/jack_db-{UID}"):  # created by PortAudio's JACK backend
        shutil.rmtree(left, ignore_errors=True)


def test_svctl_starts_finds_and_ends_a_daemon(ordinary: Ordinary) -> None:
    done = ordinary.svctl("speak", "Hello.", "-o", os.devnull)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("svctl: started svd in the background")
    info = ordinary.folder.stat()
    assert (info.st_mode & 0o7777, info.st_uid) == (0o700, os.getuid())
    assert ordinary.svctl("stop").returncode == 0
    assert ordinary.svctl("speak", "Hello.", "-o", os.devnull).stderr == ""
    done = ordinary.svctl("stop", XDG_RUNTIME_DIR="/var/empty/of/the/user/before/su")
    assert done.returncode == 0, "XDG_RUNTIME_DIR of another user must not change the socket"
    done = ordinary.run(BIN / "svd")
    assert done.returncode == 1
    assert "another svd serves" in done.stderr, "svd and svctl must use the same socket"
    assert ordinary.svctl("quit", "--purge").returncode == 0
    assert not ordinary.folder.exists()


def test_the_message_says_why_there_is_no_runtime_directory(ordinary: Ordinary, tmp_path: Path) -> None:
    done = ordinary.svctl("stop")
    assert done.returncode == 3
    why = f"XDG_RUNTIME_DIR is not set, /run/user/{UID} does not exist"
    assert done.stderr == f"svctl: no daemon is running at {ordinary.socket} ({why}); svctl speak starts one\n"
    if os.getuid() == 0:
        (tmp_path / "foreign").mkdir()
        os.chown(tmp_path / "foreign", 7, 7)
        done = ordinary.svctl("status", XDG_RUNTIME_DIR=str(tmp_path / "foreign"))
        assert "foreign belongs to user 65534, /run/user/" in done.stdout


@pytest.mark.parametrize("plant", ["link", "foreign", "open"])
def test_a_directory_that_another_user_can_write_is_refused(ordinary: Ordinary, plant: str) -> None:
    """The other user could put a socket there that receives all text to be spoken."""
    if plant == "link":
        ordinary.folder.symlink_to("/etc")
    else:
        ordinary.folder.mkdir()
        if plant == "foreign":
            if os.getuid() != 0:
                pytest.skip("only root gives directories away")
            os.chown(ordinary.folder, 7, 7)
        else:
            ordinary.folder.chmod(0o777)
    for words in (["speak", "Hello."], ["stop"], ["status"], ["voices"], ["quit"], ["restart"], ["doctor"]):
        done = ordinary.svctl(*words)
        assert (done.returncode, done.stdout) == (3, ""), words
        says = f"svctl: {ordinary.folder} is not a directory that only user {UID} can write; remove it, "
        assert done.stderr == says + "or name a socket elsewhere with --socket, or in STEADYVOICE_SOCKET\n"
    done = ordinary.run(BIN / "svd")
    assert done.returncode == 1
    assert done.stderr.startswith(f"svd: {ordinary.folder} is not a directory")
    assert len(done.stderr.splitlines()) == 1


def test_a_runtime_directory_without_write_permission(ordinary: Ordinary, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o500)
    done = ordinary.svctl("speak", "Hello.", XDG_RUNTIME_DIR=str(tmp_path / "run"))
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"svctl: cannot start a daemon at {tmp_path}/run/steadyvoice/control.sock: Permission"
    )
    assert len(done.stderr.splitlines()) == 1
    (tmp_path / "run").chmod(0o700)


def test_concurrent_commands_start_one_daemon(ordinary: Ordinary) -> None:
    command: list[str | Path] = [*UNSHARE, SVCTL, "voices"]
    started = [
        subprocess.Popen(command, env=ordinary.env, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    says = [process.communicate(timeout=100)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 3
    (pid,) = [int(each.split("pid ")[1].split(")")[0]) for each in says if each]
    assert ordinary.svctl("quit").returncode == 0
    eventually(lambda: not alive(pid))

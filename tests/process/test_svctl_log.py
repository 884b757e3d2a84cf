"""The log of a daemon that ``svctl`` starts: private, bounded, and never an obstacle."""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.daemon import eventually
from support.matrix import quick
from support.svctl import SVCTL, WORD, User

pytestmark = pytest.mark.usefixtures("light")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_log_is_private(user: User) -> None:
    before = os.umask(0)
    try:
        assert user.svctl("voices").returncode == 0
        assert mode(user.log) == 0o600
        assert "ready; sound device" in user.log.read_text()
        user.svctl("quit")
        user.log.chmod(0o666)  # as older versions made it
        assert user.svctl("voices").returncode == 0
        assert mode(user.log) == 0o600
    finally:
        os.umask(before)


def test_the_log_size_is_bounded(user: User) -> None:
    assert user.svctl("voices").returncode == 0
    with open(f"/proc/{user.daemon.pids()['vocoder']}/fd/2", "ab") as stage:
        stage.write(b"a line of a library\n" * 100_000)

    def whole_lines() -> bool:  # what is written meanwhile may end within one
        text = user.log.read_bytes()
        return 0 < len(text) <= 1 << 19 and set(text.splitlines()) == {b"a line of a library"}

    eventually(whole_lines)
    assert user.svctl("speak", WORD, "-o", os.devnull).returncode == 0


def a_link(log: Path) -> None:
    (log.parent / "precious").write_text("precious")
    log.symlink_to("precious")


def another_name(log: Path) -> None:
    (log.parent / "precious").write_text("precious")
    os.link(log.parent / "precious", log)


def a_pipe(log: Path) -> None:
    os.mkfifo(log)


def a_folder(log: Path) -> None:
    log.mkdir()


def a_dangling_link(log: Path) -> None:
    log.symlink_to("nowhere")


def a_full_disk(log: Path) -> None:
    log.symlink_to("/dev/full")


def of_another_user(log: Path) -> None:
    log.write_text("precious")
    os.chown(log, 65534, 65534)


@pytest.mark.parametrize(
    "plant", quick(4, [a_link, a_pipe, a_full_disk, of_another_user, another_name, a_folder, a_dangling_link])
)
def test_any_object_at_the_logs_path_does_not_prevent_speech(user: User, plant: Callable[[Path], None]) -> None:
    if plant is of_another_user and os.getuid() != 0:
        pytest.skip("only root gives files away")
    user.log.parent.mkdir(mode=0o700)
    plant(user.log)
    assert user.svctl("speak", WORD, "-o", os.devnull).returncode == 0
    if (user.log.parent / "precious").exists():
        assert (user.log.parent / "precious").read_text() == "precious"
    user.svctl("quit")
    user.configure("voice = ")
    done = user.svctl("speak", WORD, "-o", os.devnull)
    assert done.returncode == 1
    assert "not TOML" in done.stderr, "why a daemon does not start is heard without a file, too"
    assert len(done.stderr.splitlines()) == 1


def test_concurrent_starts_without_a_log_file(user: User) -> None:
    user.log.parent.mkdir(mode=0o700)
    user.log.mkdir()
    command: list[str | Path] = [SVCTL, "voices", "--json"]
    started = [subprocess.Popen(command, env=user.env, stdout=-3, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    says = [process.communicate(timeout=100)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 3
    assert sum("started svd" in each for each in says) == 1

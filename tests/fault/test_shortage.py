"""Temporary shortages: no descriptors for the replacement of a stage, and no space on the disk for the samples."""

import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.daemon import BIN, Daemon, eventually
from support.svctl import NULL

CONFIGURATION = NULL
TALE = "Nobody in the village knows when it was built, and nobody asks. "


def test_a_replacement_starts_when_descriptors_are_free_again(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon().ready()
    with daemon.client() as client:
        whole = np.concatenate(list(client.stream(TALE * 3)))
        blocks = iter(client.stream(TALE * 3))
        heard = [next(blocks)]
        pid, vocoder = daemon.process.pid, daemon.pids()["vocoder"]
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[1]))
        os.kill(vocoder, signal.SIGKILL)
        eventually(lambda: "cannot be started: [Errno 24] Too many open files" in daemon.log)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)


@pytest.mark.parametrize("name", ["out.wav", "out.flac"])
def test_a_disk_that_fills_up_during_speech_is_reported(daemon: Daemon, tmp_path: Path, name: str) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    shell = 'mount -t tmpfs -o size=64k tmpfs "$0"; "$@"; status=$?; ls -A "$0"; exit $status'
    svctl: list[str | Path] = [BIN / "svctl", "--no-autostart", "speak", TALE, "-o", disk / name]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", shell, disk, *svctl], env=daemon.env, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot write {disk / name}: No space left on device; nothing was kept" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert daemon.svctl("speak", TALE, "-o", tmp_path / name).returncode == 0

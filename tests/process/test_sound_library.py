"""What the sound library leaves behind."""

import subprocess
import sys

import pytest

_IN_EMPTY_SHM = 'mount -t tmpfs tmpfs /dev/shm && "$0" -m steadyvoice.workers.playback.probe && ls -A /dev/shm'


@pytest.mark.skipif(
    subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode != 0,
    reason="needs root, for a /dev/shm of its own",
)
def test_portaudio_leaves_nothing_in_shm() -> None:
    command = ["unshare", "--mount", "sh", "-c", _IN_EMPTY_SHM, sys.executable]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    probed, *left = done.stdout.splitlines()
    assert "no sound device" in probed, "PortAudio has listed none"
    assert left == []

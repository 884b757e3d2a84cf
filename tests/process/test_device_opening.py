"""The sound device is opened while an utterance's first samples are generated; no silence precedes them."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, eventually

from steadyvoice.ipc import null_device_log

pytestmark = pytest.mark.realtime


def is_open(daemon: Daemon, log: Path) -> bool:
    """Whether the output has the device open, which is a log file here."""
    for fd in Path("/proc", str(daemon.pids()["output"]), "fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if os.readlink(fd) == str(log):
                return True
    return False


def test_the_device_opens_before_the_first_samples_and_closes_if_none_follow(tmp_path: Path, cache: Path) -> None:
    log = tmp_path / "play.log"
    with configured(tmp_path, cache, f'[audio]\ndevice = "null:{log}"\n') as daemon, daemon.client() as client:
        eventually(lambda: not is_open(daemon, log))
        log.unlink(missing_ok=True)
        with client.open() as utterance:
            utterance.append("  ")
            eventually(lambda: is_open(daemon, log))
            eventually(lambda: not is_open(daemon, log))
            assert null_device_log.read(log) == [], "silence was played"
            utterance.append("Hello there.")
        assert utterance.wait().reason == "done"
        blocks = null_device_log.read(log)
        assert blocks[0].sounding, "the first block of the device begins with silence"
        assert sum(block.underrun_frames for block in blocks) == 0


def test_the_device_stays_closed_while_paused(tmp_path: Path, cache: Path) -> None:
    log = tmp_path / "play.log"
    with configured(tmp_path, cache, f'[audio]\ndevice = "null:{log}"\n') as daemon, daemon.client() as client:
        eventually(lambda: not is_open(daemon, log))
        client.pause()
        utterance = client.speak("Hello there.")
        eventually(lambda: any(ring["fill"] for ring in daemon.status()["rings"] if ring["name"] == "output"))
        assert not is_open(daemon, log)
        client.resume()
        assert utterance.wait().reason == "done"

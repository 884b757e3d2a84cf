"""The output stage dies after a skipped sentence: its replacement knows how many samples were skipped."""

import os
import signal
from pathlib import Path

import pytest
from support.daemon import configured

from steadyvoice.ipc import null_device_log

pytestmark = pytest.mark.realtime

TEXT = "When the rain had stopped, we walked home past the mill and then along the river. It was late; nobody spoke."
SLACK_S = 0.03
"""The device's buffer and a fade may be played again."""


def test_skipped_samples_do_not_count_as_heard_after_the_death_of_the_output(tmp_path: Path, cache: Path) -> None:
    log = tmp_path / "play.log"
    with configured(tmp_path, cache, f'audio.device = "null:{log}"\n') as daemon, daemon.client() as client:
        log.write_bytes(b"")
        utterance = client.speak(TEXT)
        while not utterance.marks:
            client.receive()
        client.skip("sentence")
        while utterance.marks[-1].start < TEXT.index("It was"):
            client.receive()
        os.kill(daemon.pids()["output"], signal.SIGKILL)
        finished = utterance.wait()
        sounded_s = sum(block.sounding for block in null_device_log.read(log)) / null_device_log.RATE
        assert (finished.reason, finished.heard_chars) == ("done", len(TEXT))
        assert finished.duration_s == pytest.approx(sounded_s, abs=SLACK_S)
        assert finished.duration_s < 3

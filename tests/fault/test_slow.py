"""Stages slower than real time: the gaps are between sentences, not within a sentence."""

from itertools import pairwise
from pathlib import Path

import pytest
from support.daemon import configured

from steadyvoice.ipc import null_device_log

pytestmark = pytest.mark.realtime

WORDS = 14
SENTENCE = " ".join(["150/1/10"] * WORDS)
"""Each word takes 150 ms to generate and lasts 100 ms."""


def test_gaps_are_between_sentences_once_the_speed_is_known(tmp_path: Path, cache: Path) -> None:
    log = tmp_path / "play.log"
    settings = f'engines = ["paced"]\nconverters = []\nvoice = "paced"\naudio.device = "null:{log}"\n'
    with configured(tmp_path, cache, settings) as daemon, daemon.client() as client:
        finished = client.speak(f"{SENTENCE}\n\n{SENTENCE}\n\n{SENTENCE}").wait()
    assert finished.reason == "done"
    sentence, heard, gaps = WORDS * 4800, 0, set[int]()
    for block in null_device_log.read(log):
        if 0 < heard < 3 * sentence and block.sounding < block.frames:  # the voice has no samples that are 0
            gaps.add(heard)
        heard += block.sounding
    assert heard == pytest.approx(3 * sentence, abs=2400)
    ends = [0, sentence, 2 * sentence, 3 * sentence]
    inside = [sum(a + 2400 < gap < b - 2400 for gap in gaps) for a, b in pairwise(ends)]
    assert inside[0] > WORDS / 2, "the first sentence is played before the speed is known"
    assert inside[1] + inside[2] < inside[0] / 2, gaps
    assert all(any(abs(gap - end) <= 2400 for gap in gaps) for end in ends[1:3]), gaps

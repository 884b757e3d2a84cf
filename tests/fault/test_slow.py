"""Stages that are slower than the sound plays: the listener waits between sentences, not in the middle of one."""

from pathlib import Path

import pytest
from support.daemon import configured

from steadyvoice.ipc import playlog

WORDS = 14
SENTENCE = " ".join(["150/1/10"] * WORDS)
"""Each word takes 150 ms and lasts 100."""


def test_the_gap_is_between_two_sentences(tmp_path: Path, cache: Path) -> None:
    log = tmp_path / "play.log"
    settings = f'engines = ["paced"]\nconverters = []\nvoice = "paced"\naudio.device = "null:{log}"\n'
    with configured(tmp_path, cache, settings) as daemon, daemon.client() as client:
        finished = client.speak(f"{SENTENCE}\n\n{SENTENCE}\n\n{SENTENCE}").wait()
    assert finished.reason == "done"
    sentence, heard, gaps = WORDS * 4800, 0, set[int]()
    for block in playlog.read(log):
        if 0 < heard < 3 * sentence and block.sounding < block.rows:  # the voice hums, and is never 0
            gaps.add(heard)
        heard += block.sounding
    assert heard == pytest.approx(3 * sentence, abs=2400)
    assert sum(gap < sentence - 4800 for gap in gaps) > 2, "the first was begun when nothing was known"
    for begin in (sentence, 2 * sentence):
        assert [gap for gap in gaps if abs(gap - begin) < 2400], "each of the others waits"
        assert not [gap for gap in gaps if begin + 2400 < gap < begin + sentence - 2400], "and goes on to its end"

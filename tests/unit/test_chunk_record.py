"""Sizes of chunks before and after a crash, and the sound that is on its way to the listener."""

import pytest

from steadyvoice.workers.runtime.chunk_record import Chunks, Lead


def test_chunks_of_a_replayed_segment_have_the_sizes_from_before() -> None:
    reported: list[tuple[int, int, int]] = []
    chunks = Chunks(3, [12, 25], lambda *chunk: reported.append(chunk))
    for size in (12, 25):
        assert chunks.planned() == size
        chunks.chose(size)
    assert (chunks.planned(), reported) == (0, [])
    chunks.chose(50)
    chunks.next_segment()
    assert chunks.planned() == 0
    chunks.chose(12)
    assert reported == [(3, 2, 50), (4, 0, 12)]


def test_a_lead_counts_what_later_stages_still_work_on() -> None:
    now, delay = 10.0, 0.2
    lead = Lead(0.02, lambda: delay, lambda: now)
    assert lead.ahead() < 0
    lead.written(0)
    assert lead.ahead() < 0
    lead.written(24)
    assert lead.ahead() == pytest.approx(0.48), "what is made now arrives as late"
    now = 10.1
    lead.written(50)
    assert lead.ahead() == pytest.approx(0.38 + 1.0)
    now = 12.0
    lead.written(24)
    assert lead.ahead() == pytest.approx(0.48), "the listener had nothing left"


def test_sound_that_waits_for_more_is_not_counted() -> None:
    lead = Lead(0.02, lambda: 0.2, lambda: 10.0, lookahead_s=0.24)
    lead.written(18)
    assert lead.ahead() == pytest.approx(0.36 - 0.24)


def test_without_a_length_nothing_is_counted() -> None:
    lead = Lead(0.0, lambda: 0.2, lambda: 10.0)
    lead.written(24_000)
    assert lead.ahead() < -10.0

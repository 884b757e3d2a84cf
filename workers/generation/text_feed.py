"""The text of one utterance as it arrives from the supervisor, cut into segments. The caller gives the time."""

import codecs
import math
from dataclasses import replace
from typing import Final

from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.stage_protocol import RestartPoint
from steadyvoice.workers.generation.segmenter import Segment, Segmenter
from steadyvoice.workers.text.markup.filter import Markup
from steadyvoice.workers.text.markup.places import Places, divided
from steadyvoice.workers.text.markup.unfiltered import Unfiltered
from steadyvoice.workers.text.markup.view import Piece

FIRST_CLAUSE_TIMEOUT_S: Final = 0.15
"""A first sentence that is incomplete after so long is still being written: its first clause is spoken."""


class TextFeed:
    """Text in, segments out. After a restart the first segment is the interrupted one, cut exactly as before."""

    def __init__(self, restart: RestartPoint | None = None, mode: ReadingMode = ORDINARY) -> None:
        restart = restart or RestartPoint(0)
        self._mode = mode
        self._markup = Unfiltered(restart.at) if mode.is_literal else Markup(restart.at, restart.markup)
        self._places = Places(restart.at)
        """Of the text that the segmenter has, in the text as it was written."""
        self._taken = restart.at
        """Characters of the text before the end of the last segment taken."""
        self._segmenter = self._segmenter_at(restart.at, restart.line)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._replay = restart if restart.end else None
        """The interrupted segment, while its text is incomplete."""
        self._replayed: list[Piece] = []
        self._replayed_segment: Segment | None = None
        """The interrupted segment, once its text is complete; it precedes all of the segmenter's."""
        self._first_text_at = 0.0
        self._last_text_at = 0.0
        self.wait_until = 0.0
        """Monotonic seconds before which `take` returns nothing, unless more text arrives."""

    def _segmenter_at(self, at: int, line: int) -> Segmenter:
        return Segmenter(at, line, self._mode.can_say)

    def feed(self, data: bytes, now: float) -> None:
        """Append text in UTF-8; a character may continue in the next call."""
        self._arrived(now)
        self._add(self._markup.feed(self._decoder.decode(data)))

    def _add(self, pieces: list[Piece]) -> None:
        if self._replay is None:
            self._segmenter.feed(self._places.add(pieces))
            return
        self._replayed += pieces
        if self._markup.position >= self._replay.end:
            self._complete_replay(self._replay)

    def close(self, now: float) -> None:
        """No more text follows."""
        self._arrived(now)
        self._add(self._markup.close())
        self._segmenter.close()

    def _arrived(self, now: float) -> None:
        self._last_text_at = now
        self._first_text_at = self._first_text_at or now
        self.wait_until = 0.0

    def _complete_replay(self, restart: RestartPoint) -> None:
        """Make one segment of the interrupted one's text, wherever the segmenter would cut it now."""
        before, after = divided(self._replayed, restart.end)
        text = self._places.add(before)
        alone = self._segmenter_at(restart.at, restart.line)
        alone.feed(text)
        alone.close()
        segment = alone.next()
        assert segment is not None
        while (rest := alone.next()) is not None:  # a timeout had cut the segment where no more text had arrived
            segment = segment.joined(rest)
        self._segmenter = self._segmenter_at(self._places.end, restart.line + len(text))
        self._segmenter.feed(self._places.add(after))
        self._replayed_segment = replace(segment, more=restart.more)
        self._replay, self._replayed = None, []

    def take(self, now: float, incomplete_sentence_timeout_s: float, *, is_first: bool) -> Segment | None:
        """The next segment; None where more text could change it, until ``wait_until``, and at the end.

        now: monotonic seconds. is_first: nothing of the utterance was spoken yet, so its first clause is enough.
        """
        segment, self._replayed_segment = self._replayed_segment, None
        segment = segment or self._segmenter.next()
        clause_at = self._first_text_at + FIRST_CLAUSE_TIMEOUT_S if is_first else math.inf
        if segment is None and clause_at <= now:
            segment, clause_at = self._segmenter.clause(), math.inf
        if segment is None and not self._segmenter.done:
            incomplete_at = self._last_text_at + incomplete_sentence_timeout_s
            if now < incomplete_at:
                self.wait_until = min(incomplete_at, clause_at)
                return None
            self._add(self._markup.flush())
            segment = self._segmenter.flush()
            self.wait_until = 0.0 if segment else math.inf
        return self._as_written(segment) if segment else None

    def _as_written(self, segment: Segment) -> Segment:
        """The segment with offsets into the text as it was written."""
        start, end = self._places.written(segment.start, segment.end)
        runs = self._places.runs(segment.runs, len(segment.text))
        self._places.forget(segment.end)
        self._markup.forget(self._taken)
        self._taken = end
        return replace(segment, start=start, end=end, runs=runs)

    def markup_state(self, position: int) -> int:
        """For a restart at the end of the last segment taken, or before it."""
        return self._markup.state_at(position)

    def has_next(self) -> bool:
        """The next segment is complete."""
        return self._segmenter.has_next()

    @property
    def pending(self) -> bool:
        """There is text that is not spoken yet."""
        return self._replayed_segment is not None or self._segmenter.pending or self._markup.pending

    @property
    def done(self) -> bool:
        """Closed, and all segments were taken."""
        return self._replayed_segment is None and self._segmenter.done

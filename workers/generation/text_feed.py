"""The text of one utterance as it arrives from the supervisor, cut into segments. The caller gives the time."""

import codecs
import math
from dataclasses import replace
from typing import Final

from steadyvoice.ipc.stage_protocol import RestartPoint
from steadyvoice.workers.generation.segmenter import Segment, Segmenter

FIRST_CLAUSE_TIMEOUT_S: Final = 0.15
"""A first sentence that is incomplete after so long is still being written: its first clause is spoken."""


class TextFeed:
    """Text in, segments out. After a restart the first segment is the interrupted one, cut exactly as before."""

    def __init__(self, restart: RestartPoint | None = None) -> None:
        restart = restart or RestartPoint(0)
        self._segmenter = Segmenter(restart.at, restart.line)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._replay = restart if restart.end else None
        """The interrupted segment, while its text is incomplete."""
        self._replayed_text = ""
        self._replayed_segment: Segment | None = None
        """The interrupted segment, once its text is complete; it precedes all of the segmenter's."""
        self._first_text_at = 0.0
        self._last_text_at = 0.0
        self.wait_until = 0.0
        """Monotonic seconds before which `take` returns nothing, unless more text arrives."""

    def feed(self, data: bytes, now: float) -> None:
        """Append text in UTF-8; a character may continue in the next call."""
        self._arrived(now)
        text = self._decoder.decode(data)
        if self._replay is None:
            self._segmenter.feed(text)
            return
        self._replayed_text += text
        if len(self._replayed_text) >= self._replay.end - self._replay.at:
            self._complete_replay(self._replay)

    def close(self, now: float) -> None:
        """No more text follows."""
        self._arrived(now)
        self._segmenter.close()

    def _arrived(self, now: float) -> None:
        self._last_text_at = now
        self._first_text_at = self._first_text_at or now
        self.wait_until = 0.0

    def _complete_replay(self, restart: RestartPoint) -> None:
        """Make one segment of the interrupted one's text, wherever the segmenter would cut it now."""
        size = restart.end - restart.at
        alone = Segmenter(restart.at, restart.line)
        alone.feed(self._replayed_text[:size])
        alone.close()
        segment = alone.next()
        assert segment is not None
        while (rest := alone.next()) is not None:  # a timeout had cut the segment where no more text had arrived
            segment = segment.joined(rest)
        self._segmenter = Segmenter(restart.end, restart.line + size)
        self._segmenter.feed(self._replayed_text[size:])
        self._replayed_segment = replace(segment, more=restart.more)
        self._replay, self._replayed_text = None, ""

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
            segment = self._segmenter.flush()
            self.wait_until = 0.0 if segment else math.inf
        return segment

    def has_next(self) -> bool:
        """The next segment is complete."""
        return self._segmenter.has_next()

    @property
    def pending(self) -> bool:
        """There is text that is not spoken yet."""
        return self._replayed_segment is not None or self._segmenter.pending

    @property
    def done(self) -> bool:
        """Closed, and all segments were taken."""
        return self._replayed_segment is None and self._segmenter.done

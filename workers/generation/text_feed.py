"""The text of one utterance as it arrives from the supervisor, cut into segments. The caller gives the time."""

import codecs
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.generation.segment import Segment
from steadyvoice.workers.generation.segmenter import Segmenter
from steadyvoice.workers.text.markup.filter import Markup
from steadyvoice.workers.text.markup.places import Places
from steadyvoice.workers.text.markup.unfiltered import Unfiltered
from steadyvoice.workers.text.markup.view import Piece
from steadyvoice.workers.text.ssml.directions import Directions, PlacedMark, SegmentDirections
from steadyvoice.workers.text.ssml.filter import Ssml, is_ssml
from steadyvoice.workers.text.ssml.items import Item, NamedMark, Pause, Text, divided_items
from steadyvoice.workers.text.ssml.say_as import said_as

FIRST_CLAUSE_TIMEOUT_S: Final = 0.15
"""A first sentence that is incomplete after so long is still being written: its first clause is spoken."""


class TextFeed:
    """Text in, segments out. After a restart the first segment is the interrupted one, cut exactly as before.

    More than 12 methods: the steps from arrival to segment, which share the position in the text.
    """

    def __init__(
        self,
        restart: RestartPoint | None = None,
        mode: ReadingMode = ORDINARY,
        *,
        ssml: bool | None = False,
        language: str = "",
    ) -> None:
        """ssml: the text is an SSML document; None: if it begins like one. language: as of ``front_end.spoken``."""
        self._restart = restart = restart or RestartPoint(0)
        self._mode, self._language = mode, language
        self._filter: Markup | Unfiltered | Ssml | None = None
        """None until the text's first characters tell which one it needs."""
        self._begun = ""
        """These characters."""
        self._places = Places(restart.at)
        """Of the text that the segmenter has, in the text as it was written."""
        self._taken = restart.at
        """Characters of the text before the end of the last segment taken."""
        self._said = 0, restart.markup
        """Of SSML: how much was said, before the last segment taken and at its end, of an element said otherwise."""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._replay = restart if restart.end else None
        """The interrupted segment, while its text is incomplete."""
        self._replayed: list[Piece | Item] = []
        self._replayed_segment: Segment | None = None
        """The interrupted segment, once its text is complete; it precedes all of the segmenter's."""
        self._items: deque[Piece | Item] = deque()
        """What follows ``_pause``."""
        self._pause: Pause | None = None
        """Follows all text that the segmenter has."""
        self._closed = False
        self._directions = Directions()
        self.directions = SegmentDirections()
        """For the last segment taken."""
        self._first_text_at = 0.0
        self._last_text_at = 0.0
        self.wait_until = 0.0
        """Monotonic seconds before which `take` returns nothing, unless more text arrives."""
        self._choose(True if restart.ssml else ssml if not restart.at else False)
        # The text before the restart is sent again of a document only, in which a line end has no meaning.
        self._segmenter = self._segmenter_at(restart.at, restart.at if restart.ssml else restart.line)

    def _choose(self, ssml: bool | None) -> None:
        if ssml:
            self._filter = Ssml(partial(said_as, language=self._language, mode=self._mode))
        elif ssml is not None:
            at = self._restart.at
            self._filter = Unfiltered(at) if self._mode.is_literal else Markup(at, self._restart.markup)

    def _segmenter_at(self, at: int, line: int) -> Segmenter:
        return Segmenter(at, line, self._mode.can_say, has_ordinals=self._language.startswith("de"))

    def feed(self, data: bytes, now: float) -> None:
        """Append text in UTF-8; a character may continue in the next call."""
        self._arrived(now)
        self._feed(self._decoder.decode(data))

    def _feed(self, text: str, *, closed: bool = False) -> None:
        if self._filter is None:
            self._begun += text
            self._choose(is_ssml(self._begun, closed=closed))
            text = self._begun
        if self._filter is not None:
            self._add(self._filter.feed(text))

    def _add(self, items: Sequence[Piece | Item]) -> None:
        if self._filter is not None and self.is_ssml and self._restart.at:
            items = divided_items(items, self._restart.at, self._restart.markup)[1]
        if self._replay is None:
            self._items.extend(items)
            self._pass_on()
            return
        self._replayed += items
        if self._filter is not None and self._filter.position >= self._replay.end:
            self._complete_replay(self._replay)

    def _pass_on(self) -> None:
        """Give the segmenter all up to the next pause."""
        while self._items and self._pause is None:
            if isinstance(pause := self._items.popleft(), Pause):
                self._segmenter.cut(ends_sentence=False)
                self._pause = pause
            else:
                self._direct(pause, self._segmenter)
        if self._closed and self._pause is None and self._replay is None:
            self._segmenter.close()

    def _direct(self, item: Piece | Item, segmenter: Segmenter) -> None:
        if isinstance(item, Piece):
            segmenter.feed(self._places.add([item]))
        elif isinstance(item, Text):
            self._directions.add(self._places.end, item)
            segmenter.feed(self._places.add([item.piece]))
        elif isinstance(item, NamedMark):
            self._directions.add(self._places.end, item)
        elif not isinstance(item, Pause):
            segmenter.cut(ends_sentence=item.ends_sentence)

    def close(self, now: float) -> None:
        """No more text follows."""
        self._arrived(now)
        self._feed("", closed=True)
        assert self._filter is not None
        self._closed = True
        self._add(self._filter.close())

    def _arrived(self, now: float) -> None:
        self._last_text_at = now
        self._first_text_at = self._first_text_at or now
        self.wait_until = 0.0

    def _complete_replay(self, restart: RestartPoint) -> None:
        """Make one segment of the interrupted one's text, wherever the segmenter would cut it now."""
        before, after = divided_items(self._replayed, restart.end)
        self._replay, self._replayed = None, []
        if any(isinstance(item, Pause) for item in before):  # the interrupted segment is the pause
            self._items.extend([*before, *after])
            self._pass_on()
            return
        begin = self._places.end
        alone = self._segmenter_at(restart.at, restart.at if restart.ssml else restart.line)
        for item in before:
            self._direct(item, alone)
        alone.close()
        segment = alone.next()
        assert segment is not None
        while (rest := alone.next()) is not None:  # a timeout had cut the segment where no more text had arrived
            segment = segment.joined(rest)
        self._segmenter = self._segmenter_at(self._places.end, restart.line + self._places.end - begin)
        self._replayed_segment = replace(segment, more=restart.more)
        self._items.extend(after)
        self._pass_on()

    def take(self, now: float, incomplete_sentence_timeout_s: float, *, is_first: bool) -> Segment | None:
        """The next segment; None where more text could change it, until ``wait_until``, and at the end.

        A pause is a segment without text. now: monotonic seconds. is_first: nothing of the utterance was spoken yet,
        so its first clause is enough.
        """
        segment, self._replayed_segment = self._replayed_segment, None
        segment = segment or self._segmenter.next()
        if segment is None and self._pause is not None:
            return self._take_pause(self._pause)
        clause_at = self._first_text_at + FIRST_CLAUSE_TIMEOUT_S if is_first else math.inf
        if segment is None and clause_at <= now:
            segment, clause_at = self._segmenter.clause(), math.inf
        if segment is None and not self._segmenter.done:
            incomplete_at = self._last_text_at + incomplete_sentence_timeout_s
            if now < incomplete_at:
                self.wait_until = min(incomplete_at, clause_at)
                return None
            if self._filter is not None:
                self._add(self._filter.flush())
            segment = self._segmenter.flush()
            self.wait_until = 0.0 if segment else math.inf
        return self._as_written(segment) if segment else None

    def _take_pause(self, pause: Pause) -> Segment:
        self._pause, self._said = None, (self._said[1], 0)
        self.directions = self._directions.pause(pause.seconds)
        self._taken = pause.end
        self._pass_on()
        return Segment("", pause.start, pause.end, more=True)

    def _as_written(self, segment: Segment) -> Segment:
        """The segment with offsets into the text as it was written."""
        start, end = self._places.written(segment.start, segment.end)
        runs = self._places.runs(segment.runs, len(segment.text))
        if self.is_ssml:
            self.directions = self._directions.of(segment.start, segment.end, segment.runs)
            said = self._places.said(segment.end)
            before = self._restart.markup if said and end == self._restart.at else 0
            self._said = self._said[1], before + said
        self._places.forget(segment.end)
        if isinstance(self._filter, Markup):
            self._filter.forget(self._taken)
        self._taken = end
        return replace(segment, start=start, end=end, runs=runs)

    @property
    def is_ssml(self) -> bool:
        return isinstance(self._filter, Ssml)

    @property
    def error(self) -> str:
        """Why the text is not valid SSML, as one line; empty where it is, or is no SSML."""
        return self._filter.error if isinstance(self._filter, Ssml) else ""

    @property
    def notes(self) -> Sequence[str]:
        """What was not obeyed in valid SSML."""
        return self._filter.notes if isinstance(self._filter, Ssml) else ()

    def last_marks(self) -> tuple[PlacedMark, ...]:
        """After all segments: the marks behind the last one."""
        return self._directions.rest()

    def markup_state(self, position: int) -> int:
        """For a restart at the end of the last segment taken, or before it."""
        return self._filter.state_at(position) if isinstance(self._filter, Markup) else 0

    def states(self, start: int, end: int) -> tuple[int, int]:
        """For restarts at the beginning and at the end of the last segment taken, [start, end) of the text."""
        return self._said if self.is_ssml else (self.markup_state(start), self.markup_state(end))

    def has_next(self) -> bool:
        """The next segment is complete."""
        return self._segmenter.has_next() or self._pause is not None

    @property
    def pending(self) -> bool:
        """There is text that is not spoken yet."""
        if self._replayed_segment is not None or self._segmenter.pending or self._pause is not None:
            return True
        return (not self._begun.isspace() and self._filter is None and bool(self._begun)) or (
            self._filter is not None and self._filter.pending
        )

    @property
    def done(self) -> bool:
        """Closed, and all segments were taken."""
        return self._replayed_segment is None and self._pause is None and self._segmenter.done

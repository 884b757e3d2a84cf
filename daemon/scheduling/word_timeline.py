"""The segments and words that the generator has reported, with their places in the text and in the sound."""

from bisect import bisect_right

import msgspec

from steadyvoice.ipc.stage_protocol import SegmentStart, Word


class WordTimeline:
    def __init__(self) -> None:
        self.segments: list[SegmentStart] = []
        """Segments that the generator has begun, by number."""
        self.chunks: dict[int, list[int]] = {}
        """Sizes of the flow's chunks, by the segment's number (stage_protocol.Chunk)."""
        self.words: list[Word] = []
        """Words that were generated and marks of the text, in order of their samples."""
        self._ends = [0, 0]
        """Characters before the end of the last word, and of the last mark."""
        self.marked = 0
        """Number of these for which a ``mark`` event was published."""

    def add_segment(self, segment: SegmentStart) -> None:
        """A segment generated again is the same if all its text was known; if it differs, later ones are invalid."""
        if segment not in self.segments[segment.number : segment.number + 1]:
            self.segments[segment.number :] = [segment]
            for number in [number for number in self.chunks if number >= segment.number]:
                del self.chunks[number]

    def batch_segment(self, number: int, frame: int) -> None:
        """The segment is batched from this frame on."""
        for segment in self.segments[number : number + 1]:
            self.segments[number] = msgspec.structs.replace(segment, batched=frame)

    def add_chunk(self, segment: int, number: int, size: int) -> None:
        """The flow computes this chunk of the segment. The same chunk again changes nothing."""
        chunks = self.chunks.setdefault(segment, [])
        if chunks[number : number + 1] != [size]:
            chunks[number:] = [size]

    @property
    def unread_languages(self) -> list[str]:
        return list(dict.fromkeys(segment.unread for segment in self.segments if segment.unread))

    def add_words(self, words: list[Word]) -> None:
        """Add generated words and marks; ignore those of a segment that was generated again.

        Words are reported before they are generated. Where a skip ended their segment early, the next segment's words
        take their place in the sound.
        """
        added = []
        for word in words:
            is_mark = bool(word.name)
            if word.start >= self._ends[is_mark]:
                added.append(word)
                self._ends[is_mark] = word.end
        if added:
            self._truncate(added[0].begins)
        self.words += added

    def _truncate(self, samples: int) -> None:
        """Remove what was not generated: words from this position on, and the rest of a word that spans it.

        A mark at this position may be one of the same segment.
        """
        while self.words and self.words[-1].begins + (not self.words[-1].name) > samples:
            self.words.pop()
        if self.words and self.words[-1].ends > samples:
            self.words[-1] = msgspec.structs.replace(self.words[-1], ends=samples)
        self.marked = min(self.marked, len(self.words))

    def word_at(self, samples: int) -> Word | None:
        """The last word that begins at or before this position."""
        at = bisect_right(self.words, samples, key=lambda word: word.begins)
        return self.words[at - 1] if at else None

    def heard_chars(self, samples: int) -> int:
        """Characters of the text up to the end of the last word that ends at or before this position."""
        at = bisect_right(self.words, samples, key=lambda word: word.ends)
        return next((word.end for word in reversed(self.words[:at]) if not word.name), 0)

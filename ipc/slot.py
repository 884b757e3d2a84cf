"""One slot of a ring: 32 header words of 8 bytes, then the payload, written and read in place."""

from typing import Final

WORDS: Final = 32
HEADER_BYTES: Final = WORDS * 8

# Header words. SEQ and GENERATION are the ring's; the rest is the producer's.
SEQ: Final = 0
GENERATION: Final = 1
UTTERANCE: Final = 2
LANE: Final = 3
KIND: Final = 4
SEGMENT: Final = 5
"""The segment of the text that it belongs to, from 0; END: how many there were."""
COUNT: Final = 6
"""Frames of a FRAMES slot, samples of a PCM slot."""
DIM: Final = 7
"""Columns of a FRAMES slot."""
INDEX: Final = 8
"""Index of the first frame or sample within the segment; in a client's ring and in SEGMENT_END within the utterance."""
BYTES: Final = 9
"""Payload bytes in use."""
VALUE: Final = 10
"""FRAMES, PCM: milliseconds that the segment should last; SEGMENT_END: characters of text done; END: frames in all."""
ORIGIN: Final = 11
"""When the request arrived at the daemon, monotonic nanoseconds."""
SENTENCE: Final = 12
"""The sentence that it belongs to, from 0. SEGMENT_END: that of the next part."""
TIMES: Final = 16
"""Two words a stage, in the order of the pipeline: started, finished (which is when the next stage could start);
monotonic nanoseconds."""
TIMED_STAGES: Final = 4

# Kinds
BEGIN: Final = 1
"""An utterance starts; payload: its messages.UtteranceSpec."""
TEXT: Final = 2
"""Payload: UTF-8, cut anywhere."""
FRAMES: Final = 3
PCM: Final = 4
SEGMENT_END: Final = 5
"""A segment of the text, up to VALUE characters, ends here; the vocoder flushes. COUNT: 1 where the next one is to come
at once."""
END: Final = 6


class Slot:
    """A view into the ring; valid until it is published (producer) or released (consumer)."""

    __slots__ = ("index", "payload", "words")

    def __init__(self, memory: memoryview, index: int) -> None:
        self.index = index
        self.words = memory[:HEADER_BYTES].cast("Q")
        self.payload = memory[HEADER_BYTES:]

    def head(self, kind: int, source: "Slot", rows: int = 0, index: int = 0, payload_bytes: int = 0) -> None:
        """Write the header of a slot made from ``source``: same utterance, part, origin and history."""
        words, old = self.words, source.words
        words[UTTERANCE:KIND] = old[UTTERANCE:KIND]
        words[KIND] = kind
        words[SEGMENT] = old[SEGMENT]
        words[SENTENCE] = old[SENTENCE]
        words[COUNT] = rows
        words[INDEX] = index
        words[BYTES] = payload_bytes
        words[VALUE] = old[VALUE]
        words[ORIGIN] = old[ORIGIN]
        words[TIMES:] = old[TIMES:]

    def already_delivered(self, index: int) -> int:
        """How many of its rows come before row ``index`` of the part."""
        return min(max(0, index - int(self.words[INDEX])), int(self.words[COUNT]))

    def stamp(self, stage: int, started: int, finished: int) -> None:
        at = TIMES + 2 * stage
        self.words[at] = started
        self.words[at + 1] = finished

    def times(self) -> list[int]:
        return self.words[TIMES : TIMES + 2 * TIMED_STAGES].tolist()

    def put(self, data: bytes) -> None:
        self.payload[: len(data)] = data
        self.words[BYTES] = len(data)

    def bytes(self) -> bytes:
        return self.payload[: self.words[BYTES]].tobytes()

    def copy(self, source: "Slot") -> None:
        """Take over header and payload as they are."""
        self.words[UTTERANCE:] = source.words[UTTERANCE:]
        used = source.words[BYTES]
        self.payload[:used] = source.payload[:used]


def keep(source: Slot) -> Slot:
    """A copy that stays when the slot goes back to its ring."""
    copy = Slot(memoryview(bytearray(HEADER_BYTES + source.words[BYTES])), 0)
    copy.copy(source)
    return copy

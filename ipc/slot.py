"""One slot of a ring: 32 header words of 8 bytes, then the payload, written and read in place."""

from typing import Final

WORDS: Final = 32
HEADER_BYTES: Final = WORDS * 8

# Header words. ring.Producer writes SEQ and GENERATION; the producing stage writes the others.
SEQ: Final = 0
GENERATION: Final = 1
UTTERANCE: Final = 2
LANE: Final = 3
KIND: Final = 4
SEGMENT: Final = 5
"""Number of the slot's segment of the text, from 0. In END: the number of segments."""
COUNT: Final = 6
"""Frames of a FRAMES slot, samples of PCM and SILENCE. In SEGMENT_END: 1 where the next segment follows at once."""
DIM: Final = 7
"""Values per frame of a FRAMES slot."""
INDEX: Final = 8
"""Index of the first frame or sample within the segment; in a client's ring and in SEGMENT_END within the utterance."""
BYTES: Final = 9
"""Payload bytes in use."""
VALUE: Final = 10
"""FRAMES, PCM: expected milliseconds of the segment. SEGMENT_END: characters of text so far. END: all frames."""
ORIGIN: Final = 11
"""When the daemon received the request, monotonic nanoseconds."""
SENTENCE: Final = 12
"""Number of the slot's sentence, from 0. In SEGMENT_END: the sentence of the next segment."""
GAIN: Final = 13
"""Factor on the utterance's volume, in millionths, plus 1; 0: none. Of the segment, as PITCH."""
PITCH: Final = 14
"""Added to the utterance's pitch, in hundredths of a semitone, plus PITCH_ZERO; 0: none."""
PITCH_ZERO: Final = 1 << 16
ROUTE: Final = 15
"""Number of the utterance's first stage, times 256, plus the position in its path of the stage that reads the slot."""
TIMES: Final = 16
"""Two words per stage, in the order of the path: start and end of its work on this block, monotonic nanoseconds."""
MAX_PATH: Final = 8
"""Stages that an utterance passes through, at most."""
NO_TIMES: Final = (0,) * 2 * MAX_PATH

_POSITION_BITS: Final = 8
POSITION: Final = (1 << _POSITION_BITS) - 1
"""Mask of ROUTE."""

# Kinds
BEGIN: Final = 1
"""An utterance starts. Payload: its utterance_spec.UtteranceSpec."""
TEXT: Final = 2
"""Payload: a piece of the text in UTF-8; a character may continue in the next slot."""
FRAMES: Final = 3
PCM: Final = 4
SEGMENT_END: Final = 5
"""A segment ends: each stage flushes its state, so that the next segment does not depend on it."""
END: Final = 6
SILENCE: Final = 7
"""A part of a pause: so many samples at the sink's rate. A segment has either FRAMES or SILENCE. No payload."""
VOICE: Final = 8
"""The segment's frames are of another voice of the engine than the utterance's. Payload: its name, in UTF-8."""
LEXICON: Final = 9
"""Between BEGIN and TEXT. Payload: a piece of an utterance_spec.UtteranceLexicon."""


class Slot:
    """A view into the ring; valid until the producer publishes or the consumer releases the slot."""

    __slots__ = ("index", "payload", "words")

    def __init__(self, memory: memoryview, index: int) -> None:
        self.index = index
        self.words = memory[:HEADER_BYTES].cast("Q")
        self.payload = memory[HEADER_BYTES:]

    def head(self, kind: int, source: "Slot", count: int = 0, index: int = 0, payload_bytes: int = 0) -> None:
        """Write the header of a slot computed from ``source``: same utterance, segment, style, origin and times.

        Its reader is the next stage of the path.
        """
        words, old = self.words, source.words
        words[UTTERANCE:KIND] = old[UTTERANCE:KIND]
        words[KIND] = kind
        words[SEGMENT] = old[SEGMENT]
        words[SENTENCE] = old[SENTENCE]
        words[COUNT] = count
        words[INDEX] = index
        words[BYTES] = payload_bytes
        words[VALUE] = old[VALUE]
        words[ORIGIN] = old[ORIGIN]
        words[GAIN], words[PITCH] = old[GAIN], old[PITCH]
        words[ROUTE:] = old[ROUTE:]
        words[ROUTE] += 1

    @property
    def ready_ns(self) -> int:
        """When the stage before the reader had finished the slot, monotonic nanoseconds; 0: there is none."""
        position = self.words[ROUTE] & POSITION
        return self.words[TIMES + 2 * position - 1] if position else 0

    def already_delivered(self, index: int) -> int:
        """How many of this slot's frames or samples precede ``index`` in the segment; after a replay, drop them."""
        return min(max(0, index - int(self.words[INDEX])), int(self.words[COUNT]))

    @property
    def position(self) -> int:
        """Position in the utterance's path of the stage that reads the slot."""
        return self.words[ROUTE] & POSITION

    @property
    def first_stage(self) -> int:
        """Number of the utterance's first stage."""
        return self.words[ROUTE] >> _POSITION_BITS

    def begin_route(self, first_stage: int) -> None:
        """The slot is for the first stage of a path."""
        self.words[ROUTE] = first_stage << _POSITION_BITS

    def stamp(self, started: int, finished: int) -> None:
        """Write the two words of TIMES of the stage that has written the slot."""
        at = TIMES + 2 * (self.position - 1)
        self.words[at] = started
        self.words[at + 1] = finished

    @property
    def gain(self) -> float:
        """See GAIN."""
        return (self.words[GAIN] - 1) / 1e6 if self.words[GAIN] else 1.0

    @property
    def pitch(self) -> float:
        """See PITCH, in semitones."""
        return (self.words[PITCH] - PITCH_ZERO) / 100 if self.words[PITCH] else 0.0

    def style(self, gain: float, pitch: float) -> None:
        self.words[GAIN] = 0 if gain == 1.0 else round(gain * 1e6) + 1
        self.words[PITCH] = 0 if pitch == 0.0 else round(pitch * 100) + PITCH_ZERO

    def times(self) -> list[int]:
        return self.words[TIMES : TIMES + 2 * MAX_PATH].tolist()

    def put(self, data: bytes) -> None:
        self.payload[: len(data)] = data
        self.words[BYTES] = len(data)

    def bytes(self) -> bytes:
        return self.payload[: self.words[BYTES]].tobytes()

    def forward(self, source: "Slot") -> None:
        """Copy the slot for the next stage of the path."""
        self.copy(source)
        self.words[ROUTE] += 1

    def copy(self, source: "Slot") -> None:
        """Copy the header, except SEQ and GENERATION, and the payload."""
        self.words[UTTERANCE:] = source.words[UTTERANCE:]
        used = source.words[BYTES]
        self.payload[:used] = source.payload[:used]


def keep(source: Slot) -> Slot:
    """A copy that stays valid after the slot is released."""
    copy = Slot(memoryview(bytearray(HEADER_BYTES + source.words[BYTES])), 0)
    copy.copy(source)
    return copy

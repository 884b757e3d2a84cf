"""Messages between the supervisor and a stage: rare and small, over one SOCK_SEQPACKET socket per stage.

Samples never pass here. The parameters of an utterance travel through the rings (utterance_spec.py).
"""

from typing import Final

import msgspec

from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.listening import Heard
from steadyvoice.ipc.live_protocol import FromLiveStage, ToLiveStage
from steadyvoice.ipc.profile_protocol import BlocksProfiled, ProfileBlocks
from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.refusals import Refusal
from steadyvoice.ipc.stage_start import Links

SINK_RATE: Final = 48000
"""Hertz of the samples from the converter to the output stage, whatever the sound device's own rate is."""
FLOW_MAX_BUFFERED_S: Final = 2.5
VOCODER_MAX_BUFFERED_S: Final = 1.0
CONVERTER_MAX_BUFFERED_S: Final = 1.5
"""Seconds of sound that each of these may buffer until more input comes. The lookahead grows by as much."""


class Go(msgspec.Struct, frozen=True, tag=True):
    """To a stage: from now on it owns its ends of the rings."""

    sources: list[int]
    """Generation of the stage's end of each ring, in the order of ``Assignment.links``."""
    targets: list[int]
    died_ns: int
    """When the stage's predecessor died, monotonic nanoseconds; 0: there was none."""


class Linked(msgspec.Struct, frozen=True, tag=True):
    """To a stage: it has more rings, because another stage exists now. With their descriptors."""

    links: Links


class Unlinked(msgspec.Struct, frozen=True, tag=True):
    """To a stage: the stage of this number, and the rings to and from it, exist no more."""

    stage: int


class ClientSink(msgspec.Struct, frozen=True, tag=True):
    """To the converter, for a pcm utterance: with the descriptors of the client's ring and of its eventfd."""

    utterance: int
    lane: int


class VoiceMeta(msgspec.Struct, frozen=True):
    """A voice as the generator reports it; the public form is messages.VoiceInfo."""

    name: str
    language: str
    sample_rate: int
    licence: str
    installed: bool
    engine: str
    blends: bool = False
    """It may be part of a blend (ipc/blend.py)."""


class ConverterMeta(msgspec.Struct, frozen=True):
    """A converter as the converter stage reports it; the public form is messages.ConverterInfo."""

    name: str
    licence: str
    latency_ms: float
    formants: bool
    installed: bool
    family: str


class Device(msgspec.Struct, frozen=True, tag=True):
    """From the output stage, each time it has opened, lost or not found the sound device."""

    device: str
    """Name; empty: no device is open."""
    rate: int
    """Hertz of the device itself; SINK_RATE where no device is open."""
    block: int
    latency_ms: float
    problem: str = ""
    """Where no device is open: the reason, and what to do."""
    channels: int = 0
    format: str = ""
    """Format of the device's samples: f32, s32, s24 or s16."""


class Scheduling(msgspec.Struct, frozen=True, tag=True):
    """The scheduling that the kernel grants the stage; sent again when it changes."""

    policy: str
    """fifo or other."""
    cpus: list[int]
    priority: int
    locked: bool
    """The stage's memory is never paged out."""
    refused: list[Refusal] = []
    """System calls that the kernel refuses, and that the stage does without."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The stage has warmed up: it has run each shape that occurs at least once."""

    voices: list[VoiceMeta] | None = None
    converters: list[ConverterMeta] | None = None
    """From the generator and from the converter. None: unchanged."""
    flows: list[str] | None = None
    """From the forkserver and the catalogue: engines with a flow."""


class Loading(msgspec.Struct, frozen=True, tag=True):
    """From a stage or the forkserver, before it loads optional code.

    Where the process ends or hangs before the next such message, the supervisor leaves that code out of the next one.
    """

    what: str
    """A name for people and programs: "engine soprano", "voice x of soprano", "converter y of rvc"; empty: nothing."""


class LeftOut(msgspec.Struct, frozen=True, tag=True):
    """From a stage or the forkserver: something optional could not be loaded, and the process continues without it."""

    what: str
    """As Loading.what, or a path."""
    reason: str
    """One line; empty: it is in use again, or about to be loaded again."""


class Started(msgspec.Struct, frozen=True, tag=True):
    """From the utterance's sink: it has the first sample."""

    utterance: int
    times: list[int]
    """Start and end of each stage's work on the first block (slot.TIMES), monotonic nanoseconds."""
    now: int


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A spoken word in the text and in the sound; a whole segment where the engine reports no words."""

    start: int
    end: int
    """Characters [start, end) of the whole text."""
    begins: int
    ends: int
    """Samples [begins, ends) of the sink's stream."""
    sentence: int
    """Number of the word's sentence, from 0."""
    name: str = ""
    """Of a mark in the text, with its element at [start, end); empty for a word."""


class Words(msgspec.Struct, frozen=True, tag=True):
    """From the generator, before the frames of these words; in order and without overlap."""

    utterance: int
    words: list[Word]


class SegmentStart(msgspec.Struct, frozen=True, tag=True):
    """From the generator, before the first frames of a segment of the text."""

    utterance: int
    number: int
    at: int
    """The segment has the characters [at, end) of the text; skipped ones before it belong to it."""
    end: int
    more: bool
    """The segment ends inside a sentence."""
    sentence: int
    frames: int
    """Frames of the utterance before the segment."""
    markup: int = 0
    """State of the markup filter at ``at``, and at ``end``: of SSML, how much of an element said otherwise was said."""
    markup_end: int = 0
    ssml: bool = False
    """The text is an SSML document."""
    silence: int = 0
    """Samples of pauses before the segment, and up to its end, at the sink's rate."""
    silence_end: int = 0
    pronounced: list[tuple[int, int, str]] = []
    """Places of the segment, in characters, that a lexicon had, each with its pronunciation."""
    foreign: str = ""
    """BCP 47: language of the segment if the voice does not read it. Another voice speaks it, or it is left out."""
    unread: str = ""
    """The same if it is left out."""
    batched: int = -1
    """Frame from which the segment is computed together with other utterances, rounded differently; -1: none."""


class Batching(msgspec.Struct, frozen=True, tag=True):
    """From the generator, before this frame of the segment: SegmentStart.batched has become that number."""

    utterance: int
    segment: int
    frame: int


class Chunk(msgspec.Struct, frozen=True, tag=True):
    """From the flow, before it computes a chunk of a segment, of a size on which the frames depend."""

    utterance: int
    segment: int
    number: int
    size: int
    """The chunk's number in the segment, from 0, and its frames of the generator."""


class Note(msgspec.Struct, frozen=True, tag=True):
    """From the generator: something of the utterance's SSML was not obeyed. May be sent more than once."""

    utterance: int
    text: str
    """One line."""
    is_error: bool
    """The document is not valid, and its text is spoken without tags."""


class Underrun(msgspec.Struct, frozen=True, tag=True):
    """From the output: the device played silence inside an utterance. Sent when the late block has arrived."""

    utterance: int
    stage: int
    """Position in the path of the stage that delayed the block."""
    late_ms: float
    """Milliseconds by which the block missed its deadline."""


class Ended(msgspec.Struct, frozen=True, tag=True):
    """From the utterance's sink: it has played or delivered the last sample, or has dropped a cancelled utterance."""

    utterance: int
    samples: int
    """Samples of the utterance up to its end, or up to its cancellation."""
    skipped: int
    """How many of these were skipped."""
    times: list[int]
    """As Started.times, for the last block."""
    now: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """From a stage: this utterance cannot be spoken to its end; utterance 0: the stage itself cannot start."""

    utterance: int
    code: Code
    message: str


class ReadText(msgspec.Struct, frozen=True, tag=True):
    """To the generator: report how this text would be read. Answered by Reading messages with the same number."""

    number: int
    text: str
    engine: str
    voice: str
    mode: ReadingMode = ORDINARY
    lexicon: dict[str, str] = {}
    """Of the request: word to "/ipa/" or to a respelling."""


class Reading(msgspec.Struct, frozen=True, tag=True):
    """From the generator: the next segment of a text; without segment and problem: the text has ended."""

    number: int
    segment: ReadSegment | None = None
    problem: str = ""
    """Why the text cannot be read."""


FromStage = (
    Device
    | Scheduling
    | Ready
    | Loading
    | LeftOut
    | Started
    | SegmentStart
    | Batching
    | Chunk
    | Words
    | Note
    | Reading
    | Underrun
    | Ended
    | Failed
    | FromLiveStage
    | Heard
    | BlocksProfiled
)
ToStage = ClientSink | Linked | Unlinked | Go | ReadText | ProfileBlocks | ToLiveStage

"""Messages between the supervisor and a stage: rare and small, over one SOCK_SEQPACKET socket per stage.

Samples never pass here. The parameters of an utterance travel through the rings (UtteranceSpec in BEGIN).
"""

from typing import Final, Literal

import msgspec

from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.reading import ReadSegment
from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.refusals import Refusal

SINK_RATE: Final = 48000
"""Hertz of the samples from the converter to the output stage, whatever the sound device's own rate is."""
VOCODER_MAX_BUFFERED_S: Final = 1.0
CONVERTER_MAX_BUFFERED_S: Final = 1.5
"""Seconds of sound that a vocoder and a converter may buffer until more input comes. The lookahead grows by as much."""


class RestartPoint(msgspec.Struct, frozen=True):
    """Where an utterance restarts after a stage was replaced: at the beginning of a segment, computed again."""

    stage: int
    """Index of the last stage that lost data of the utterance. Later stages drop what they have received already."""
    segment: int = 0
    """Number of the segment, from 0."""
    frames_or_samples: int = 0
    """Length of that stage's output before the segment, as in shared_state.Progress."""
    frames: int = 0
    """Frames of the generator before the segment, also where ``stage`` is a later one."""
    seconds: float = 0.0
    """The same in seconds, in place of ``frames`` where another voice made what precedes the segment."""
    at: int = 0
    """Characters of the text before the segment. The supervisor sends the text from here."""
    line: int = 0
    """How many of these characters are on the same line as the segment's first one."""
    end: int = 0
    """Characters of the text before the segment's end; 0 where the end was not determined yet."""
    more: bool = False
    """The segment ends inside a sentence."""
    sentence: int = 0
    markup: int = 0
    """State of the markup filter before the segment."""
    ssml: bool = False
    """The text is an SSML document, which is sent again from its beginning."""
    silence: int = 0
    """Samples of pauses before the segment, at the sink's rate; 0 where ``seconds`` includes them."""
    unread: str = ""
    """SegmentStart.unread of the segment before."""


class UtteranceLexicon(msgspec.Struct, frozen=True):
    """What LEXICON slots say of the pronunciation of words."""

    entries: dict[str, str] = {}
    """Of the request: word to "/ipa/" or to a respelling."""
    replayed: list[tuple[int, int, str]] | None = None
    """SegmentStart.pronounced of the segment at the restart point; None where there is no such segment."""


class UtteranceSpec(msgspec.Struct, frozen=True):
    """Payload of a BEGIN slot: all that the stages need to know of an utterance."""

    engine: str
    voice: str
    rate: float
    volume: float
    sink: str
    """device or pcm."""
    voice_rate: int
    """Hertz of the vocoder's PCM."""
    sink_rate: int
    """Hertz of the converter's PCM."""
    sink_format: Literal["f32", "s16"] = "f32"
    """Sample format in a client's ring."""
    family: str = ""
    """Family of the converter; empty: no converter."""
    converter: str = ""
    pitch: float = 0.0
    """Semitones up."""
    formant: float = 0.0
    ssml: bool | None = False
    """The text is an SSML document; None: if it begins like one."""
    mode: ReadingMode = ORDINARY
    restart: RestartPoint | None = None
    """Where to begin; None: at the beginning of the text."""


class StageSettings(msgspec.Struct, frozen=True):
    """A stage's share of the configuration."""

    engines: list[str]
    families: list[str]
    device: str
    block: int
    latency_ms: float
    device_timeout_s: float
    lookahead_s: float
    incomplete_sentence_timeout_s: float
    cpus: list[int]
    priority: int
    """SCHED_FIFO priority; 0: the ordinary scheduler."""
    memory_mib: int = 0
    """Limit of the stage's own memory; 0: no limit."""
    model_device: str = "auto"
    """auto, cpu or cuda:N."""
    shared_cpus: tuple[int, ...] = ()
    """Cores of other stages that this stage's models may use while those stages are idle."""
    left_out: tuple[str, ...] = ()
    """Names as in `Loading.what` that the stage must not load: an earlier process ended or hung while loading them."""


class Preload(msgspec.Struct, frozen=True):
    """First message to the forkserver: the code that its stages will need. The forkserver answers 0 when loaded."""

    stages: tuple[str, ...]
    engines: tuple[str, ...]
    families: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """As StageSettings.left_out."""


class Fork(msgspec.Struct, frozen=True):
    """To the forkserver, with a stage's socket. The forkserver answers the stage's process number, or -errno."""

    name: str
    environment: dict[str, str]


class Assignment(msgspec.Struct, frozen=True):
    """First message to a stage: its place in the pipeline. The descriptors come with the message, in this order."""

    name: str
    index: int
    """Position of the stage in the pipeline, from 0."""
    shared: int
    history: int
    notifier: int
    source: int
    source_notifier: int
    """A semaphore; for the first stage an eventfd, because the supervisor's event loop writes its text."""
    target: int | None
    target_notifier: int | None
    settings: StageSettings
    role: Literal["initial", "replacement", "standby"] = "initial"
    """A replacement defers all warm-ups that are not needed at once. A standby waits, loaded, until it is needed."""


class Go(msgspec.Struct, frozen=True, tag=True):
    """To a stage: from now on it owns its ends of the rings."""

    source_generation: int
    target_generation: int
    died_ns: int
    """When the stage's predecessor died, monotonic nanoseconds; 0: there was none."""


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
    """From the generator. None: unchanged."""
    converters: list[ConverterMeta] | None = None
    """From the converter. None: unchanged."""


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
    """Of a mark in the text, whose element is [start, end); empty for a word."""


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
    """State of the markup filter at ``at``, and at ``end``."""
    markup_end: int = 0
    ssml: bool = False
    """The text is an SSML document."""
    silence: int = 0
    """Samples of pauses before the segment, and up to its end, at the sink's rate."""
    silence_end: int = 0
    pronounced: list[tuple[int, int, str]] = []
    """Places of the segment, in characters, that a lexicon had, each with its pronunciation."""
    unread: str = ""
    """BCP 47: language of the segment if the voice does not read it, and leaves it out."""


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
    """Index of the stage that delayed the block."""
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
    | Words
    | Note
    | Reading
    | Underrun
    | Ended
    | Failed
)
ToStage = ClientSink | Go | ReadText

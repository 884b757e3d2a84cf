"""Messages between the supervisor and a stage: rare, small, over one seqpacket socket a stage.

Audio never passes here; what an utterance needs travels in the ring with it (UtteranceSpec in BEGIN).
"""

from typing import Final, Literal

import msgspec

from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.refusals import Refusal

SINK_RATE: Final = 48000
"""Hertz of the samples that the converter makes for the output stage, whatever the sound device's own rate is."""
VOCODER_HELD_S: Final = 1.0
CONVERTER_HELD_S: Final = 1.5
"""Seconds of sound that these stages may keep back until more comes: so much more may be made ahead."""


class RestartPoint(msgspec.Struct, frozen=True):
    """Where an utterance goes on whose stage has died: with a part, that is a segment of the text, all of it anew."""

    stage: int
    """The last one that lost what it had of it. Those after it go on, and leave out what they have already."""
    part: int = 0
    rows: int = 0
    """What that stage has handed on before the part; see board.Passed."""
    frames: int = 0
    """What the generator has made before the part; where another voice made it, as long as this:"""
    seconds: float = 0.0
    at: int = 0
    """Characters of the text before the part: those that follow are sent. Of these, on its line:"""
    line: int = 0
    end: int = 0
    """Where the part ends, if that had been settled; 0 if not."""
    more: bool = False
    """It ends inside a sentence."""
    sentence: int = 0


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
    """Of the samples in a client's ring."""
    family: str = ""
    """The converter's; empty: none."""
    converter: str = ""
    pitch: float = 0.0
    """Semitones up, as is the formants'."""
    formant: float = 0.0
    restart: RestartPoint | None = None


class StageSettings(msgspec.Struct, frozen=True):
    """What a stage takes from the configuration."""

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
    """SCHED_FIFO priority, 0 for the ordinary scheduler."""
    memory_mib: int = 0
    """Of its own, at most; 0: no limit."""
    model_device: str = "auto"
    """auto, cpu or cuda:N."""
    shared_cpus: tuple[int, ...] = ()
    """Cores of others that its models may use too, where these leave them idle."""
    left_out: tuple[str, ...] = ()
    """See `Loading.what`: not loaded, because a process ended or hung while it loaded it."""


class Preload(msgspec.Struct, frozen=True):
    """The first message to the forkserver: what the stages forked from it will need. It says 0 when it has that."""

    stages: tuple[str, ...]
    engines: tuple[str, ...]
    families: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """As StageSettings.left_out."""


class Fork(msgspec.Struct, frozen=True):
    """To the forkserver, with a stage's socket. It says the stage's process; or -errno."""

    name: str
    environment: dict[str, str]
    """What is different for this stage."""


class Assignment(msgspec.Struct, frozen=True):
    """The first message to a stage: its place in the pipeline. Of descriptors, which come with it in this order."""

    name: str
    index: int
    shared: int
    history: int
    notifier: int
    source: int
    source_notifier: int
    """An eventfd for the first stage, whose text comes from the supervisor; else a semaphore."""
    target: int | None
    target_notifier: int | None
    settings: StageSettings
    role: Literal["initial", "replacement", "standby"] = "initial"
    """A successor is waited for: it makes warm later what is not needed at once. A spare waits until it is needed."""


class Go(msgspec.Struct, frozen=True, tag=True):
    """To a stage: its ends of the rings are its own now."""

    source_generation: int
    target_generation: int
    died_ns: int
    """When the predecessor died, monotonic; 0 where there was none."""


class ClientSink(msgspec.Struct, frozen=True, tag=True):
    """To the converter, for a pcm utterance: with the ring's and the client bell's descriptor."""

    utterance: int
    lane: int


class Voice(msgspec.Struct, frozen=True):
    name: str
    language: str
    sample_rate: int
    licence: str
    installed: bool
    engine: str


class Converter(msgspec.Struct, frozen=True):
    name: str
    licence: str
    latency_ms: float
    """How much of the sound after a sample it must know before it can convert the sample."""
    formants: bool
    """It can move them apart from the pitch."""
    installed: bool
    family: str


class Device(msgspec.Struct, frozen=True, tag=True):
    """From the output stage, whenever it has opened, lost or not found the sound device."""

    device: str
    """Empty: there is none."""
    rate: int
    """Hertz, its own; SINK_RATE where there is none."""
    block: int
    latency_ms: float
    problem: str = ""
    """Where there is none: why, and what to do."""
    channels: int = 0
    format: str = ""
    """Of its samples: f32, s32, s24 or s16."""


class Scheduling(msgspec.Struct, frozen=True, tag=True):
    """What the kernel grants the stage; again when that changes."""

    policy: str
    """fifo or other."""
    cpus: list[int]
    priority: int
    locked: bool
    """Its memory is never paged out."""
    refused: list[Refusal] = []
    """System calls that it does without."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The stage has run its real shapes once."""

    voices: list[Voice] | None = None
    """From the generator; None, as with all others: as before."""
    converters: list[Converter] | None = None
    """From the converter."""


class Loading(msgspec.Struct, frozen=True, tag=True):
    """From a stage or the forkserver, before it calls optional code: where it ends or hangs, that code is left out."""

    what: str
    """A name for people and programs: "engine soprano", "voice x of soprano", "converter y of rvc"; empty: nothing."""


class LeftOut(msgspec.Struct, frozen=True, tag=True):
    """From a stage or the forkserver: it goes on without something optional."""

    what: str
    """As Loading.what, or a path."""
    reason: str
    """One line."""


class Started(msgspec.Struct, frozen=True, tag=True):
    """The utterance's first sample has been handed to its sink."""

    utterance: int
    times: list[int]
    """Two per stage (slot.TIMES) of the first block."""
    now: int


class Word(msgspec.Struct, frozen=True, array_like=True):
    """A word, where the text and the sound have it; a whole segment where the engine tells no words."""

    start: int
    end: int
    """Characters [start, end) of all the text that the stage was given."""
    begins: int
    ends: int
    """Samples [begins, ends) of the sink's stream."""
    sentence: int
    """Which one it lies in, from 0."""


class Words(msgspec.Struct, frozen=True, tag=True):
    """From the generator, before the frames that say them: what comes next, in order and without overlap."""

    utterance: int
    words: list[Word]


class SegmentStart(msgspec.Struct, frozen=True, tag=True):
    """From the generator, before the first frames of a segment of the text."""

    utterance: int
    number: int
    at: int
    """Characters before it; with those that it leaves out, it has [at, end)."""
    end: int
    more: bool
    """It ends inside a sentence."""
    sentence: int
    frames: int
    """Made before it."""


class Underrun(msgspec.Struct, frozen=True, tag=True):
    """From the output: sound was owed and silence was heard. Told when the late block has come."""

    utterance: int
    stage: int
    """Who was late: its place in the pipeline."""
    late_ms: float
    """How much later than it was needed the block came."""


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The sink has the utterance's last sample (device: played it), or has dropped a cancelled one."""

    utterance: int
    samples: int
    """How far it came; of these, so many were left out:"""
    skipped: int
    times: list[int]
    now: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    utterance: int
    code: Code
    message: str


FromStage = Device | Scheduling | Ready | Loading | LeftOut | Started | SegmentStart | Words | Underrun | Ended | Failed
ToStage = ClientSink | Go

"""What the stages learn of an utterance, through the rings: payloads of BEGIN and LEXICON slots (slot.py)."""

from typing import Literal

import msgspec

from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode


class RestartPoint(msgspec.Struct, frozen=True):
    """Where an utterance restarts after a stage was replaced: at the beginning of a segment, computed again."""

    stage: int
    """Position in the path of the last stage that lost data of the utterance. Later stages drop what they have
    received already."""
    segment: int = 0
    """Number of the segment, from 0."""
    frames_or_samples: int = 0
    """Length of that stage's output before the segment, as in shared_state.Progress."""
    frames: int = 0
    """Frames of the path's first stage before the segment, also where ``stage`` is a later one."""
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
    foreign: str = ""
    """SegmentStart.foreign of the segment before."""
    batched: list[int] = []
    """SegmentStart.batched of this segment and of those after it, as far as they were begun."""
    chunks: list[int] = []
    """Sizes of the segment's first chunks in the flow (stage_protocol.Chunk)."""


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
    path: tuple[int, ...] = ()
    """Numbers of the stages that the utterance passes through, from the one that gets its text to its last."""
    device_lane: int = 0
    """Of the sound device, for sink device."""
    from_sample: int = 0
    """The client has the samples before this one, at the sink's rate: they are computed and not delivered."""
    from_char: int = 0
    """Segments that end at or before this character of the text are not spoken. Positions in the sound count from the
    first that is."""
    restart: RestartPoint | None = None
    """Where to begin; None: at the beginning of the text."""

"""The generator's state of one utterance: its text, its current segment, and the frames computed so far."""

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import UtteranceFailed
from steadyvoice.ipc.slot import Slot
from steadyvoice.ipc.stage_protocol import CONVERTER_MAX_BUFFERED_S, SegmentStart, Word, Words
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.generation.batching import Joins, as_before, generate, never
from steadyvoice.workers.generation.chosen_style import ChosenStyle, choose
from steadyvoice.workers.generation.frame_progress import FIRST_AUDIO_DEADLINE_S, FrameProgress, SpeakingRate
from steadyvoice.workers.generation.other_language import in_its_language
from steadyvoice.workers.generation.pick import Candidate
from steadyvoice.workers.generation.pronouncing import Pronouncing
from steadyvoice.workers.generation.segment import Segment
from steadyvoice.workers.generation.text_feed import TextFeed
from steadyvoice.workers.generation.whole_text import text_feed
from steadyvoice.workers.text.front_end import Spoken, spoken
from steadyvoice.workers.text.ssml.directions import PlacedMark
from steadyvoice.workers.text.ssml.items import PLAIN
from steadyvoice.workers.text.unread import left_out


@dataclass
class UtteranceState:
    begin: Slot
    """A copy of the BEGIN slot. Its SEGMENT and SENTENCE are the current ones: the headers of all slots copy them."""
    spec: UtteranceSpec
    engine: engines.Engine
    generator: engines.Generator
    speaking_rate: SpeakingRate
    """Shared by all utterances of the voice."""
    language: str
    """BCP 47, of the voice."""
    voices: Mapping[str, engines.Voice] = field(default_factory=dict)
    """Of the engine, by name."""
    pronouncing: Pronouncing = field(default_factory=Pronouncing)
    languages: Mapping[str, str] = field(default_factory=dict)
    """The voice, or "auto", for segments in a language that is not their voice's, by the language."""
    text: TextFeed = field(init=False)
    progress: FrameProgress = field(init=False)
    frames: Iterator[engines.Frames | engines.Word] | None = None
    """Output of the engine for the current segment; None between segments."""
    pending_frames: engines.Frames | None = None
    """Frames of the engine that are not sent yet, because one array may exceed a slot or the lookahead."""
    segment: Segment | None = None
    """The current segment, or between segments the last one."""
    spoken: Spoken = field(default_factory=lambda: Spoken.of(""))
    """What is said of the segment."""
    foreign: str = ""
    """BCP 47: language of the last segment with text if it was not its voice's own."""
    segment_number: int = 0
    """Of the current segment, or between segments of the next one."""
    text_position: int = 0
    """Characters of the text before the next segment."""
    sentence: int = 0
    """Number of the current segment's sentence."""
    has_word_times: bool = False
    """The engine has reported words of the current segment."""
    style: ChosenStyle = field(init=False)
    """Of the current segment."""
    marks: deque[PlacedMark] = field(default_factory=deque)
    """Marks of the current segment that were not reported yet."""
    silence: int = 0
    """Samples of pauses before the current segment, at the sink's rate."""
    pending_silence: int = 0
    """Samples of the current segment, a pause, that are not sent yet."""
    pause: int = 0
    """Samples of the current segment, if it is a pause."""
    words_end: int = 0
    """Samples before the end of the last word of the current segment."""
    voice_to_send: str = ""
    """Voice of the current segment that the vocoder does not know yet; empty: it does."""
    batched_before: deque[int] = field(default_factory=deque)
    """SegmentStart.batched of the next segments, those that are generated again."""
    notes: list[tuple[str, bool]] = field(default_factory=list)
    """What of the SSML was not obeyed, and whether it is an error of the document; reported."""
    begun: bool = False
    """BEGIN was sent, which waits for the first frames: the device plays utterances in the order of their BEGINs."""

    def __post_init__(self) -> None:
        restart = self.spec.restart or RestartPoint(0)
        self.style = choose(PLAIN, self.spec, self.language, self.voices)
        self.text = text_feed(self.spec.restart, self.spec.mode, ssml=self.spec.ssml, language=self.language)
        self.silence = restart.silence
        self.segment_number, self.text_position, self.sentence = restart.segment, restart.at, restart.sentence
        self.foreign, self.batched_before = restart.foreign, deque(restart.batched)
        samples, rate = self.engine.spec.samples_per_frame, self.spec.voice_rate
        frames = restart.frames or round(restart.seconds * rate / samples)
        self._engine_buffered_s = engines.buffered_s(self.engine)
        sink_rate = self.spec.sink_rate
        given_s = self.spec.from_sample / sink_rate
        self.progress = FrameProgress(frames, samples / rate, self.silence / sink_rate, given_s)
        self.begin.words[s.SEGMENT], self.begin.words[s.SENTENCE] = self.segment_number, self.sentence

    def passes_over(self, segment: Segment) -> bool:
        """The segment is not to be spoken; then only its place and its language count for those that follow.

        All segments up to ``UtteranceSpec.from_char`` are still cut, as the others depend on them.
        """
        if segment.end > self.spec.from_char:
            return False
        self._choose_style(segment)
        self.text_position = segment.end
        self.sentence += not segment.more
        return True

    def begin_segment(self, segment: Segment, joins: Joins = never) -> SegmentStart:
        """Make this the current segment, and start the engine on it. joins: for a segment that is new."""
        self.segment, self.has_word_times = segment, False
        self.progress.segment_start = self.progress.frames
        words = self.begin.words
        words[s.SEGMENT], words[s.SENTENCE] = self.segment_number, self.sentence
        start, self.text_position = self.text_position, segment.end
        directions = self.text.directions
        before, unread = self.foreign, self._choose_style(segment)
        self.begin.style(self.style.gain, self.style.pitch)
        self.marks = deque(directions.marks)
        self.pause = self.pending_silence = round(directions.silence_s * self.spec.sink_rate)
        matches = self.pronouncing.next_segment(segment.text, self.style.language, self.style.voice)
        self.spoken = spoken(segment.text, self.style.language, matches, self.spec.mode, directions.pronunciations)
        if unread:
            self.spoken = left_out(segment.text, self.style.language, unread if unread != before else "")
        batched = -1
        if self.batched_before:
            batched = self.batched_before.popleft()
            joins = as_before(batched)
        style = self.style
        self.frames = (
            generate(self.generator, self.spoken, style.voice, style.rate, joins, more=segment.more)
            if self.spoken
            else iter(())
        )
        return SegmentStart(
            words[s.UTTERANCE], self.segment_number, start, segment.end, segment.more, self.sentence,
            self.progress.frames, *self.text.states(start, segment.end),
            pronounced=[(match.start, match.end, match.pronunciation) for match in matches],
            ssml=self.text.is_ssml, silence=self.silence, silence_end=self.silence + self.pause,
            foreign=self.foreign, unread=unread, batched=batched,
        )  # fmt: skip

    def _choose_style(self, segment: Segment) -> str:
        """Set ``style`` and ``foreign`` for the segment; return its language if it is left out for that."""
        self.style = choose(self.text.directions.style, self.spec, self.language, self.voices)
        if not segment.text or self.spec.mode.is_literal:
            return ""
        self.style, self.foreign = in_its_language(
            segment.text, self.style, self.foreign, self.spec, self.voices, self.languages
        )
        return self.style.unread

    def end_segment(self) -> None:
        """All frames of the current segment were sent."""
        assert self.segment is not None
        self.sentence += not self.segment.more
        self.silence += self.pause - self.pending_silence
        self.pause = self.pending_silence = 0
        self.begin.words[s.SENTENCE] = self.sentence
        self.segment_number += 1
        self.frames = None

    def new_notes(self) -> list[tuple[str, bool]]:
        """The notes since the last call."""
        known = [(self.text.error, True), *((note, False) for note in (*self.text.notes, self.style.note))]
        new = [note for note in known if note[0] and note not in self.notes]
        self.notes += new
        return new

    def shares_model(self, other: "UtteranceState") -> bool:
        """True also for itself."""
        return self.generator is other.generator and self.style.voice == other.style.voice

    def candidate(
        self, heard_s: float, now: float, lookahead_s: float, *, skipped: bool, is_full: bool = False
    ) -> Candidate:
        """heard_s: seconds of the utterance that were played or read. now: monotonic seconds.

        is_full: the stages after this one have much to do. What they drop, because the listener has it, is then not
        computed yet: nothing else limits it, and what is to be heard would wait behind it.
        """
        to_device, has_work = self.spec.sink == "device", self.has_work
        is_dropped = self.progress.precedes_listener
        has_deadline = self.begun and not is_dropped
        return Candidate(
            to_device,
            holds_device=to_device and (self.begun or has_work or self.spec.restart is not None),
            has_work=has_work,
            text_wait_s=self.text.wait_until - now,
            lead_s=math.inf if is_dropped and is_full else self.progress.lead_s(heard_s),
            deadline_s=self.progress.deadline_s(heard_s, now) if has_deadline else FIRST_AUDIO_DEADLINE_S,
            lookahead_s=lookahead_s + self.buffered_s,
            is_playing=heard_s > 0,
            skipped=skipped,
        )

    def nothing_said(self) -> UtteranceFailed:
        """Why an utterance has ended without any sound."""
        if self.segment is None:
            return UtteranceFailed("text_empty", "there is nothing to say in this text; give some words")
        voice = self.spec.voice
        return UtteranceFailed(
            "unsupported_text", f"the voice {voice!r} can say nothing of this text; try another voice"
        )

    @property
    def has_work(self) -> bool:
        return self.frames is not None or self.text.pending or self.text.done

    @property
    def buffered_s(self) -> float:
        """Seconds of speech that later stages may buffer, so that it is computed and not yet the listener's."""
        return self._engine_buffered_s + (CONVERTER_MAX_BUFFERED_S if self.spec.converter or self.style.pitch else 0.0)

    @property
    def expected_ms(self) -> int:
        """Expected length of the current segment in milliseconds."""
        return int(self.speaking_rate.seconds(len(self.spoken)) / self.style.rate * 1e3)

    def learn_speaking_rate(self) -> None:
        """From the current segment, all of which was computed."""
        self.speaking_rate.learn(len(self.spoken), self.progress.segment_s * self.style.rate)

    def words(self, words: list[engines.Word]) -> Words:
        """Words of the current segment, in characters of the whole text and in samples of the sink.

        Words that are said of one written word are reported as one: "nine", "thirty" of "9:30"; so are those of an
        SSML element that is said otherwise.
        """
        assert self.segment is not None
        written: list[engines.Word] = []
        for word in words:
            start, end = self.spoken.origin(word.start, word.end)
            if written and self.segment.raw(start, end)[0] < self.segment.raw(written[-1].start, written[-1].end)[1]:
                written[-1] = replace(written[-1], end=max(end, written[-1].end), ends=word.ends)
            else:
                written.append(replace(word, start=start, end=end))
        placed: list[Word] = []
        for word in written:
            begins, ends = self._samples(word.begins), self._samples(word.ends)
            placed += self._marks_before(word.end, begins)
            placed.append(Word(*self.segment.raw(word.start, word.end), begins, ends, self.sentence))
            self.words_end = ends
        return Words(self.begin.words[s.UTTERANCE], placed)

    def other_marks(self, *, at_start: bool = False) -> Words:
        """The marks of the current segment that precede none of its words, at the last word's end or at the start."""
        samples = self._samples(0) if at_start or not self.has_word_times else self.words_end
        return Words(self.begin.words[s.UTTERANCE], list(self._marks_before(math.inf, samples)))

    def last_marks(self) -> Words:
        """The marks behind the last segment, at the end of the utterance."""
        self.marks.extend(self.text.last_marks())
        self.progress.segment_start = self.progress.frames
        return self.other_marks(at_start=True)

    def _marks_before(self, char: float, samples: int) -> Iterator[Word]:
        while self.marks and self.marks[0].at < char:
            mark = self.marks.popleft().mark
            yield Word(mark.start, mark.end, samples, samples, self.sentence, mark.name)

    def _samples(self, frames: int) -> int:
        """Place of a frame of the current segment in the sink's stream, in samples."""
        return self.silence + self._converted(self.progress.segment_start + frames)

    def _converted(self, frames: int) -> int:
        """Samples at the sink's rate."""
        return frames * self.engine.spec.samples_per_frame * self.spec.sink_rate // self.spec.voice_rate

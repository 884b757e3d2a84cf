"""Text to frames, for many utterances in turn: the utterance with the earliest playout deadline comes first."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Final

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.blend import first_voice
from steadyvoice.ipc.paths import lexicons
from steadyvoice.ipc.slot import Slot, keep
from steadyvoice.ipc.stage_protocol import Batching, Note, Ready, Words
from steadyvoice.workers import optional
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.generation import batching
from steadyvoice.workers.generation.chosen_style import NO_LANGUAGE
from steadyvoice.workers.generation.frame_progress import SpeakingRate
from steadyvoice.workers.generation.frame_writer import FrameWriter
from steadyvoice.workers.generation.lexicon_files import LexiconFiles
from steadyvoice.workers.generation.listeners import Listeners
from steadyvoice.workers.generation.pattern_compiler import PatternCompiler, compile_for_ordinary_text
from steadyvoice.workers.generation.pick import pick
from steadyvoice.workers.generation.pronouncing import Pronouncing
from steadyvoice.workers.generation.text_reader import TextReader
from steadyvoice.workers.generation.utterance_state import UtteranceState
from steadyvoice.workers.runtime.context import IDLE_S, PAUSE_S, RECHECK_S, Context, refuse_left_out, spec
from steadyvoice.workers.runtime.first_audio import FirstAudioPriority
from steadyvoice.workers.runtime.voice_warmup import warm_generator

_WORDS: Final = 12
"""Words in a message at most: the name of a mark has up to 4 KiB, a message 64 KiB."""
_DRAIN_S: Final = 1.0
"""Longest wait for a supervisor that is slow to read: words that it reads after the utterance's end are lost."""


class Generator:
    """The generator stage. More than 12 methods: the steps of one loop over one table of utterances."""

    def __init__(self, context: Context) -> None:
        [following] = context.outputs.values()
        self._context, self._writer = context, FrameWriter(context, following)
        self._listeners = Listeners(context, following)
        self._engines = engines.usable(context.settings.engines)
        self._generators: dict[str, engines.Generator] = {}
        self._utterances: dict[int, UtteranceState] = {}
        """By number, in the order of their BEGINs."""
        self._speaking_rates: dict[str, SpeakingRate] = {}
        """By the voice's name."""
        self._voices: dict[str, dict[str, engines.Voice]] = {}
        """By the engine's and the voice's name."""
        is_light = any(getattr(each, "has_light_generator", False) for each in self._engines.values())
        self._first_audio = FirstAudioPriority(context.settings.first_audio_priority if is_light else 0)
        self._lexicons = LexiconFiles(list(lexicons().values()))
        self._pattern_compiler = PatternCompiler()
        self._text_reader = TextReader(
            context, self._generator, self._voices_of, self._lexicons.current, context.settings.languages
        )
        """Reads texts for clients while there is no speech to compute."""

    def warmup(self) -> Ready:
        """NotInstalled where the engine cannot be used."""
        self._lexicons.current()
        is_replacement = self._context.role == "replacement"
        for name in self._engines:
            optional.attempt(f"engine {name}", partial(self._generator, name))
            if is_replacement:
                self._context.deferred_warmups[name] = partial(self._warm_up, name)
            else:
                self._warm_up(name)
        engines.check_any(self._context.settings.engines)
        return Ready()

    def _warm_up(self, name: str) -> None:
        warm = partial(warm_generator, self._context, name, self._engines[name])
        optional.attempt(f"engine {name}", lambda: warm(self._generator(name)))

    def _generator(self, name: str) -> engines.Generator:
        if name not in self._generators:
            self._generators[name] = self._engines[name].generator()
        return self._generators[name]

    def _language(self, engine: str, voice: str) -> str:
        voices = self._voices_of(engine)
        known = voices.get(voice) or voices.get(first_voice(voice))
        return known.language if known else NO_LANGUAGE

    def _voices_of(self, engine: str) -> dict[str, engines.Voice]:
        if engine not in self._voices:
            self._voices[engine] = {voice.name: voice for _, voice in engines.voices({engine: self._engines[engine]})}
        return self._voices[engine]

    def step(self) -> float:
        self._receive()
        for stale in [u for u, state in self._utterances.items() if not self._context.is_live(state.begin)]:
            del self._utterances[stale]
        utterance, sleep_s = self._pick() if self._utterances else (None, IDLE_S)
        if self._utterances:
            self._pattern_compiler.speech()
        else:
            self._lexicons.current()  # so that a change costs the next utterance no time
        if utterance is None:
            if self._text_reader.read_next() or self._pattern_compiler.compile_next():
                return 0
            self._first_audio.sleeping()
            return sleep_s
        is_first = not utterance.begun and not utterance.spec.from_char  # to cut what is passed over may take long
        self._first_audio.working(first=is_first)
        stage_state = self._context.stage_state
        stage_state.beat("busy")
        number, progress = utterance.begin.words[s.UTTERANCE], utterance.progress
        stage_state.begin_block(number, utterance.segment_number, progress.frames)
        started = time.monotonic_ns()
        self._context.attempt(
            utterance.begin, partial(self._work, utterance, started), partial(self._forget, utterance)
        )
        stage_state.begin_block(0)
        self._context.worked(time.monotonic_ns() - started)
        return 0

    def _receive(self) -> None:
        """Take all slots of the text ring."""
        [text] = self._context.inputs
        while (slot := text.ring.peek()) is not None:
            if self._context.is_live(slot):
                number = slot.words[s.UTTERANCE]
                self._context.attempt(slot, partial(self._take_slot, slot), partial(self._utterances.pop, number, None))
            text.ring.release()

    def _take_slot(self, slot: Slot) -> None:
        number, kind = slot.words[s.UTTERANCE], slot.words[s.KIND]
        if kind == s.BEGIN:
            wanted = spec(slot)
            refuse_left_out("engine", wanted.engine)
            self._utterances.pop(number, None)  # so that the new state is the last one
            self._utterances[number] = UtteranceState(
                keep(slot),
                wanted,
                self._engines[wanted.engine],
                self._generator(wanted.engine),
                self._speaking_rates.setdefault(wanted.voice, SpeakingRate()),
                self._language(wanted.engine, wanted.voice),
                self._voices_of(wanted.engine),
                Pronouncing(self._lexicons.of(number)),
                self._context.settings.languages,
            )
        elif (utterance := self._utterances.get(number)) is not None:
            if kind == s.TEXT:
                utterance.text.feed(slot.bytes(), time.monotonic())
            elif kind == s.LEXICON:
                utterance.pronouncing.feed(slot.bytes())
            elif kind == s.END:
                utterance.text.close(time.monotonic())

    def _pick(self) -> tuple[UtteranceState | None, float]:
        """The utterance to work on, or None and how many seconds to sleep."""
        utterances = list(self._utterances.values())
        choice = pick(self._listeners.candidates(utterances), idle_s=PAUSE_S, recheck_s=RECHECK_S)
        return (None if choice.candidate is None else utterances[choice.candidate]), choice.sleep_s

    def _joins(self, number: int, frame: int) -> bool:
        """Decides and reports that the utterance's current segment is batched from this frame on.

        number: an utterance, kept by its own iterator, would be freed by no count of references.
        """
        utterance = self._utterances[number]
        alike = filter(utterance.shares_model, self._utterances.values())
        if not batching.pays(utterance.generator, utterance.progress.lead_s(0.0), self._listeners.candidates(alike)):
            return False
        self._context.channel.send(Batching(number, utterance.segment_number, frame))
        return True

    def _work(self, utterance: UtteranceState, started: int) -> None:
        if self._prepare(utterance):
            self._advance(utterance, started)

    def _prepare(self, utterance: UtteranceState) -> bool:
        """Begin the next segment if there is no current one; False where its text is incomplete, or it is passed
        over."""
        if utterance.frames is not None or utterance.text.done:
            return True
        timeout_s = self._context.settings.incomplete_sentence_timeout_s
        segment = utterance.text.take(time.monotonic(), timeout_s, is_first=not utterance.begun)
        if segment is not None:
            if utterance.passes_over(segment):
                return False
            joins = partial(self._joins, utterance.begin.words[s.UTTERANCE])
            self._context.channel.send(utterance.begin_segment(segment, joins))
            if utterance.pause and utterance.marks:
                self._send_words(utterance.other_marks(at_start=True))
            self._context.ensure_voice(utterance.spec.engine, utterance.style.voice)
            if utterance.style.voice != utterance.spec.voice:
                utterance.voice_to_send = utterance.style.voice
        self._report_notes(utterance)
        return segment is not None or utterance.text.done

    def _send_words(self, words: Words) -> None:
        """In several messages where one could be too long for the socket; then wait until it has taken them."""
        for at in range(0, len(words.words), _WORDS):
            self._context.channel.send(Words(words.utterance, words.words[at : at + _WORDS]))
        if len(words.words) > _WORDS:
            self._context.channel.drain(_DRAIN_S)

    def _report_notes(self, utterance: UtteranceState) -> None:
        """What of the utterance's SSML was not obeyed."""
        for text, is_error in utterance.new_notes():
            self._context.channel.send(Note(utterance.begin.words[s.UTTERANCE], text, is_error))

    def _advance(self, utterance: UtteranceState, started: int) -> None:
        """Compute and publish the next frames, the end of the segment, or the end of the utterance."""
        if not utterance.begun:
            utterance.begun = True
            self._writer.begin(utterance)
            self._publish_progress(utterance, utterance.progress.segment_start)
        if utterance.frames is None:
            self._finish(utterance)
            return
        if utterance.voice_to_send:
            self._writer.voice(utterance)
        if utterance.pending_silence and not self._listeners.is_skipped(utterance):
            self._writer.silence(utterance)
            return
        if self._listeners.is_skipped(utterance):
            utterance.pending_frames = None
        elif utterance.pending_frames is None:
            utterance.pending_frames = self._compute(utterance, utterance.frames)
        if utterance.pending_frames is not None:
            utterance.pending_frames = self._writer.frames(utterance, utterance.pending_frames, started)
            return
        assert utterance.segment is not None
        if utterance.progress.segment_frames and not self._listeners.is_skipped(utterance):
            utterance.learn_speaking_rate()
        end = utterance.segment.end
        utterance.end_segment()
        self._writer.end(utterance, s.SEGMENT_END, end, more=utterance.text.has_next())
        utterance.begin.words[s.SEGMENT] = utterance.segment_number
        self._publish_progress(utterance, utterance.progress.frames)

    def _compute(
        self, utterance: UtteranceState, frames: Iterator[engines.Frames | engines.Word]
    ) -> engines.Frames | None:
        """The segment's next frames, None at its end. Words are reported before the frames that say them.

        Where the engine reports none, the whole segment is reported as one word, at its end.
        """
        words: list[engines.Word] = []
        for each in frames:
            if not isinstance(each, engines.Word):
                if words:
                    utterance.has_word_times = True
                    self._send_words(utterance.words(words))
                elif utterance.marks and not utterance.has_word_times:
                    self._send_words(utterance.other_marks(at_start=True))
                return each
            words.append(each)
        assert utterance.segment is not None
        if not utterance.has_word_times and utterance.progress.segment_frames:
            whole = engines.Word(0, len(utterance.spoken), 0, utterance.progress.segment_frames)
            self._send_words(utterance.words([whole]))
        if utterance.marks:
            self._send_words(utterance.other_marks())
        return None

    def _finish(self, utterance: UtteranceState) -> None:
        frames = utterance.progress.frames
        self._report_notes(utterance)
        last_marks = utterance.last_marks()
        self._send_words(last_marks)
        is_silent, spec = not frames and not utterance.silence, utterance.spec
        may_be_silent = spec.from_char or self._context.shared.skip_before_sentence(utterance.begin.words[s.LANE])
        if is_silent and not last_marks.words and not may_be_silent:
            raise utterance.nothing_said()
        if is_silent and (last_marks.words or (spec.from_char and spec.sink == "device")):
            self._publish_least_silence(utterance)
        self._writer.end(utterance, s.END, frames)
        self._publish_progress(utterance, frames, finished=True)
        self._forget(utterance)

    def _publish_least_silence(self, utterance: UtteranceState) -> None:
        """A millisecond: an utterance without samples would never end on a device."""
        utterance.pause = utterance.pending_silence = utterance.spec.sink_rate // 1000
        self._writer.silence(utterance)
        self._writer.end(utterance, s.SEGMENT_END, utterance.text_position)
        utterance.segment_number += 1
        utterance.begin.words[s.SEGMENT] = utterance.segment_number

    def _publish_progress(self, utterance: UtteranceState, frames: int, *, finished: bool = False) -> None:
        self._context.publish_progress(utterance.begin, utterance.segment_number, frames, finished=finished)

    def _forget(self, utterance: UtteranceState) -> None:
        self._utterances.pop(utterance.begin.words[s.UTTERANCE], None)


def preload() -> None:
    """Called once, before the stages are forked."""
    compile_for_ordinary_text()


def make(context: Context) -> Generator:
    return Generator(context)

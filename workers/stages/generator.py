"""Text to frames: for many utterances at once, always the one whose listener will run dry first."""

import math
import time
from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.errors import UtteranceFailed
from steadyvoice.ipc.slot import Slot, keep
from steadyvoice.ipc.stage_protocol import Ready, VoiceMeta
from steadyvoice.workers import optional
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.generation.speech import Length, Speech
from steadyvoice.workers.runtime.stage import (
    IDLE_S,
    PAUSE_S,
    RECHECK_S,
    Context,
    refuse_left_out,
    spec,
)

_SLOT_S: Final = 0.25
"""Seconds of speech in a slot at most: so much may be made beyond what the listener is owed."""
_EAGER_S: Final = 0.15
"""A text whose first sentence is not there after so long is being written: its first clause is said, however short."""


class Generator:
    def __init__(self, context: Context) -> None:
        assert context.target is not None
        self._context, self._target = context, context.target
        self._engines = engines.usable(context.settings.engines)
        self._generators: dict[str, engines.Generator] = {}
        self._views = [np.frombuffer(slot.payload, np.float32) for slot in self._target.slots]
        self._speeches: dict[int, Speech] = {}
        self._lengths: dict[str, Length] = {}
        """By the voice's name."""

    def warmup(self) -> Ready:
        """NotInstalled where no engine can be used."""
        if self._context.role == "replacement":
            first, *others = self._engines or [""]
            optional.attempt(f"engine {first}", partial(self._generator, first))
            self._context.chores |= {name: partial(self._warm, name) for name in others}
            engines.check_any(self._context.settings.engines)
            return Ready()
        voices = engines.voices(self._engines)
        for name in self._engines:
            self._warm(name)
        engines.check_any(self._context.settings.engines)
        return Ready([
            VoiceMeta(
                voice.name, voice.language, voice.sample_rate, voice.licence,
                voice.installed and engines.is_usable(name, voice.name), name,
            )
            for name, voice in voices
        ])  # fmt: skip

    def _warm(self, name: str) -> None:
        optional.attempt(f"engine {name}", lambda: self._generator(name).warmup())

    def _generator(self, name: str) -> engines.Generator:
        if name not in self._generators:
            self._generators[name] = self._engines[name].generator()
        return self._generators[name]

    def step(self) -> float:
        while (slot := self._context.source.peek()) is not None:
            if self._context.is_live(slot):
                utterance = slot.words[s.UTTERANCE]
                self._context.attempt(slot, partial(self._take, slot), partial(self._speeches.pop, utterance, None))
            self._context.source.release()
        for stale in [u for u, speech in self._speeches.items() if not self._context.is_live(speech.begin)]:
            del self._speeches[stale]
        if not self._speeches:
            return IDLE_S
        speech, sleep = self._most_urgent()
        if speech is None:
            return sleep
        self._context.words.beat("busy")
        self._context.words.begin_block(speech.begin.words[s.UTTERANCE], speech.part, speech.produced)
        started = time.monotonic_ns()
        self._context.attempt(speech.begin, partial(self._work, speech, started), partial(self._forget, speech))
        self._context.words.begin_block(0)
        self._context.words.worked(time.monotonic_ns() - started)
        return 0

    def _work(self, speech: Speech, started: int) -> None:
        if self._prepare(speech):
            self._advance(speech, started)

    def _take(self, slot: Slot) -> None:
        utterance, kind = slot.words[s.UTTERANCE], slot.words[s.KIND]
        if kind == s.BEGIN:
            wanted = spec(slot)
            self._context.need(wanted.engine)
            refuse_left_out("engine", wanted.engine)
            self._speeches.pop(utterance, None)  # in the order of their BEGINs
            self._speeches[utterance] = Speech(
                keep(slot),
                wanted,
                self._engines[wanted.engine],
                self._generator(wanted.engine),
                self._lengths.setdefault(wanted.voice, Length()),
            )
        elif (speech := self._speeches.get(utterance)) is not None:
            speech.fed_at = time.monotonic()
            speech.first_fed_at = speech.first_fed_at or speech.fed_at
            speech.waits_until = 0
            if kind == s.TEXT:
                speech.feed(slot.bytes())
            elif kind == s.END:
                speech.segmenter.close()

    def _most_urgent(self) -> tuple[Speech | None, float]:
        """The utterance to work on now: the earliest deadline, of those whose listener has less than the window.

        Where there is none: how long until there may be, if nobody rings. Utterances for the sound device come in
        turn: the next one only when the current one is made.
        """
        now = time.monotonic()
        best, earliest, device_taken, sleep = None, math.inf, False, PAUSE_S
        for speech in self._speeches.values():
            to_device = speech.spec.sink == "device"
            if to_device:
                if device_taken:
                    continue
                device_taken = speech.begun or speech.has_work or speech.spec.restart is not None
            if not speech.has_work:
                continue
            words = speech.begin.words
            heard = self._context.shared.consumed(words[s.LANE], words[s.UTTERANCE]) / speech.spec.sink_rate
            lead, deadline = speech.lead(heard), speech.deadline(heard, now)
            window = self._context.settings.lookahead_s + speech.held_s
            if self._is_skipped(speech):
                lead = deadline = 0.0
            if speech.waits_until > now:
                sleep = min(sleep, speech.waits_until - now)
            elif lead >= window and to_device and heard:  # the device's clock runs; a client rings
                sleep = min(sleep, max(RECHECK_S, lead - window))
            elif lead < window and deadline < earliest:
                best, earliest = speech, deadline
        return best, sleep

    def _prepare(self, speech: Speech) -> bool:
        """Find the next segment if none is at hand; False while the text does not tell where it ends."""
        if speech.frames is not None or (speech.segmenter.done and speech.known is None):
            return True
        segment, now = speech.next(), time.monotonic()
        eager_at = math.inf if speech.begun else speech.first_fed_at + _EAGER_S
        if segment is None and eager_at <= now:
            segment, eager_at = speech.segmenter.clause(), math.inf
        if segment is None and not speech.segmenter.done:
            impatient_at = speech.fed_at + self._context.settings.incomplete_sentence_timeout_s
            if now < impatient_at:
                speech.waits_until = min(impatient_at, eager_at)
                return False
            segment = speech.segmenter.flush()
            speech.waits_until = 0 if segment else math.inf
        if segment is not None:
            self._context.channel.send(speech.take(segment))
            speech.frames = speech.generator.generate(
                segment.text, speech.spec.voice, speech.spec.rate, more=segment.more
            )
        return segment is not None or speech.segmenter.done

    def _advance(self, speech: Speech, started: int) -> None:
        """Make and send the next frames, or the end."""
        if not speech.begun:
            speech.begun = True
            self._context.room(self._target, speech.begin).copy(speech.begin)
            self._target.publish()
            self._context.progress(speech.begin, speech.part, speech.first)
        if speech.frames is None:
            self._finish(speech)
            return
        if self._is_skipped(speech):
            speech.made = None
        elif speech.made is None:
            speech.made = self._make(speech, speech.frames)
        if speech.made is not None:
            speech.made = self._send(speech, speech.made, started)
            return
        assert speech.segment is not None
        if not self._is_skipped(speech):
            speech.measure()
        end = speech.segment.end
        speech.leave()
        self._publish(speech, s.SEGMENT_END, end, more=speech.segmenter.has_next())
        speech.begin.words[s.SEGMENT] = speech.part
        self._context.progress(speech.begin, speech.part, speech.produced)

    def _is_skipped(self, speech: Speech) -> bool:
        """Its listener does not want the rest of the sentence at hand."""
        return speech.sentence < self._context.shared.skipped(speech.begin.words[s.LANE])

    def _make(self, speech: Speech, frames: Iterator[engines.Frames | engines.Word]) -> engines.Frames | None:
        """The next frames of the segment; told are the words that come before them, or at its end the whole of it."""
        words: list[engines.Word] = []
        for made in frames:
            if not isinstance(made, engines.Word):
                if words:
                    speech.worded = True
                    self._context.channel.send(speech.words(words))
                return made
            words.append(made)
        assert speech.segment is not None
        if not speech.worded and speech.produced > speech.first:
            whole = engines.Word(0, len(speech.segment.text), 0, speech.produced - speech.first)
            self._context.channel.send(speech.words([whole]))
        return None

    def _finish(self, speech: Speech) -> None:
        if not speech.produced and not self._context.shared.skipped(speech.begin.words[s.LANE]):
            if speech.segment is None:
                raise UtteranceFailed("text_empty", "there is nothing to say in this text; give some words")
            voice = speech.spec.voice
            raise UtteranceFailed(
                "unsupported_text", f"the voice {voice!r} can say nothing of this text; try another voice"
            )
        self._publish(speech, s.END, speech.produced)
        self._context.progress(speech.begin, speech.part, speech.produced, over=True)
        self._forget(speech)

    def _send(self, speech: Speech, frames: engines.Frames, started: int) -> engines.Frames | None:
        """Publish one slot of frames; return those that are left."""
        if not len(frames):
            return None
        dim = speech.engine.spec.dim
        if frames.shape[1:] != (dim,):
            raise UtteranceFailed(
                "stage_failed",
                f"the engine {speech.spec.engine!r} made frames of {frames.shape[1:]}, not {dim} columns",
            )
        slot_s = max(1, int(_SLOT_S * speech.spec.voice_rate / speech.engine.spec.samples_per_frame))
        part = frames[: min(slot_s, self._target.capacity // (4 * dim))]
        slot = self._context.room(self._target, speech.begin)
        np.copyto(self._views[slot.index][: part.size].reshape(part.shape), part)
        slot.head(s.FRAMES, speech.begin, len(part), speech.produced - speech.first, 4 * part.size)
        slot.words[s.DIM] = dim
        slot.words[s.VALUE] = speech.expected_ms
        slot.stamp(self._context.index, started, time.monotonic_ns())
        self._target.publish()
        speech.add(len(part))
        return frames[len(part) :] if len(part) < len(frames) else None

    def _publish(self, speech: Speech, kind: int, value: int, *, more: bool = False) -> None:
        slot = self._context.room(self._target, speech.begin)
        slot.head(kind, speech.begin, int(more), speech.produced)
        slot.words[s.VALUE] = value
        now = time.monotonic_ns()
        slot.stamp(self._context.index, now, now)
        self._target.publish()

    def _forget(self, speech: Speech) -> None:
        self._speeches.pop(speech.begin.words[s.UTTERANCE], None)


def make(context: Context) -> Generator:
    return Generator(context)

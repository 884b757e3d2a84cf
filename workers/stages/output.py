"""PCM to the sound device, whose clock is the only clock: silence where samples are missing, a fade on cancel."""

import contextlib
import time
from typing import Final

import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc import stage_protocol
from steadyvoice.ipc.slot import Slot
from steadyvoice.workers.playback.device_manager import DeviceManager
from steadyvoice.workers.playback.naming import NoDevice
from steadyvoice.workers.playback.playing import FADE, PcmWriter, Playing, curve, found
from steadyvoice.workers.playback.portaudio import RATE
from steadyvoice.workers.playback.underruns import UnderrunAttribution
from steadyvoice.workers.playback.unplayed import NO_TIMES, UnplayedAudio, untold
from steadyvoice.workers.runtime.stage import IDLE_S, PAUSE_S, RECHECK_S, Context, UtteranceError, spec

LINGER_S: Final = 1.0
"""The device stays open this long after the last sample: opening costs milliseconds, an open one costs power."""
FADE_PATIENCE_S: Final = 0.1
"""A device without room for so long gets no fade: the utterance ends all the same."""
RESERVE: Final = RATE * 5 // 1000
"""Samples left in the device's buffer, a quarter at most, when silence is put in the place of late ones."""
STALLED_S: Final = 5.0
"""A device without room for so long has stopped; two seconds are an idle PulseAudio's way."""


class Output:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._sound = DeviceManager(context)
        self._device = self._sound.device
        self._block = np.zeros(max(context.settings.block, FADE), np.float32)
        self._block_size = context.settings.block
        self._least = context.settings.block // 4
        """Less is not worth a write; waiting for a whole block could be for ever: a sound server may stop short."""
        self._views = [np.frombuffer(slot.payload, np.float32) for slot in context.source.slots]
        self._playing: Playing | None = None
        self._paused = False
        self._held = self._block[:0]
        """What faded out when the device was paused: it fades in with it when that goes on."""
        self._endings: list[tuple[int, stage_protocol.Ended]] = []
        """What to report when the device's clock has come so far."""
        self._written = 0
        self._silent_since = 0
        self._opened_for = 0
        """Utterances for which the device has been opened before their samples came (Board.sound_expected)."""
        self._opened_at = 0.0
        self._moved = 0.0
        """When the device last had room."""
        self._lateness = UnderrunAttribution(context.index)
        self._lasts_until = 0
        """When the device will have played what it has, in nanoseconds."""
        self._unheard = UnplayedAudio(context.history, context.shared)

    def warmup(self) -> stage_protocol.Ready:
        if self._context.role != "initial":  # the device is found, and with a spare in use
            with contextlib.suppress(NoDevice):
                self._device.prepare()
            return stage_protocol.Ready()
        if not self._sound.open():
            with contextlib.suppress(NoDevice):  # lost as soon as found: it is looked for again when it is needed
                self._device.write(self._block[: min(self._block_size, self._device.writable())])
            self._device.close()
        return stage_protocol.Ready()

    def _take_over(self) -> None:
        """From a predecessor: what it had given to the device, and what it had not told yet."""
        self._unheard.recall(self._context.died_ns)
        self._context.died_ns = 0
        self._endings = [(len(self._unheard), ended) for ended in untold(self._context)]

    def step(self) -> float:
        try:
            return self._step()
        except NoDevice as error:
            self._lost(error)
            return 0

    def _step(self) -> float:
        if self._context.died_ns:
            self._take_over()
        playing, paused = self._playing, self._context.shared.paused
        if playing is None:
            self._paused = paused
        elif (stale := self._is_stale(playing)) or (paused != self._paused and self._device.is_open):
            short = min(FADE, self._device.room) - self._device.writable() if self._device.is_open else 0
            if short > 0 and time.monotonic() - self._moved < FADE_PATIENCE_S:
                return short / RATE
            (self._fade if stale else self._turn)(playing)
        if not self._device.is_open:
            return PAUSE_S if paused else self._wake()
        writable = self._device.writable()
        if writable < self._least:
            if time.monotonic() - self._moved > STALLED_S:
                raise NoDevice("the sound device takes no more samples: look at the sound server")
            return (min(self._block_size, self._device.room) - writable) / RATE
        self._moved = time.monotonic()
        started = time.monotonic_ns()
        block = self._block[: min(writable, self._block_size)]
        filled = self._fill(block, started)
        playing = None if self._paused else self._playing
        if playing is not None and filled < len(block):
            standby = self._device.room - writable - min(RESERVE, self._device.room // 4)
            if self._is_stale(playing):
                block = block[:filled]  # the fade follows without a gap
            elif playing.owed and standby > 0:  # there is time yet for what is late
                block = block[:filled]
                if not filled:
                    return standby / RATE
        if not filled and not self._written:  # silence written now would be heard before the first samples
            if time.monotonic() - self._opened_at > LINGER_S:
                self._device.close()
            return RECHECK_S
        self._play(block, filled, started)
        if filled or playing or self._endings:
            self._silent_since = self._written
        elif self._written - self._silent_since > LINGER_S * RATE or self._sound.wants_more:
            self._device.close()
        return 0

    def _is_stale(self, playing: Playing) -> bool:
        return self._context.shared.live(playing.lane) != playing.utterance

    def _wake(self) -> float:
        """The device is closed: open it for what was not heard, a slot that is wanted, or while its first is made."""
        slot = self._context.source.peek()
        if slot is not None and not self._context.is_live(slot):
            self._context.source.release()
            return 0
        wanted = bool(slot or self._unheard or self._endings)
        expected = self._context.shared.sound_expected
        if not wanted and self._opened_for == expected:
            return IDLE_S
        self._opened_for = expected
        if problem := self._sound.open():
            if not wanted:
                return IDLE_S  # tried again for the samples, whose utterance fails then if it fails
            if wait := self._sound.wait(problem):
                return wait
            self._give_up(slot, str(problem))
        self._written = self._silent_since = 0
        self._moved = self._opened_at = time.monotonic()
        return 0

    def _play(self, block: PcmWriter, filled: int, started: int) -> None:
        """Write the block, silent after ``filled`` samples; an underrun where more was owed."""
        block[filled:] = 0
        owed = self._playing is not None and self._playing.owed
        queued = self._device.room - self._device.writable() + len(block)
        lasts_until = time.monotonic_ns() + queued * 1_000_000_000 // RATE
        self._unheard.gave(block, lasts_until + self._device.delay * 1_000_000_000 // RATE, self._playing)
        self._count()  # after the tape: what neither has is lost to who takes over
        ran_dry = self._device.write(block) if len(block) else False
        if owed and ran_dry:
            self._lateness.dry(self._lasts_until)
            if filled:
                self._blame()
        elif owed and filled < len(block):
            self._lateness.dry(started)
        self._lasts_until = lasts_until
        self._written += len(block)
        if filled:
            self._context.words.worked(time.monotonic_ns() - started)
        while self._endings and self._endings[0][0] <= self._written:
            self._context.channel.send(self._endings.pop(0)[1])

    def _fill(self, block: PcmWriter, started: int) -> int:
        """Take samples from the ring into the block, across utterances; return how many."""
        source = self._context.source
        filled = self._unheard.fill(block) if self._unheard and not self._paused else 0
        while filled < len(block) and (slot := source.peek()) is not None:
            if not self._context.is_live(slot):
                if self._playing is not None and slot.words[s.UTTERANCE] == self._playing.utterance:
                    break  # cancelled just now: the next step fades it
                source.release()
                continue
            if self._paused:
                break
            kind = slot.words[s.KIND]
            if self._playing is None or self._playing.utterance != slot.words[s.UTTERANCE]:
                self._playing = found(slot, self._context)
            if kind == s.BEGIN:
                self._begin(slot)
            elif kind == s.PCM and self._playing is not None and self._is_skipped(self._playing):
                filled = self._playing.leave_out(slot, self._views[slot.index], block, filled)
            elif kind == s.PCM and self._playing is not None:
                if self._playing.samples == 0:
                    times = self._context.times(slot, started)
                    now = time.monotonic_ns()
                    self._context.channel.send(stage_protocol.Started(self._playing.utterance, times, now))
                if self._playing.offset == 0:
                    self._lateness.took(slot.times())
                    self._blame()
                filled = self._playing.take(slot, self._views[slot.index], block, filled)
                self._playing.owed = True
                if self._playing.offset:
                    break
            elif self._playing is not None and slot.words[s.SEGMENT] == self._playing.part:
                if kind == s.SEGMENT_END:
                    self._playing.owed = bool(slot.words[s.COUNT])
                    self._playing.pass_part(slot.words[s.SENTENCE])
                    self._context.progress(slot, self._playing.part, self._playing.samples)
                elif kind == s.END:
                    self._context.progress(slot, self._playing.part, self._playing.samples, over=True)
                    self._end(self._playing, self._context.times(slot, started), self._written + filled)
            source.release()
        self._unheard.rise(block[:filled])
        if not filled:
            self._count()  # what was left out
        return filled

    def _count(self) -> None:
        if self._playing is not None:
            playing = self._playing
            self._context.shared.set_left_out(playing.lane, playing.utterance, playing.skipped)
            self._context.shared.set_consumed(playing.lane, playing.utterance, playing.samples)

    def _begin(self, slot: Slot) -> None:
        words = slot.words
        if self._context.begins(slot, spec(slot).restart, self._playing is not None):
            self._playing = Playing(words[s.LANE], words[s.UTTERANCE])
            self._lateness.begin()
            self._context.progress(slot, 0, 0)

    def _blame(self) -> None:
        """Say who was late, if the block at hand was."""
        late = self._lateness.late(time.monotonic_ns())
        if late is not None and self._playing is not None:
            self._context.channel.send(stage_protocol.Underrun(self._playing.utterance, *late))
            if late[0] == self._context.index:
                self._sound.ran_dry()

    def _is_skipped(self, playing: Playing) -> bool:
        return playing.sentence < self._context.shared.skipped(playing.lane)

    def _end(self, playing: Playing, times: list[int], at: int) -> None:
        """Report the end when the device's buffer has played what it was given."""
        self._count()
        due, now = at + int(self._device.latency_s * RATE), time.monotonic_ns()
        self._endings.append(
            (due, stage_protocol.Ended(playing.utterance, playing.samples, playing.skipped, times, now))
        )
        self._playing = None

    def _coming(self, playing: Playing) -> PcmWriter:
        """Take the next 5 ms of it, as far as they are there and the device has room."""
        source, filled = self._context.source, 0
        block = self._block[: min(FADE, self._device.writable()) if self._device.is_open and playing.samples else 0]
        while filled < len(block) and (slot := source.peek()) is not None:
            if slot.words[s.UTTERANCE] != playing.utterance or slot.words[s.KIND] != s.PCM:
                break
            filled = playing.take(slot, self._views[slot.index], block, filled)
            if playing.offset:
                break
            source.release()
        return block[:filled]

    def _turn(self, playing: Playing) -> None:
        """Pause, or go on: fade out where it stands, or in with the same samples."""
        self._paused = not self._paused
        if self._paused:
            playing.owed = False
            block = self._coming(playing)
            self._held = block.copy()
            block *= curve(len(block))
        else:
            block = self._block[: len(self._held)]
            block[:] = self._held * (1 - curve(len(block)))
        if len(block):
            self._play(block, len(block), time.monotonic_ns())

    def _fade(self, playing: Playing) -> None:
        """The utterance was cancelled: 5 ms of it, falling to nothing, then the rest of the ring is skipped."""
        playing.owed = False
        block = self._coming(playing) if not self._paused else self._block[:0]
        if len(block):
            block *= curve(len(block))
            self._play(block, len(block), time.monotonic_ns())
        self._skip(playing.utterance)
        now = time.monotonic_ns()
        self._context.channel.send(
            stage_protocol.Ended(playing.utterance, playing.samples, playing.skipped, NO_TIMES, now)
        )
        self._playing = None

    def _skip(self, utterance: int) -> None:
        source = self._context.source
        while (slot := source.peek()) is not None and slot.words[s.UTTERANCE] == utterance:
            source.release()

    def _lost(self, error: NoDevice) -> None:
        """The device is gone, maybe in mid-word: what it had not played is heard when it is back."""
        self._endings = [(max(0, due - self._written), ended) for due, ended in self._endings]
        if self._playing is not None or self._endings:
            self._unheard.recall()
        self._sound.lose(error)

    def _give_up(self, slot: Slot | None, problem: str) -> None:
        """There is no device: end what was for it."""
        for _, ended in self._endings:
            self._context.channel.send(ended)
        self._endings.clear()
        self._unheard.forget()
        if slot is not None:
            self._context.fail(slot, UtteranceError("no_sound_device", problem))
            self._skip(slot.words[s.UTTERANCE])
        elif self._playing is not None:
            self._context.channel.send(stage_protocol.Failed(self._playing.utterance, "no_sound_device", problem))
        self._playing = None


def make(context: Context) -> Output:
    return Output(context)

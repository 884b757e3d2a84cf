"""The output stage: the loop that gives samples to the sound device at the pace of the device's clock."""

import contextlib
import time
from typing import Final

import numpy as np

from steadyvoice.ipc import flight_recorder, stage_protocol
from steadyvoice.ipc.errors import describe
from steadyvoice.ipc.live_protocol import LIVE_BLOCK
from steadyvoice.ipc.shared_state import DEVICE_LANES
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.device_lanes import DeviceLanes
from steadyvoice.workers.playback.device_manager import DeviceManager
from steadyvoice.workers.playback.fade import FADE_SAMPLES, Samples
from steadyvoice.workers.playback.live_session import LiveSession
from steadyvoice.workers.playback.live_sound import LiveSound
from steadyvoice.workers.playback.mixing import Mixer
from steadyvoice.workers.playback.naming import NoDevice
from steadyvoice.workers.playback.pace import Pace
from steadyvoice.workers.playback.playback import Change, Playback
from steadyvoice.workers.playback.reporter import PlaybackReporter
from steadyvoice.workers.playback.unplayed import UnplayedAudio
from steadyvoice.workers.runtime.context import IDLE_S, PAUSE_S, RECHECK_S, Context

LINGER_S: Final = 1.0
"""The device stays open this long after the last sample: opening costs milliseconds, an open device costs power."""
FADE_TIMEOUT_S: Final = 0.1
"""A device that takes no samples for this long gets no fade, so that a cancelled utterance ends all the same."""
RESERVE_SAMPLES: Final = SINK_RATE * 5 // 1000
"""Samples left in the device's buffer, at most a quarter of it, when silence is written in place of late samples."""
STALLED_S: Final = 5.0
"""A device that takes no samples for this long has stopped. An idle PulseAudio may need two seconds."""


class Output:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._device_manager = DeviceManager(context)
        self._device = self._device_manager.device
        self._block_size = context.settings.block
        self._block = np.zeros(max(self._block_size, FADE_SAMPLES, LIVE_BLOCK), np.float32)
        self._min_write = self._block_size // 4
        """A smaller write is not worth its cost. A whole block may never fit: a sound server may stop short of it."""
        assert context.recorder is not None
        self._recorder = context.recorder
        self._reporter = PlaybackReporter(context, self._recorder, self._device_manager.count_underrun)
        self._unplayed = UnplayedAudio(context.playback, context.shared)
        self._lanes = DeviceLanes(context.number, context.inputs[:DEVICE_LANES], context.shared)
        self._playback = Playback(context.number, self._lanes, context.shared, self._unplayed, self._reporter.on_event)
        self._live = LiveSession(context, lambda: self._device.buffer_samples)
        self._mixer = Mixer()
        self._silent_since = 0
        """Samples that the device was given before the present silence."""
        self._opened_for = 0
        """Utterances for which the device was opened before their samples came (SharedState.sound_expected)."""
        self._opened_at = 0.0
        self._change_since = 0.0
        """Since when speech is to be faded out; 0: it is not."""
        self._accepted_at = 0.0
        """When the device last took samples."""
        self._pace = Pace(context.metrics.jitter, self._block_size)

    def warmup(self) -> stage_protocol.Ready:
        if self._context.role != "initial":  # the device exists already, and is in use where this is a standby
            with contextlib.suppress(NoDevice):
                self._device.prepare()
            return stage_protocol.Ready()
        if not self._device_manager.open():
            with contextlib.suppress(NoDevice):  # the device is opened again when it is needed
                self._device.write(self._block[: min(self._block_size, self._device.writable())])
            self._device.close()
        return stage_protocol.Ready()

    def step(self) -> float:
        try:
            return self._step()
        except NoDevice as error:
            self._device_lost(error)
            return 0

    def _step(self) -> float:
        if self._context.died_ns:
            self._take_over()
        self._lanes.drop_cancelled()
        self._live.follow()
        playback, device = self._playback, self._device
        if not (change := playback.pending_change(device.is_open)):
            self._change_since = 0.0
        elif (wait_s := self._until_fade()) is not None:
            if wait_s:
                return wait_s
            self._apply(change)
        if not device.is_open:
            is_held = self._context.shared.paused and self._live_sound(device.buffer_samples) is None
            return PAUSE_S if is_held else self._open()
        writable = device.writable()
        if writable < self._min_write:
            if time.monotonic() - self._accepted_at > STALLED_S:
                raise NoDevice("the sound device takes no more samples: look at the sound server")
            return (min(self._block_size, device.buffer_samples) - writable) / SINK_RATE
        self._accepted_at = time.monotonic()
        if (live := self._live_sound(writable)) is not None:
            return self._step_live(live, writable)
        if not self._reporter.written and not playback.paused and (playback.next_slot() is not None or self._unplayed):
            writable -= self._lead_in(writable)
        self._reporter.block_started_ns = time.monotonic_ns()
        block = self._block[: min(writable, self._block_size)]
        filled = playback.fill(block)
        if not filled and playback.current is not None:
            self._reporter.publish_position(playback.current)  # samples may have been skipped
        spare = device.buffer_samples - writable - min(RESERVE_SAMPLES, device.buffer_samples // 4)
        size = playback.samples_to_write(len(block), filled, spare)
        if not size:
            return 0 if playback.is_cancelled else spare / SINK_RATE
        if not filled and not self._reporter.written:  # silence would only delay the first samples
            if time.monotonic() - self._opened_at > LINGER_S:
                device.close()
            return RECHECK_S
        self._write(block[:size], filled)
        written = self._reporter.written
        if filled or self._reporter.ends or (playback.current is not None and not playback.paused):
            self._silent_since = written
        elif self._device_manager.wants_larger_buffer or (
            written - self._silent_since > LINGER_S * SINK_RATE and not self._context.shared.keeps_device_open
        ):
            device.close()
        return 0

    def _until_fade(self) -> float | None:
        """Seconds until the device takes a whole fade; 0: it does so now, or has not for FADE_TIMEOUT_S.

        None: not yet, and it must have live samples before that: they come in blocks that a fade need not fit into.
        """
        device, now = self._device, time.monotonic()
        if not device.is_open:
            return 0.0
        self._change_since = self._change_since or now
        left = device.buffer_samples - device.writable()
        live = self._live_sound(device.writable())
        missing = min(FADE_SAMPLES, device.buffer_samples) - self._space()
        if missing <= 0 or now - (self._accepted_at if live is None else self._change_since) >= FADE_TIMEOUT_S:
            return 0.0
        if live is None:
            return missing / SINK_RATE
        return (left - live.guard) / SINK_RATE if left > live.guard else None

    def _live_sound(self, writable: int) -> LiveSound | None:
        """The live session, where the device is to be given its samples."""
        sound = self._live.sound
        return sound if sound is not None and sound.is_on(self._device.buffer_samples - writable) else None

    def _space(self) -> int:
        """Samples that the device takes now; with live sound, as many as there are of that."""
        writable = self._device.writable()
        if (live := self._live_sound(writable)) is not None:
            return live.due(self._device.buffer_samples - writable, writable)
        return writable

    def _step_live(self, live: LiveSound, writable: int) -> float:
        """As ``_step`` without live sound, which sets the pace: speech is added to the live samples that there are."""
        left = self._device.buffer_samples - writable
        if not left and self._device_manager.wants_larger_buffer:
            self._device.close()  # while it holds nothing
            return 0
        size = live.due(left, min(writable, len(self._block)))
        if not size:
            return (left - live.guard) / SINK_RATE
        self._reporter.block_started_ns = time.monotonic_ns()
        block = self._block[:size]
        filled = self._playback.fill(block)
        if not filled and self._playback.current is not None:
            self._reporter.publish_position(self._playback.current)  # samples may have been skipped
        self._write(block, filled)
        self._silent_since = self._reporter.written
        return 0

    def _lead_in(self, writable: int) -> int:
        """Give the device the silence with which it begins; return its number of samples."""
        silence = np.zeros(min(self._device.lead_in_samples, writable), np.float32)
        if len(silence):
            self._device.write(silence)
            self._reporter.device_written(len(silence))
        return len(silence)

    def _take_over(self) -> None:
        """This process replaces one that died: play what the device lost, report the ends that were not reported."""
        self._unplayed.recall(self._context.died_ns)
        self._context.died_ns = 0
        self._reporter.adopt_ends(len(self._unplayed))

    def _open(self) -> float:
        """Open the device for samples that wait, or ahead of samples that are being made; return how long to sleep."""
        self._context.update_links()  # the ring of a live session that has ended is released
        wanted = self._playback.next_slot() is not None or bool(self._unplayed) or bool(self._reporter.ends)
        wanted = wanted or self._live_sound(self._device.buffer_samples) is not None
        expected = self._context.shared.sound_expected
        if not wanted and self._opened_for == expected:
            return IDLE_S
        self._opened_for = expected
        if problem := self._device_manager.open():
            if not wanted:
                return IDLE_S  # tried again when the samples are here; if that fails, their utterance fails
            if retry_s := self._device_manager.retry_s(problem):
                return retry_s
            self._give_up(problem)
        self._recorder.event(flight_recorder.OPENED, time.monotonic_ns())
        self._reporter.device_opened(self._device.latency_s)
        self._pace.begin()
        self._silent_since = 0
        self._accepted_at = self._opened_at = time.monotonic()
        return 0

    def _apply(self, change: Change) -> None:
        faded = self._playback.fade(change, self._block, self._space() if self._device.is_open else 0)
        if len(faded):
            self._reporter.block_started_ns = time.monotonic_ns()
            self._write(faded, len(faded))
        if change == "cancel":
            self._playback.end_cancelled()

    def _write(self, block: Samples, filled: int) -> None:
        """Give the block to the device, silent after ``filled`` samples; an underrun where more samples were due."""
        block[filled:] = 0
        writable = self._device.writable()
        live = self._live_sound(writable)
        speech_gain, live_gain = self._context.shared.gains
        self._mixer.speech(block[:filled], speech_gain)
        if live is not None:
            self._mixer.add(block, live.take(len(block)), live_gain, speaks=filled > 0)
        current, started = self._playback.current, self._reporter.block_started_ns
        queued = self._device.buffer_samples - writable + len(block)
        now = time.monotonic_ns()
        empty_at = now + queued * 1_000_000_000 // SINK_RATE
        if current is not None and live is None:
            self._pace.given(now, empty_at, self._device.buffer_samples)
        else:
            self._pace.begin()
        lasts_until = empty_at + self._device.delay * 1_000_000_000 // SINK_RATE
        self._unplayed.record(block, lasts_until, current)
        if current is not None:  # after the history: a replacement plays again what neither of them has
            self._reporter.publish_position(current)
        was_empty = self._device.write(block)
        if live is not None and self._live.publish(live, queued + self._device.delay, was_empty=was_empty):
            self._device_manager.count_underrun()
        if current is not None and current.more_due:
            if was_empty:
                self._reporter.underrun(self._reporter.empty_at_ns)
                if filled:
                    self._reporter.attribute_underrun(current.utterance)
            elif filled < len(block):
                self._reporter.underrun(started)
        if self._recorder.awaits_write:
            heard_ns = lasts_until - len(block) * 1_000_000_000 // SINK_RATE
            due_ns = self._reporter.empty_at_ns if self._reporter.written else 0
            self._recorder.written(time.monotonic_ns(), due_ns, heard_ns)
        self._reporter.empty_at_ns = empty_at
        if filled:
            self._context.worked(time.monotonic_ns() - started)
        self._reporter.device_written(len(block))

    def _device_lost(self, error: NoDevice) -> None:
        """Keep what the device had not played, for when it is back."""
        self._reporter.ends.rebase(self._reporter.written)
        if self._playback.current is not None or self._reporter.ends:
            self._unplayed.recall()
        self._recorder.event(flight_recorder.LOST, time.monotonic_ns())
        self._device_manager.lose(error)

    def _give_up(self, problem: NoDevice) -> None:
        """There is no device: fail the utterances that wait for it."""
        self._reporter.device_failed()
        for utterance in self._playback.abandon():
            self._context.channel.send(stage_protocol.Failed(utterance, "no_sound_device", describe(problem, 500)))


def make(context: Context) -> Output:
    return Output(context)

"""The live session on the sound device: its ring and history, and what the output reports of it."""

import time
from collections.abc import Callable
from typing import Final

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.live_protocol import LIVE_DEVICE_LANE, LIVE_LANE, PlaybackReport
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.playback.fade import Samples
from steadyvoice.workers.playback.live_sound import MARGIN, LiveSound
from steadyvoice.workers.runtime.context import Context
from steadyvoice.workers.runtime.ring_input import Input

_REPORT_S: Final = 1.0


class ConvertedBlocks:
    """The converter's blocks of one session (live_sound.Converted)."""

    def __init__(self, context: Context, session: int) -> None:
        self._context, self._session = context, session
        self._source: Input | None = None

    def find(self) -> None:
        """Take the ring that exists now: the converter's stage may have been made again."""
        self._context.update_links()
        found = [each for each in self._context.inputs if each.device_lane == LIVE_DEVICE_LANE]
        self._source = found[-1] if found else None

    def leave(self) -> None:
        """Take no more of them: their ring's memory is free when the stage learns that it is gone."""
        self._source = None

    def peek(self) -> tuple[int, Samples] | None:
        source = self._source
        while source is not None and (slot := source.ring.peek()) is not None:
            if slot.words[s.UTTERANCE] == self._session:
                return slot.words[s.INDEX], source.floats[slot.index][: slot.words[s.COUNT]]
            source.ring.release()
        return None

    def release(self) -> None:
        assert self._source is not None
        assert self._context.recorder is not None
        if (slot := self._source.ring.peek()) is not None:
            self._context.recorder.live_block(slot, time.monotonic_ns())
        self._source.ring.release()

    def drop(self) -> None:
        assert self._source is not None
        self._source.ring.release()


class LiveSession:
    def __init__(self, context: Context, buffer: Callable[[], int]) -> None:
        """buffer: capacity of the device, in samples."""
        self._context, self._buffer = context, buffer
        self._number = 0
        self._blocks: ConvertedBlocks | None = None
        self.sound: LiveSound | None = None
        """Of the present session, or of the last one, of which a fade-out is left; None where there is none."""
        self._has_played = False
        self._underruns = 0
        self._report_at = 0.0
        self._was_dry = False

    def follow(self) -> None:
        """Begin or end with the session that the device is to play. To be called before each block."""
        shared = self._context.shared
        number = shared.live_on_device
        if number == self._number:
            return
        self._number = number
        if self.sound is not None:
            self.sound.end()
        if self._blocks is not None:
            self._blocks.leave()
        self._has_played, self._underruns = False, 0
        if not number:
            return
        self._blocks = blocks = ConvertedBlocks(self._context, number)
        blocks.find()
        written = self._context.capture.written
        if played := shared.consumed(LIVE_LANE, number):  # this process replaces one that played the session
            start = max(played, written - MARGIN)
        else:
            first = blocks.peek()
            start = written if first is None else first[0]
        self.sound = LiveSound(blocks, self._context.capture, self._latency, start, self._buffer)

    def _latency(self) -> int:
        return int(self._context.shared.min_input_s(LIVE_LANE) * SINK_RATE)

    def publish(self, sound: LiveSound, queued: int, *, was_empty: bool) -> bool:
        """Make known how far the session was played. Returns whether there was an underrun.

        queued: samples until the next one will be heard. was_empty: the device had nothing left when it got the last.
        """
        self._context.shared.set_consumed(LIVE_LANE, self._number, sound.next)
        is_underrun, self._has_played = was_empty and self._has_played, True
        self._underruns += is_underrun
        now = time.monotonic()
        if now < self._report_at and sound.is_dry == self._was_dry:
            return is_underrun
        self._report_at, self._was_dry = now + _REPORT_S, sound.is_dry
        written, captured_ns = self._context.capture.clock()
        age_s = now - captured_ns / 1e9 + (written - sound.next + queued) / SINK_RATE
        report = PlaybackReport(
            self._number,
            sound.is_dry,
            sound.times_dry,
            sound.lost,
            sound.inserted,
            self._underruns,
            round(age_s * 1000, 2),
        )
        self._context.channel.send(report)
        return is_underrun
